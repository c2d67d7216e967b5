using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using PixeeEvents.Webhooks.Events;
using PixeeEvents.Webhooks.Tests.Testing;
using Xunit;

namespace PixeeEvents.Webhooks.Tests.Deliveries;

public sealed class DeliverySpecs
{
    private static readonly Guid A = new("00000000-0000-0000-0000-00000000000a");
    private static readonly Guid B = new("00000000-0000-0000-0000-00000000000b");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task a_change_is_delivered_once_and_the_attempt_is_on_record()
    {
        await using var hub = await WebhooksFixture.Create();
        await using var receiver = await Receiver.Start(Answers.Status(202, "thanks"));
        await hub.Subscribe(receiver.Url);
        hub.Start();
        var message = await hub.Change("stock.updated", A, B);
        var request = await receiver.Next(Cancel);
        Assert.Equal(EventIds.Text(message), request.Headers["webhook-id"]);
        Assert.Equal("stock.updated", request.Headers["X-PM-Event"]);
        var body = JsonDocument.Parse(request.Body).RootElement;
        Assert.Equal(EventIds.Text(message), body.GetProperty("id").GetString());
        Assert.Equal(1, body.GetProperty("sequence").GetInt64());
        Assert.Equal(2, body.GetProperty("data").GetProperty("total").GetInt32());
        await hub.Until("delivered");
        Assert.Equal(
            "1 202  127.0.0.1 thanks",
            await hub.Scalar<string>(
                "select concat_ws(' ', number, status, coalesce(error, ''), remote_ip, response) from webhooks.attempts"));
        Assert.Single(receiver.Requests);
    }

    [Fact]
    public async Task statement_12_a_rolled_back_change_is_never_sent()
    {
        await using var hub = await WebhooksFixture.Create();
        await using var receiver = await Receiver.Start();
        await hub.Subscribe(receiver.Url);
        hub.Start();
        await hub.Change("stock.updated", [new WebhooksFixture.Item(A, ["stock"])], commit: false);
        var committed = await hub.Change("stock.updated", A);
        Assert.Equal(EventIds.Text(committed), (await receiver.Next(Cancel)).Headers["webhook-id"]);
        await hub.Until("delivered");
    }

    [Fact]
    public async Task a_message_that_cannot_be_read_holds_back_the_later_ones_of_its_company_and_no_others()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var hub = await WebhooksFixture.Create(time);
        await using var receiver = await Receiver.Start();
        await using var others = await Receiver.Start();
        await hub.Subscribe(receiver.Url);
        await hub.Subscribe(others.Url, s => s with { Tenant = "other" });
        await hub.Execute(
            $$"""
            insert into outbox (id, tenant_id, type, data, occurred_at, first_seq_id, last_seq_id) values
            ('{{A}}', 'other', 'product.updated', '{"garbled": true}', now(), -2, -2),
            ('{{B}}', 'other', 'product.updated',
            '{"garbled": false, "id": "{{A}}", "previous_version": 1, "version": 2, "updated_fields": [], "suppliers": []}', now(), -1, -1)
            """);
        hub.Start();
        await hub.Change("product.updated", A);
        await receiver.Next(Cancel);
        Assert.Equal(
            "waiting",
            await hub.Scalar<string>(
                """
                select coalesce(string_agg(case when taken_at is null then 'waiting' else 'taken' end, ' '), '')
                from outbox where tenant_id = 'other' and first_seq_id = -1
                """));
        Assert.Empty(others.Requests);
        await hub.Execute(
            $$"""
            update outbox set data = '{"id": "{{A}}", "previous_version": 0, "version": 1, "updated_fields": [], "suppliers": []}'
            where id = '{{A}}'
            """);
        var told = Task.WhenAll(others.Next(Cancel), others.Next(Cancel));
        while (!told.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(30));
            await Task.WhenAny(told, Task.Delay(100, Cancel));
        }

        Assert.Equal([EventIds.Text(A), EventIds.Text(B)], (await told).Select(r => r.Headers["webhook-id"]));
    }

    [Fact]
    public async Task statement_2_a_retry_keeps_the_webhook_id_and_the_bytes_and_is_signed_anew()
    {
        await using var hub = await WebhooksFixture.Create();
        await using var receiver = await Receiver.Start(Answers.InTurn(Answers.Status(500), Answers.Status(200)));
        await hub.Subscribe(receiver.Url, s => s with { RetryDelays = [2] });
        hub.Start();
        await hub.Change("product.updated", A);
        var (first, second) = (await receiver.Next(Cancel), await receiver.Next(Cancel));
        await hub.Until("delivered");
        Assert.Equal(first.Headers["webhook-id"], second.Headers["webhook-id"]);
        Assert.Equal(SHA256.HashData(first.Body), SHA256.HashData(second.Body));
        Assert.Equal(await hub.Scalar<byte[]>("select sha256(body) from webhooks.deliveries"), SHA256.HashData(second.Body));
        Assert.NotEqual(first.Headers["webhook-timestamp"], second.Headers["webhook-timestamp"]);
        Assert.NotEqual(first.Headers["webhook-signature"], second.Headers["webhook-signature"]);
    }

    [Fact]
    public async Task statement_15_only_what_matches_is_received()
    {
        await using var hub = await WebhooksFixture.Create();
        await using var receiver = await Receiver.Start();
        await using var everything = await Receiver.Start();
        var own = Guid.CreateVersion7();
        await hub.Subscribe(receiver.Url, s => s with { Events = ["product.*", "price.updated"], ExcludeOwn = true, CreatedBy = own });
        await hub.Subscribe(everything.Url);
        hub.Start();
        await hub.Change("stock.updated", A);
        await hub.Change("product.created", A);
        await hub.Change("product.updated", [new WebhooksFixture.Item(A, ["name"])], key: own.ToString());
        await hub.Change("price.updated", A);
        await hub.Until("delivered delivered delivered delivered delivered delivered");
        Assert.Equal(["price.updated", "product.created"], receiver.Requests.Select(r => r.Headers["X-PM-Event"]).Order());
        Assert.Equal(4, everything.Requests.Count);
    }

    [Fact]
    public async Task statement_24_filters_on_fields_and_suppliers_narrow_what_is_told()
    {
        await using var hub = await WebhooksFixture.Create();
        await using var receiver = await Receiver.Start();
        await hub.Subscribe(receiver.Url, s => s with { Fields = ["stock", "name"], SupplierCodes = ["KIMEX"] });
        hub.Start();
        await hub.Change("stock.updated", [new WebhooksFixture.Item(A, ["stock"], ["OTHER"])]);
        await hub.Change("product.updated", [new WebhooksFixture.Item(A, ["brand"])]);
        await hub.Change(
            "stock.updated", [new WebhooksFixture.Item(A, ["stock"], ["KIMEX"]), new WebhooksFixture.Item(B, ["stock"], ["OTHER"])]);
        var data = JsonDocument.Parse((await receiver.Next(Cancel)).Body).RootElement.GetProperty("data");
        await hub.Until("delivered");
        Assert.Equal(1, data.GetProperty("total").GetInt32());
        Assert.Equal([new WebhooksFixture.Item(A, []).Ean], data.GetProperty("eans").EnumerateArray().Select(e => e.GetString()));
    }

    [Fact]
    public async Task statement_22_per_item_each_entity_has_its_own_event_with_its_version_and_the_sequence_has_no_holes()
    {
        await using var hub = await WebhooksFixture.Create();
        await using var receiver = await Receiver.Start();
        await hub.Subscribe(receiver.Url, s => s with { PerItem = true });
        hub.Start();
        await hub.Change("stock.updated", A, B);
        await hub.Change("stock.updated", A);
        await hub.Until("delivered delivered delivered");
        var events = receiver.Requests.Select(r => JsonDocument.Parse(r.Body).RootElement)
            .OrderBy(e => e.GetProperty("sequence").GetInt64()).ToList();
        Assert.Equal([1, 2, 3], events.Select(e => e.GetProperty("sequence").GetInt64()));
        Assert.Equal(3, events.Select(e => e.GetProperty("id").GetString()).Distinct().Count());
        Assert.Equal(
            [(A, 0, 1), (B, 0, 1), (A, 1, 2)],
            events.Select(e => e.GetProperty("data"))
                .Select(
                    d => (
                        d.GetProperty("id").GetGuid(), d.GetProperty("previous_version").GetInt64(), d.GetProperty("version").GetInt64())));
    }

    [Fact]
    public async Task the_first_of_a_lane_is_found_by_the_index_of_lanes_in_a_table_without_statistics()
    {
        const int Many = 300;
        await using var hub = await WebhooksFixture.Create();
        await using var receiver = await Receiver.Start();
        await hub.Subscribe(receiver.Url, s => s with { PerItem = true });
        hub.Start();
        for (var calls = 1; calls <= 2; calls++)
        {
            await hub.Change("stock.updated", [.. Enumerable.Range(0, Many).Select(_ => Guid.NewGuid())]);
            await hub.Until(string.Join(' ', Enumerable.Repeat("delivered", calls * Many)));
        }

        // Each lane is looked at when its delivery is made, and when that is settled.
        await WebhooksFixture.Until(async () =>
            await hub.Scalar<long>("select idx_scan from pg_stat_user_indexes where indexrelname = 'deliveries_lanes'") is var walks
                && walks < 4 * Many
                ? $"{walks} walks"
                : null);
    }

    [Fact]
    public async Task statement_21_a_failing_entity_holds_back_no_other()
    {
        await using var hub = await WebhooksFixture.Create();
        await using var receiver = await Receiver.Start(
            (context, request) =>
                Answers.Status(request.Body.AsSpan().IndexOf(Encoding.UTF8.GetBytes(A.ToString())) >= 0 ? 500 : 200)(context, request));
        await hub.Subscribe(receiver.Url, s => s with { PerItem = true });
        hub.Start();
        await hub.Change("product.updated", A);
        await WebhooksFixture.Until(
            async () => await hub.Scalar<int>("select attempts from webhooks.deliveries union all select 0 order by 1 desc limit 1") > 0
                ? null
                : "no attempt");
        await hub.Change("product.updated", A);
        await hub.Change("product.updated", B);
        await hub.Change("product.updated", B);
        await hub.Until("waiting waiting delivered delivered");
        Assert.Equal(0, await hub.Scalar<int>("select attempts from webhooks.deliveries order by ordinal offset 1 limit 1"));
    }

    [Fact]
    public async Task statement_21_a_newer_stock_supersedes_a_failing_one_which_is_never_sent_again()
    {
        await using var hub = await WebhooksFixture.Create();
        await using var receiver = await Receiver.Start(Answers.InTurn(Answers.Status(500), Answers.Status(200)));
        await hub.Subscribe(receiver.Url, s => s with { PerItem = true });
        hub.Start();
        await hub.Change("stock.updated", A);
        await receiver.Next(Cancel);
        await WebhooksFixture.Until(
            async () => await hub.Scalar<int>("select attempts from webhooks.deliveries") > 0 ? null : "no attempt");
        await hub.Change("stock.updated", A);
        await hub.Until("superseded delivered");
        Assert.Equal(2, receiver.Requests.Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task statement_22_what_takes_the_place_of_one_that_fails_in_flight_tells_from_where_that_did(bool cloudEvents)
    {
        await using var hub = await WebhooksFixture.Create();
        var gate = new TaskCompletionSource();
        await using var receiver = await Receiver.Start(Answers.InTurn(Answers.After(gate.Task, Answers.Status(500)), Answers.Status(200)));
        await hub.Subscribe(receiver.Url, s => s with { PerItem = true, CloudEvents = cloudEvents, RetryDelays = [1] });
        hub.Start();
        await hub.Change("stock.updated", A);
        await receiver.Next(Cancel);
        await hub.Change("stock.updated", A);
        await hub.Until("waiting waiting");
        gate.SetResult();
        await hub.Until("superseded delivered");
        var told = await receiver.Next(Cancel);
        var data = JsonDocument.Parse(told.Body).RootElement.GetProperty("data");
        Assert.Equal((0, 2), (data.GetProperty("previous_version").GetInt64(), data.GetProperty("version").GetInt64()));
        Assert.Equal(
            await hub.Scalar<byte[]>(
                "select sha256(body) from webhooks.deliveries where state = 'delivered' and previous_version = 0"),
            SHA256.HashData(told.Body));
    }

    [Fact]
    public async Task statement_6_410_disables_the_subscription_and_keeps_what_it_is_owed()
    {
        await using var hub = await WebhooksFixture.Create();
        await using var receiver = await Receiver.Start(Answers.Status(410));
        var subscription = await hub.Subscribe(receiver.Url);
        hub.Start();
        await hub.Change("stock.updated", A);
        await hub.Until("held");
        await hub.Change("stock.updated", A);
        await hub.Until("held held");
        Assert.Equal("disabled gone", await hub.Scalar<string>("select state || ' ' || state_reason from webhooks.subscriptions"));
        Assert.Equal("webhook.disabled", await hub.Scalar<string>("select string_agg(type, ' ') from webhooks.notices"));
        Assert.Single(receiver.Requests);
    }

    [Fact]
    public async Task statement_29_a_replay_sends_what_the_store_has_with_the_same_ids_and_bytes_and_goes_on_after_a_stop()
    {
        await using var hub = await WebhooksFixture.Create();
        await using var receiver = await Receiver.Start();
        var subscription = await hub.Subscribe(receiver.Url, s => s with { Concurrency = 50 });
        var (_, stop) = hub.Start();
        var messages = new List<Guid>();
        for (var n = 0; n < 300; n++)
        {
            messages.Add(await hub.Change("stock.updated", Guid.NewGuid(), Guid.NewGuid()));
        }

        await WebhooksFixture.Until(
            async () => await hub.Scalar<long>("select count(*) from webhooks.deliveries where state = 'delivered'") is var n and < 300
                ? $"{n} delivered"
                : null);
        await hub.DataSource.CreateCommand("delete from webhooks.deliveries where ordinal % 2 = 0").ExecuteNonQueryAsync(Cancel);
        await hub.Execute(
            $$"""
            insert into webhooks.replays (tenant_id, id, subscription_id, types, only_failed, end_position, created_at)
            select '{{WebhooksFixture.Company}}', gen_random_uuid(), '{{subscription.Id}}', '{stock.*}', false, max(last_seq_id), now()
            from outbox
            """);
        var first = receiver.Requests.Count;
        await WebhooksFixture.Until(() => Task.FromResult(receiver.Requests.Count < first + 20 ? "not begun" : null));
        await stop();
        hub.Start();
        await WebhooksFixture.Until(
            async () => await hub.Scalar<string>(
                "select state || (select count(*) from webhooks.deliveries where state <> 'delivered') from webhooks.replays") is var s
                and not "done0"
                ? s
                : null);
        var replayed = receiver.Requests.Skip(first).ToList();
        Assert.Equal(messages.Select(EventIds.Text).Order(), replayed.Select(r => r.Headers["webhook-id"]).Distinct().Order());
        var sent = receiver.Requests.Take(first).ToDictionary(r => r.Headers["webhook-id"], r => Convert.ToHexString(r.Body));
        var kept = (await hub.Scalar<Guid[]>("select array_agg(event_id) from webhooks.deliveries where origin = 'event'"))
            .Select(EventIds.Text).ToHashSet();
        Assert.Equal(150, kept.Count);
        Assert.All(
            replayed.Where(r => kept.Contains(r.Headers["webhook-id"])),
            r => Assert.Equal(sent[r.Headers["webhook-id"]], Convert.ToHexString(r.Body)));
    }
}
