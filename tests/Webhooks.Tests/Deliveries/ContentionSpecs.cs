using Npgsql;
using PixeeEvents.Webhooks.Deliveries;
using PixeeEvents.Webhooks.Tests.Testing;
using Xunit;

namespace PixeeEvents.Webhooks.Tests.Deliveries;

/// <summary>What nodes, owners and deliveries do to each other when they meet.</summary>
public sealed class ContentionSpecs
{
    private static readonly Guid A = new("00000000-0000-0000-0000-00000000000a");
    private static readonly Guid B = new("00000000-0000-0000-0000-00000000000b");
    private static readonly Guid C = new("00000000-0000-0000-0000-00000000000c");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task a_company_that_another_node_is_at_is_waited_for_and_others_are_not()
    {
        await using var hub = await WebhooksFixture.Create();
        await using var holder = await hub.DataSource.OpenConnectionAsync(Cancel);
        await using (var transaction = await holder.BeginTransactionAsync(Cancel))
        {
            await Execute(holder, $"select pg_advisory_xact_lock(hashtextextended('fan-out {WebhooksFixture.Company}', 0))");
            hub.Start();
            await hub.Change("stock.updated", A);
            await using (var other = hub.DataSource.CreateCommand(
                "insert into outbox (id, tenant_id, type, data, occurred_at, first_seq_id, last_seq_id) "
                + "select gen_random_uuid(), 'third', type, data, occurred_at, first_seq_id, last_seq_id from outbox"))
            {
                await other.ExecuteNonQueryAsync(Cancel);
            }

            await WebhooksFixture.Until(async () => await Taken("third") == 1 ? null : "the third company waits");
            Assert.Equal(0, await Taken(WebhooksFixture.Company));
            await transaction.CommitAsync(Cancel);
        }

        await WebhooksFixture.Until(async () => await Taken(WebhooksFixture.Company) == 1 ? null : "not taken");

        Task<long> Taken(string company) =>
            hub.Scalar<long>("select count(*) from outbox where tenant_id = $1 and taken_at is not null", company);
    }

    [Fact]
    public async Task removing_a_subscription_waits_for_what_is_written_about_it()
    {
        await using var hub = await WebhooksFixture.Create();
        var subscription = await hub.Subscribe(new Uri("http://127.0.0.1:1/"));
        await using var writer = await hub.DataSource.OpenConnectionAsync(Cancel);
        await using var transaction = await writer.BeginTransactionAsync(Cancel);
        await Execute(writer, "select from webhooks.endpoints for update");
        var removal = hub.Subscriptions.Delete(WebhooksFixture.Company, subscription.Id, Cancel);
        const string Waiting = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
        await WebhooksFixture.Until(async () => await hub.Scalar<long>(Waiting) > 0 ? null : "nobody waits");
        await Execute(
            writer,
            """
            insert into webhooks.notices (tenant_id, id, subscription_id, type, at, detail)
            select tenant_id, gen_random_uuid(), id, 'webhook.failing', now(), '' from webhooks.subscriptions
            """);
        await transaction.CommitAsync(Cancel);
        Assert.True(await removal);
        Assert.Equal(0, await hub.Scalar<long>("select count(*) from webhooks.subscriptions"));
    }

    [Fact]
    public async Task a_lease_is_renewed_whoever_holds_another_delivery()
    {
        await using var hub = await WebhooksFixture.Create();
        await hub.Subscribe(new Uri("http://127.0.0.1:1/"));
        await hub.Owe(2);
        var queue = new DeliveryQueue(hub.DataSource, hub.Options, hub.Time);
        var (claimed, _, _) = await queue.Claim(null, new NodeRoom([], 4, 10), 10, Cancel);
        Assert.Equal(2, claimed.Count);
        await hub.Execute("update webhooks.deliveries set lease_until = '2026-01-01'");
        await using var holder = await hub.DataSource.OpenConnectionAsync(Cancel);
        await using var transaction = await holder.BeginTransactionAsync(Cancel);
        await Execute(holder, $"update webhooks.deliveries set attempts = attempts where id = '{claimed[0].Id}'");
        await queue.Renew(claimed, Cancel).WaitAsync(TimeSpan.FromSeconds(5), Cancel);
        Assert.Equal(claimed[1].Id, await hub.Scalar<Guid>("select id from webhooks.deliveries where lease_until > now()"));
    }

    [Fact]
    public async Task a_node_whose_clock_is_ahead_takes_nothing_that_another_is_sending()
    {
        await using var hub = await WebhooksFixture.Create();
        var gate = new TaskCompletionSource();
        await using var receiver = await Receiver.Start(Answers.After(gate.Task, Answers.Status(200)));
        await hub.Subscribe(receiver.Url);
        hub.Start();
        await hub.Change("stock.updated", A);
        await receiver.Next(Cancel);
        var clock = new Ahead(TimeSpan.FromHours(1));
        await hub.Looked(hub.Start(clock).Node, clock);
        gate.SetResult();
        await hub.Until("delivered");
        Assert.Equal(0, await hub.Scalar<int>("select interruptions from webhooks.deliveries"));
        Assert.Single(receiver.Requests);
    }

    [Fact]
    public async Task several_answers_of_410_disable_once()
    {
        await using var hub = await WebhooksFixture.Create();
        var gate = new TaskCompletionSource();
        await using var receiver = await Receiver.Start(Answers.After(gate.Task, Answers.Status(410)));
        await hub.Subscribe(receiver.Url, s => s with { PerItem = true });
        hub.Start();
        await hub.Change("stock.updated", A, B, C);
        await WebhooksFixture.Until(() => Task.FromResult(receiver.Requests.Count < 3 ? "not all there" : null));
        gate.SetResult();
        await WebhooksFixture.Until(
            async () => await hub.Scalar<long>("select count(*) from webhooks.attempts") < 3 ? "not all settled" : null);
        Assert.Equal("webhook.disabled", await hub.Scalar<string>("select string_agg(type, ' ') from webhooks.notices"));
    }

    [Fact]
    public async Task many_endpoints_that_nobody_told_of_are_served_without_waiting_for_the_next_look()
    {
        await using var hub = await WebhooksFixture.Create();
        hub.Options = hub.Options with { Poll = TimeSpan.FromMinutes(10) };
        await using var receiver = await Receiver.Start();
        await hub.Subscribe(receiver.Url);
        await hub.Execute(
            """
            insert into webhooks.subscriptions (tenant_id, id, name, url, events, schema_version, created_at, updated_at)
            select tenant_id, gen_random_uuid(), name, url, events, schema_version, created_at, updated_at
            from webhooks.subscriptions, generate_series(1, 449);
            insert into webhooks.endpoints (tenant_id, subscription_id) select tenant_id, id from webhooks.subscriptions
                on conflict do nothing;
            insert into webhooks.secrets (tenant_id, subscription_id, id, protected, created_at) select tenant_id, id, gen_random_uuid(),
                'secret', now() from webhooks.subscriptions
            """);
        await hub.Owe();
        hub.Start();
        await hub.Until(450, "delivered");
    }

    [Fact]
    public async Task an_endpoint_for_which_a_full_node_had_no_room_is_served_when_it_has()
    {
        await using var hub = await WebhooksFixture.Create();
        hub.Options = hub.Options with { Poll = TimeSpan.FromMinutes(10), Capacity = 2 };
        var gate = new TaskCompletionSource();
        await using var slow = await Receiver.Start(
            Answers.InTurn(Answers.Status(200), Answers.Status(200), Answers.After(gate.Task, Answers.Status(200))));
        await using var quick = await Receiver.Start();
        await hub.Subscribe(slow.Url, s => s with { Events = ["price.updated"] });
        await hub.Subscribe(slow.Url, s => s with { Events = ["price.updated"] });
        await hub.Subscribe(quick.Url, s => s with { Events = ["stock.updated"] });
        hub.Start();
        await hub.Change("price.updated", A, B);
        await hub.Until(2, "delivered");
        await hub.Change("price.updated", A, B);
        await WebhooksFixture.Until(() => Task.FromResult(slow.Requests.Count < 4 ? $"{slow.Requests.Count} requests" : null));
        await hub.Change("stock.updated", A, B);
        await WebhooksFixture.Until(
            async () => await hub.Scalar<long>("select count(*) from webhooks.deliveries") < 5 ? "not fanned out" : null);
        await Task.Delay(100, Cancel);
        gate.SetResult();
        await hub.Until(5, "delivered");
    }

    [Fact]
    public async Task a_replay_that_reads_the_log_holds_nobody_up()
    {
        await using var hub = await WebhooksFixture.Create();
        await using var receiver = await Receiver.Start();
        var subscription = await hub.Subscribe(receiver.Url, s => s with { PerItem = true });
        await hub.Change("stock.updated", A, B);
        await hub.Execute("update outbox set taken_at = now()");
        var gate = new TaskCompletionSource();
        hub.ItemsAreThere = gate.Task;
        await hub.Execute(
            $"""
             insert into webhooks.replays (tenant_id, id, subscription_id, only_failed, end_position, created_at)
             values ('{WebhooksFixture.Company}', gen_random_uuid(), '{subscription.Id}', false, 10, now())
             """);
        var (node, _) = hub.Start();
        await hub.Looked(node);
        await hub.Execute(
            """
            update webhooks.endpoints set notices = 0
            where subscription_id in (select subscription_id from webhooks.endpoints for update nowait)
            """);
        gate.SetResult();
        await hub.Until("delivered delivered");
    }

    [Fact]
    public async Task what_failed_is_sent_again_in_the_order_of_each_entity()
    {
        await using var hub = await WebhooksFixture.Create();
        var gate = new TaskCompletionSource();
        await using var receiver = await Receiver.Start(
            Answers.InTurn(Answers.Status(400), Answers.Status(400), Answers.Status(400), Answers.After(gate.Task, Answers.Status(200))));
        var subscription = await hub.Subscribe(receiver.Url, s => s with { MaxRetries = 0 });
        hub.Start();
        for (var n = 0; n < 3; n++)
        {
            await hub.Change("product.updated", A);
        }

        await hub.Until("exhausted exhausted exhausted");
        await hub.Execute(
            $"""
             insert into webhooks.replays (tenant_id, id, subscription_id, only_failed, end_position, created_at)
             values ('{WebhooksFixture.Company}', gen_random_uuid(), '{subscription.Id}', true, 10, now())
             """);
        await WebhooksFixture.Until(
            async () =>
                await hub.Scalar<long>("select count(*) from webhooks.deliveries where origin = 'replay'") < 3 ? "not begun" : null);
        Assert.Equal(1, await hub.Scalar<long>("select count(*) from webhooks.deliveries where origin = 'replay' and due_at is not null"));
        gate.SetResult();
        await hub.Until("exhausted exhausted exhausted delivered delivered delivered");
        var ids = receiver.Requests.Select(r => r.Headers["webhook-id"]).ToList();
        Assert.Equal(ids[..3], ids[3..]);
    }

    private static async Task Execute(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Cancel);
    }

    private sealed class Ahead(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + by;
    }
}
