using Npgsql;
using NpgsqlTypes;
using PixeeEvents.EventLog;
using PixeeEvents.Webhooks.Events;
using PixeeEvents.Webhooks.Nodes;
using PixeeEvents.Webhooks.Reports;
using PixeeEvents.Webhooks.Subscriptions;

namespace PixeeEvents.Webhooks.Replays;

/// <summary>
/// Deliveries that an owner asks for: a test, one again, or many again. They count neither for nor against the subscription.
/// </summary>
internal sealed class DeliveryRequests(SubscriptionTable subscriptions, DeliveryQueries queries, TimeProvider time)
{
    /// <summary>A signed event of type <c>test</c>, or a sample of another type that says it is one; due at once.</summary>
    /// <param name="publicUrl">Where subscribers find this server.</param>
    public async Task<Result<Delivery>> Test(
        string tenant, Guid subscription, string type, Uri publicUrl, CancellationToken cancellationToken)
    {
        await using var locked = await subscriptions.Lock(tenant, subscription, cancellationToken);
        if (locked is null || !locked.Subscription.IsEnabled)
        {
            return new(locked is null ? Refusals.NoSubscription : Refusals.Disabled);
        }

        var (now, id, eventId) = (time.GetUtcNow(), Guid.CreateVersion7(), Guid.CreateVersion7());
        var body = EventBody.Render(
            locked.Subscription, eventId, type, now, null, EventCatalogue.Sample(type, locked.Subscription.PerItem), publicUrl,
            isSample: type != EventCatalogue.Test);
        await using (var batch = locked.Batch())
        {
            batch.Add(
                """
                insert into webhooks.deliveries (
                    tenant_id, id, subscription_id, event_id, type, origin, body, state, due_at, occurred_at, created_at)
                values ($1, $2, $3, $4, $7, 'test', $5, 'waiting', $6, $6, $6)
                """,
                Sql.Text(tenant), Sql.Uuid(id), Sql.Uuid(subscription), Sql.Uuid(eventId),
                Sql.Bytes(body), Sql.Timestamp(now), Sql.Text(type));
            Bell.AddRing(batch, subscription);
            await batch.ExecuteNonQueryAsync(cancellationToken);
        }

        await locked.Commit(cancellationToken);
        return new((await queries.Find(tenant, subscription, id, cancellationToken))!);
    }

    /// <summary>The same event, body and <c>webhook-id</c> once more, outside its lane.</summary>
    public async Task<Result<Delivery>> Resend(string tenant, Guid subscription, Guid delivery, CancellationToken cancellationToken)
    {
        await using var locked = await subscriptions.Lock(tenant, subscription, cancellationToken);
        if (locked is null)
        {
            return new(Refusals.NoSubscription);
        }

        if (await queries.Find(tenant, subscription, delivery, cancellationToken) is not { } sent)
        {
            return new(Refusals.NoDelivery);
        }

        if (sent.State is "waiting" or "superseded" || !locked.Subscription.IsEnabled)
        {
            return new(
                !locked.Subscription.IsEnabled ? Refusals.Disabled : sent.State == "superseded" ? Refusals.Superseded : Refusals.Unsettled);
        }

        var id = Guid.CreateVersion7();
        await using (var batch = locked.Batch())
        {
            batch.Add(
                """
                insert into webhooks.deliveries (
                    tenant_id, id, subscription_id, event_id, message_id, type, origin, sequence, entity, previous_version, version, body,
                    traceparent, state, due_at, occurred_at, created_at)
                select tenant_id, $4, subscription_id, event_id, message_id, type, 'resend', sequence, entity, previous_version, version,
                    body, traceparent, 'waiting', $5, occurred_at, $5
                from webhooks.deliveries where tenant_id = $1 and subscription_id = $2 and id = $3
                """,
                Sql.Text(tenant), Sql.Uuid(subscription), Sql.Uuid(delivery), Sql.Uuid(id), Sql.Timestamp(time.GetUtcNow()));
            Bell.AddRing(batch, subscription);
            if (await batch.ExecuteNonQueryAsync(cancellationToken) == 0)
            {
                // Its time was up between the look and the copy.
                return new(Refusals.NoDelivery);
            }
        }

        await locked.Commit(cancellationToken);
        return new((await queries.Find(tenant, subscription, id, cancellationToken))!);
    }

    /// <summary>Begins to send again what happened up to now.</summary>
    /// <param name="types">As in <see cref="Subscription.Events"/>; null for all that the subscription wants.</param>
    public async Task<Result<Replay>> Replay(
        string tenant, Guid subscription, DateTimeOffset? since, DateTimeOffset? until, IReadOnlyList<string>? types, bool onlyFailed,
        CancellationToken cancellationToken)
    {
        await using var locked = await subscriptions.Lock(tenant, subscription, cancellationToken);
        if (locked is null || !locked.Subscription.IsEnabled)
        {
            return new(locked is null ? Refusals.NoSubscription : Refusals.Disabled);
        }

        var id = Guid.CreateVersion7();
        await using (var batch = locked.Batch())
        {
            batch.Add(
                """
                insert into webhooks.replays (tenant_id, id, subscription_id, since, until, types, only_failed, end_position, created_at)
                select $1, $2, $3, $4, $5, $6, $7, coalesce((select max(last_seq_id) from outbox where tenant_id = $1), 0), $8
                """,
                Sql.Text(tenant), Sql.Uuid(id), Sql.Uuid(subscription), Sql.Timestamp(since), Sql.Timestamp(until),
                types is null ? Sql.NoTexts() : Sql.Texts(types),
                Sql.Bool(onlyFailed), Sql.Timestamp(time.GetUtcNow()));
            Bell.AddRing(batch, subscription);
            await batch.ExecuteNonQueryAsync(cancellationToken);
        }

        await locked.Commit(cancellationToken);
        return new((await queries.FindReplay(tenant, subscription, id, cancellationToken))!);
    }
}
