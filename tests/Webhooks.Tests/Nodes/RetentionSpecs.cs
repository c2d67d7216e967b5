using Microsoft.Extensions.Time.Testing;
using PixeeEvents.Webhooks.Nodes;
using PixeeEvents.Webhooks.Reports;
using PixeeEvents.Webhooks.Subscriptions;
using PixeeEvents.Webhooks.Tests.Testing;
using Xunit;

namespace PixeeEvents.Webhooks.Tests.Nodes;

/// <summary>What is removed when its time is up, and what stays because somebody needs it.</summary>
public sealed class RetentionSpecs : IAsyncLifetime
{
    private static readonly DateTimeOffset Start = new(2026, 11, 2, 8, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider _time = new(Start);
    private WebhooksFixture _webhooks = null!;
    private Subscription _subscription = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _webhooks = await WebhooksFixture.Create(_time);
        _subscription = await _webhooks.Subscribe(new Uri("http://127.0.0.1:1/"));
    }

    public ValueTask DisposeAsync() => _webhooks.DisposeAsync();

    [Theory]
    [InlineData("delivered", 30)]
    [InlineData("superseded", 30)]
    [InlineData("cancelled", 30)]
    [InlineData("exhausted", 90)]
    public async Task a_settled_delivery_goes_with_its_attempts_when_its_time_is_up(string state, int days)
    {
        var delivery = await Given(state);
        await _webhooks.Execute(
            $"""
             insert into webhooks.attempts (tenant_id, delivery_id, number, started_at, duration_ms)
             values ('acme', '{delivery}', 1, now(), 1)
             """);
        await After(days: days - 0.01);
        Assert.Equal((1, 1), (await Count("deliveries"), await Count("attempts")));
        await After(days: 0.02);
        Assert.Equal((0, 0), (await Count("deliveries"), await Count("attempts")));
    }

    [Theory]
    [InlineData("enabled")]
    [InlineData("disabled")]
    public async Task what_waits_stays_however_old_and_its_message_with_it(string webhook)
    {
        await Message(await Given("waiting"));
        await _webhooks.Execute($"update webhooks.subscriptions set state = '{webhook}'");
        await After(days: 1000);
        Assert.Equal((1, 1), (await Count("deliveries"), await Messages()));
        await _webhooks.Execute($"update webhooks.deliveries set state = 'delivered', settled_at = '{_time.GetUtcNow():O}'");
        await After(days: 29);
        Assert.Equal((1, 1), (await Count("deliveries"), await Messages()));
        await After(days: 2);
        await After(days: 0);
        Assert.Equal((0, 0), (await Count("deliveries"), await Messages()));
    }

    [Fact]
    public async Task a_request_under_way_keeps_its_delivery()
    {
        await Given("cancelled");
        await _webhooks.Execute("update webhooks.deliveries set lease_until = now() + interval '1 minute'");
        await After(days: 31);
        Assert.Equal(1, await Count("deliveries"));
    }

    [Fact]
    public async Task an_event_that_arrived_by_hand_after_it_was_exhausted_does_not_look_lost_when_the_proof_is_old()
    {
        var failed = await Given("exhausted");
        var proof = await Given("delivered");
        await _webhooks.Execute(
            $"""
             update webhooks.deliveries set origin = 'resend', event_id = (select event_id from webhooks.deliveries where id = '{failed}')
             where id = '{proof}'
             """);
        await After(days: 31);
        Assert.Equal(2, await Count("deliveries"));
        await After(days: 60);
        await After(days: 0);
        Assert.Equal(0, await Count("deliveries"));
    }

    [Fact]
    public async Task a_running_replay_keeps_the_deliveries_of_its_webhook_and_the_messages_that_it_has_yet_to_read()
    {
        await Given("delivered");
        await Given("exhausted");
        await _webhooks.Change("stock.updated", Guid.NewGuid());
        await _webhooks.Change("stock.updated", Guid.NewGuid());
        await _webhooks.Change("stock.updated", Guid.NewGuid());
        await Taken();
        await _webhooks.Execute(
            $"""
            insert into webhooks.replays (tenant_id, id, subscription_id, only_failed, position, end_position, created_at)
            values ('acme', gen_random_uuid(), '{_subscription.Id}', false, 1, 2, now())
            """);
        await After(days: 100);
        Assert.Equal((2, 1, 1), (await Count("deliveries"), await Messages(), await Count("replays")));
        await _webhooks.Execute($"update webhooks.replays set state = 'done', ended_at = '{_time.GetUtcNow():O}'");
        await After(days: 29);
        Assert.Equal((0, 0, 1), (await Count("deliveries"), await Messages(), await Count("replays")));
        await After(days: 2);
        Assert.Equal(0, await Count("replays"));
    }

    [Fact]
    public async Task a_message_that_nobody_wanted_is_kept_for_replays_and_one_that_nobody_has_taken_for_ever()
    {
        await _webhooks.Change("stock.updated", Guid.NewGuid());
        await Taken();
        await _webhooks.Change("stock.updated", Guid.NewGuid());
        await After(days: 89.99);
        Assert.Equal(2, await Messages());
        await After(days: 0.02);
        Assert.Equal(1, await Messages());
        Assert.Equal(1, await _webhooks.Scalar<long>("select count(*) from outbox where taken_at is null"));
    }

    [Fact]
    public async Task notices_go_when_their_time_is_up()
    {
        await _webhooks.Execute(
            $"""
            insert into webhooks.notices (tenant_id, id, subscription_id, type, at, detail)
            select 'acme', gen_random_uuid(), '{_subscription.Id}', 'webhook.failing', '{Start:O}', '' from generate_series(1, 2500)
            """);
        await After(days: 89);
        Assert.Equal(2500, await Count("notices"));
        await After(days: 2);
        Assert.Equal(0, await Count("notices"));
    }

    [Fact]
    public async Task a_sweep_goes_page_by_page_and_passes_what_others_hold()
    {
        await _webhooks.Execute(
            $"""
            insert into webhooks.deliveries (tenant_id, id, subscription_id, event_id, type, origin, body, state, occurred_at, created_at,
                settled_at)
            select 'acme', gen_random_uuid(), '{_subscription.Id}', gen_random_uuid(), 'stock.updated', 'event', '', 'delivered',
                '{Start:O}', '{Start:O}', '{Start:O}'
            from generate_series(1, 2500)
            """);
        _time.Advance(TimeSpan.FromDays(31));
        await using var holder = await _webhooks.DataSource.OpenConnectionAsync(Cancel);
        await using var transaction = await holder.BeginTransactionAsync(Cancel);
        await using var hold = new Npgsql.NpgsqlCommand("select from webhooks.deliveries order by ordinal limit 1 for update", holder);
        await hold.ExecuteNonQueryAsync(Cancel);
        var sweep = Sweep();
        var left = new List<long>();
        for (var more = true; more; left.Add(await Count("deliveries")))
        {
            more = await sweep.Step(Cancel);
        }

        Assert.Equal([1501, 501, 1], left);
        await transaction.RollbackAsync(Cancel);
        await After(days: 0);
        Assert.Equal(0, await Count("deliveries"));
    }

    [Fact]
    public async Task a_digest_of_an_hour_of_which_something_may_be_gone_is_refused()
    {
        var digests = new DigestQuery(_webhooks.DataSource, _time);
        await Given("delivered");
        await After(days: 30);
        Assert.Single((await digests.Of(WebhooksFixture.Company, _subscription.Id, Start, Cancel)).Value!.Events);
        await After(days: 1d / 24);
        Assert.Equal(Refusals.NotKept, (await digests.Of(WebhooksFixture.Company, _subscription.Id, Start, Cancel)).Refusal);
        Assert.Empty((await digests.Of(WebhooksFixture.Company, _subscription.Id, Start.AddHours(1), Cancel)).Value!.Events);
    }

    [Fact]
    public async Task nodes_sweep_by_themselves_every_hour()
    {
        await Given("delivered");
        _time.Advance(TimeSpan.FromDays(29.99));
        var (node, _) = _webhooks.Start();
        await _webhooks.Pass(node, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));
        Assert.Equal(1, await Count("deliveries"));
        await _webhooks.Pass(node, TimeSpan.FromHours(2), TimeSpan.FromMinutes(30));
        await WebhooksFixture.Until(async () => await Count("deliveries") is var left and > 0 ? $"{left} left" : null);
    }

    private RetentionSweep Sweep() => new(_webhooks.DataSource, new Retention(), _time);

    /// <summary>Lets days pass, then sweeps once.</summary>
    private async Task After(double days)
    {
        _time.Advance(TimeSpan.FromDays(days));
        var sweep = Sweep();
        while (await sweep.Step(Cancel))
        {
        }
    }

    /// <summary>A delivery that came to its state now.</summary>
    private async Task<Guid> Given(string state)
    {
        var id = Guid.CreateVersion7();
        await _webhooks.Execute(
            $"""
            insert into webhooks.deliveries (tenant_id, id, subscription_id, event_id, type, origin, body, state, due_at, occurred_at,
                created_at, settled_at)
            values ('acme', '{id}', '{_subscription.Id}', gen_random_uuid(), 'stock.updated', 'event', '', '{state}',
                case when '{state}' = 'waiting' then now() end,
                '{Start:O}', '{Start:O}', case when '{state}' <> 'waiting' then '{Start:O}'::timestamptz end)
            """);
        return id;
    }

    /// <summary>The message that a delivery tells of.</summary>
    private async Task Message(Guid delivery)
    {
        var message = await _webhooks.Change("stock.updated", Guid.NewGuid());
        await Taken();
        await _webhooks.Execute($"update webhooks.deliveries set message_id = '{message}' where id = '{delivery}'");
    }

    private Task Taken() => _webhooks.Execute($"update outbox set taken_at = '{_time.GetUtcNow():O}'");

    private Task<long> Count(string table) => _webhooks.Scalar<long>($"select count(*) from webhooks.{table}");

    private Task<long> Messages() => _webhooks.Scalar<long>("select count(*) from outbox");
}
