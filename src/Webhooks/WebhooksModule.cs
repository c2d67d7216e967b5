using Microsoft.Extensions.Logging;
using Npgsql;
using PixeeEvents.EventLog;
using PixeeEvents.Webhooks.Events;
using PixeeEvents.Webhooks.FanOut;
using PixeeEvents.Webhooks.Nodes;
using PixeeEvents.Webhooks.Replays;
using PixeeEvents.Webhooks.Reports;
using PixeeEvents.Webhooks.Sending;
using PixeeEvents.Webhooks.Signing;
using PixeeEvents.Webhooks.Subscriptions;

namespace PixeeEvents.Webhooks;

/// <summary>Subscriptions of companies to their events, what each is owed, and every attempt at it.</summary>
public sealed class WebhooksModule
{
    private readonly SubscriptionTable _subscriptions;
    private readonly SubscriptionChanges _changes;
    private readonly DeliveryQueries _queries;
    private readonly DeliveryRequests _requests;
    private readonly DigestQuery _digest;
    private readonly SigningKeys _keys;
    private readonly TimeProvider _time;
    private readonly NpgsqlDataSource _dataSource;

    /// <param name="due">Hears of what is asked for here; null when no node of this process need hear of it.</param>
    public WebhooksModule(NpgsqlDataSource dataSource, ISecretProtection protection, TimeProvider time, DueDeliveries? due = null)
    {
        Due = due ?? new DueDeliveries();
        _subscriptions = new SubscriptionTable(dataSource, protection, time);
        _changes = new SubscriptionChanges(_subscriptions, time);
        _queries = new DeliveryQueries(dataSource, time);
        _requests = new DeliveryRequests(_subscriptions, _queries, time);
        _digest = new DigestQuery(dataSource, time);
        _keys = new SigningKeys(dataSource, protection, time);
        (_time, _dataSource) = (time, dataSource);
    }

    /// <summary>Told after each commit here that made deliveries due.</summary>
    public DueDeliveries Due { get; }

    /// <summary>This process's part in the delivery, which the caller runs.</summary>
    /// <param name="send">Sends a message of this module to whoever handles it.</param>
    public WebhookNode Node(
        EventStore store, IMessageItems items, Sender sender, NodeOptions options, FanOutQueue queue, Func<object, ValueTask> send,
        ILoggerFactory loggers) =>
        new(store, _subscriptions, _keys, items, sender, options, Due, queue, send, _time, loggers);

    /// <summary>The public keys that <c>v1a</c> signatures are verified with.</summary>
    public Task<IReadOnlyList<JsonWebKey>> PublishedKeys(CancellationToken cancellationToken) => _keys.Published(cancellationToken);

    /// <inheritdoc cref="SigningKeys.Rotate"/>
    public Task<(string Kid, DateTimeOffset SignsFrom)> RotateSigningKey(CancellationToken cancellationToken) =>
        _keys.Rotate(cancellationToken);

    /// <inheritdoc cref="DeliveryBacklog"/>
    public Task<DeliveryBacklog> Backlog(CancellationToken cancellationToken) => DeliveryBacklog.Now.Run(_dataSource, cancellationToken);

    /// <inheritdoc cref="SubscriptionTable.SealHeaders"/>
    public Task SealHeaders(CancellationToken cancellationToken) => _subscriptions.SealHeaders(cancellationToken);

    internal SubscriptionTable Subscriptions => _subscriptions;

    /// <inheritdoc cref="FanOut.DeadMessages.List"/>
    public Task<IReadOnlyList<DeadMessage>> DeadMessages(CancellationToken cancellationToken) =>
        FanOut.DeadMessages.List(_dataSource, cancellationToken);

    /// <inheritdoc cref="FanOut.DeadMessages.Retry"/>
    public Task<int> RetryDead(Guid? id, CancellationToken cancellationToken) =>
        FanOut.DeadMessages.Retry(_dataSource, id, cancellationToken);

    /// <param name="secret">Signs from the first delivery on; kept encrypted.</param>
    public async Task<Subscription> Create(Subscription subscription, string secret, CancellationToken cancellationToken)
    {
        var created = subscription with { StateReason = subscription.IsEnabled ? null : SubscriptionChanges.ByOwner };
        await _subscriptions.Create(created, secret, cancellationToken);
        return created;
    }

    /// <summary>In the order of creation.</summary>
    public Task<IReadOnlyList<Subscription>> List(string tenant, CancellationToken cancellationToken) =>
        _subscriptions.List(tenant, cancellationToken);

    public Task<Subscription?> Find(string tenant, Guid id, CancellationToken cancellationToken) =>
        _subscriptions.Find(tenant, id, cancellationToken);

    /// <summary>As above, of whichever company has it.</summary>
    public Task<Subscription?> Find(Guid id, CancellationToken cancellationToken) => _subscriptions.Find(id, cancellationToken);

    /// <summary>Removes a subscription with its deliveries and their log.</summary>
    /// <returns>False when there is none.</returns>
    public Task<bool> Delete(string tenant, Guid id, CancellationToken cancellationToken) =>
        _subscriptions.Delete(tenant, id, cancellationToken);

    /// <inheritdoc cref="SubscriptionChanges.Apply"/>
    public async Task<Result<Changed>> Change(
        string tenant, Guid id, Func<Subscription, Subscription> change, Backlog backlog, CancellationToken cancellationToken) =>
        Told(id, await _changes.Apply(tenant, id, change, backlog, cancellationToken));

    /// <inheritdoc cref="SubscriptionTable.Rotate"/>
    public Task<Result<Rotation>> RotateSecret(
        string tenant, Guid id, string secret, TimeSpan overlap, CancellationToken cancellationToken) =>
        _subscriptions.Rotate(tenant, id, secret, overlap, cancellationToken);

    /// <inheritdoc cref="DeliveryRequests.Test"/>
    public Task<Result<Delivery>> Test(string tenant, Guid id, Uri publicUrl, CancellationToken cancellationToken) =>
        Test(tenant, id, EventCatalogue.Test, publicUrl, cancellationToken);

    /// <inheritdoc cref="DeliveryRequests.Test"/>
    public async Task<Result<Delivery>> Test(string tenant, Guid id, string type, Uri publicUrl, CancellationToken cancellationToken) =>
        Told(id, await _requests.Test(tenant, id, type, publicUrl, cancellationToken));

    /// <inheritdoc cref="DeliveryRequests.Resend"/>
    public async Task<Result<Delivery>> Resend(string tenant, Guid id, Guid delivery, CancellationToken cancellationToken) =>
        Told(id, await _requests.Resend(tenant, id, delivery, cancellationToken));

    /// <inheritdoc cref="DeliveryRequests.Replay"/>
    public async Task<Result<Replay>> Replay(
        string tenant, Guid id, DateTimeOffset? since, DateTimeOffset? until, IReadOnlyList<string>? types, bool onlyFailed,
        CancellationToken cancellationToken) =>
        Told(id, await _requests.Replay(tenant, id, since, until, types, onlyFailed, cancellationToken));

    /// <summary>Newest first.</summary>
    public Task<Page<Delivery>> Deliveries(
        string tenant, Guid id, DeliveryFilter filter, int page, int perPage, CancellationToken cancellationToken) =>
        _queries.List(tenant, id, filter, page, perPage, cancellationToken);

    public Task<Delivery?> FindDelivery(string tenant, Guid id, Guid delivery, CancellationToken cancellationToken) =>
        _queries.Find(tenant, id, delivery, cancellationToken);

    /// <summary>In the order in which they were made.</summary>
    public Task<IReadOnlyList<DeliveryAttempt>> Attempts(string tenant, Guid delivery, CancellationToken cancellationToken) =>
        _queries.Attempts(tenant, delivery, cancellationToken);

    /// <inheritdoc cref="DeliveryQueries.Failed"/>
    public async Task<IReadOnlyList<FailedDelivery>> Failed(string tenant, int limit, CancellationToken cancellationToken) =>
        await _queries.Failed(tenant, await _subscriptions.List(tenant, cancellationToken), limit, cancellationToken);

    /// <summary>Newest first.</summary>
    public Task<Page<Replay>> Replays(string tenant, Guid id, int page, int perPage, CancellationToken cancellationToken) =>
        _queries.Replays(tenant, id, page, perPage, cancellationToken);

    public Task<Replay?> FindReplay(string tenant, Guid id, Guid replay, CancellationToken cancellationToken) =>
        _queries.FindReplay(tenant, id, replay, cancellationToken);

    /// <summary>Newest first.</summary>
    public Task<Page<Notice>> Notices(string tenant, Guid id, int page, int perPage, CancellationToken cancellationToken) =>
        _queries.Notices(tenant, id, page, perPage, cancellationToken);

    /// <summary>Of a subscription that exists.</summary>
    public Task<Stats> Stats(string tenant, Guid id, CancellationToken cancellationToken) => _queries.Stats(tenant, id, cancellationToken);

    /// <inheritdoc cref="DigestQuery.Of"/>
    public Task<Result<Digest>> Digest(string tenant, Guid id, DateTimeOffset hour, CancellationToken cancellationToken) =>
        _digest.Of(tenant, id, hour, cancellationToken);

    private Result<T> Told<T>(Guid id, Result<T> result)
        where T : class
    {
        if (result.Value is not null)
        {
            Due.Tell(id);
        }

        return result;
    }
}
