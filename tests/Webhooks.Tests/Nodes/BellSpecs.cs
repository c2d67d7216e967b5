using PixeeEvents.EventLog;
using PixeeEvents.Webhooks.Events;
using PixeeEvents.Webhooks.Nodes;
using PixeeEvents.Webhooks.Replays;
using PixeeEvents.Webhooks.Reports;
using PixeeEvents.Webhooks.Sending;
using PixeeEvents.Webhooks.Subscriptions;
using PixeeEvents.Webhooks.Tests.Testing;
using Xunit;

namespace PixeeEvents.Webhooks.Tests.Nodes;

/// <summary>A node that looks by itself once an hour hears at once of what another one did: it has nothing but the bell.</summary>
public sealed class BellSpecs : IAsyncLifetime
{
    private static readonly Guid A = new("00000000-0000-0000-0000-00000000000a");

    private WebhooksFixture _webhooks = null!;
    private Receiver _receiver = null!;
    private Subscription _subscription = null!;
    private readonly Sender _sender = new(new SenderOptions(), TimeProvider.System);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _webhooks = await WebhooksFixture.Create();
        _receiver = await Receiver.Start();
        _subscription = await _webhooks.Subscribe(_receiver.Url);
        _webhooks.Options = _webhooks.Options with { Poll = TimeSpan.FromHours(1) };
        var (node, _) = _webhooks.Start();
        await WebhooksFixture.Until(
            async () => await Listeners() == 1 && node.LookedAt > default(DateTimeOffset) ? null : "nobody listens");
        _webhooks.Options = _webhooks.Options with { Sends = false };
        _webhooks.Writer = _webhooks.Node(_sender);
        await _webhooks.Change("stock.updated", A);
        await _webhooks.Until(1, "delivered");
    }

    public async ValueTask DisposeAsync()
    {
        await _webhooks.DisposeAsync();
        await _receiver.DisposeAsync();
        _sender.Dispose();
    }

    [Fact]
    public async Task a_node_that_only_sends_hears_of_each_commit_of_another()
    {
        for (var n = 2; n <= 4; n++)
        {
            await _webhooks.Change("stock.updated", A);
            await _webhooks.Until(n, "delivered");
        }
    }

    [Fact]
    public async Task of_messages_that_come_fast_none_is_left_behind()
    {
        const int Changes = 300;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            for (var n = 0; n < Changes / 4; n++)
            {
                await _webhooks.Change("stock.updated", Guid.NewGuid());
            }
        }));
        await _webhooks.Until(1 + Changes, "delivered");
    }

    [Fact]
    public async Task a_test_and_a_resend_that_another_node_wrote_are_sent_at_once()
    {
        var requests = Requests();
        var test = await requests.Test(
            WebhooksFixture.Company, _subscription.Id, EventCatalogue.Test, new Uri("https://hub.example"), Cancel);
        Assert.NotNull(test.Value);
        await _webhooks.Until(2, "delivered");
        var delivery = await _webhooks.Scalar<Guid>("select id from webhooks.deliveries where origin = 'event'");
        Assert.NotNull((await requests.Resend(WebhooksFixture.Company, _subscription.Id, delivery, Cancel)).Value);
        await _webhooks.Until(3, "delivered");
    }

    [Fact]
    public async Task a_replay_that_another_node_began_is_sent_at_once()
    {
        Assert.NotNull(
            (await Requests().Replay(WebhooksFixture.Company, _subscription.Id, null, null, null, onlyFailed: false, Cancel)).Value);
        await _webhooks.Until(2, "delivered");
    }

    [Fact]
    public async Task what_was_held_is_sent_at_once_when_another_node_enables_the_webhook()
    {
        var changes = new SubscriptionChanges(_webhooks.Subscriptions, _webhooks.Time);
        await changes.Apply(WebhooksFixture.Company, _subscription.Id, s => s with { IsEnabled = false }, Backlog.All, Cancel);
        await _webhooks.Change("stock.updated", A);
        await _webhooks.Until("delivered held");
        await changes.Apply(WebhooksFixture.Company, _subscription.Id, s => s with { IsEnabled = true }, Backlog.All, Cancel);
        await _webhooks.Until(2, "delivered");
    }

    private DeliveryRequests Requests() =>
        new(_webhooks.Subscriptions, new DeliveryQueries(_webhooks.DataSource, _webhooks.Time), _webhooks.Time);

    private Task<long> Listeners() => _webhooks.Scalar<long>(
        """
        select count(*) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and state = 'idle' and query like 'listen%'
        """);
}
