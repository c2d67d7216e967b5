using System.Globalization;
using System.Text.Json;
using Xunit;

namespace PixeeEvents.Host.Tests.Webhooks;

public sealed class DeliverySpecs(SharedServer server)
{
    private static readonly DateTimeOffset Hour = new(2026, 11, 23, 14, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("", "5 4 3 2 1")]
    [InlineData("?state=delivered", "4 2")]
    [InlineData("?type=price.updated", "3")]
    [InlineData("?since=2026-11-23T14:02:00Z", "5 4 3 2")]
    [InlineData("?until=2026-11-23T14:02:00Z", "1")]
    [InlineData("?since=2026-11-23T15:02:00%2B01:00&until=2026-11-23T14:04:00Z&state=delivered", "2")]
    [InlineData("?per_page=2&page=2", "3 2")]
    [InlineData("?per_page=2&page=9", "")]
    public async Task the_log_is_listed_newest_first_and_filtered(string query, string expected)
    {
        var shop = await WebhookClient.Of(server);
        var (id, other) = (await shop.Created(), await shop.Created());
        var ids = new List<Guid>();
        foreach (
            var (state, type) in new[] { ("exhausted", "stock.updated"), ("delivered", "stock.updated"), ("cancelled", "price.updated"), ("delivered", "stock.updated"), ("superseded", "stock.updated") })
        {
            ids.Add(await shop.Delivery(id, state, at: Hour.AddMinutes(ids.Count + 1), type: type));
        }

        await shop.Delivery(other, "delivered");
        var answer = await shop.Get($"{id}/deliveries{query}");
        Assert.Equal(200, (int)answer.Status);
        Assert.Equal(
            expected,
            string.Join(
                ' ', answer.Json.GetProperty("items").EnumerateArray().Select(d => ids.IndexOf(d.GetProperty("id").GetGuid()) + 1)));
        Assert.Equal(
            query.Contains("page", StringComparison.Ordinal) ? 5 : expected.Split(' ').Length, answer.Json.GetProperty("total").GetInt32());
    }

    [Fact]
    public async Task statement_16_a_delivery_shows_its_body_and_every_attempt_in_order()
    {
        var shop = await WebhookClient.Of(server);
        var id = await shop.Created();
        var delivery = await shop.Delivery(id, "delivered", eventId: Guid.Parse("0198b1c2-8a10-7d55-8e00-52d1c7a94e0b"));
        await shop.Row<int>(
            """
            insert into webhooks.attempts (tenant_id, delivery_id, number, started_at, duration_ms, status, error, remote_ip, response,
                trace_id)
            values ($1, $2, 2, $3, 12.5, 200, null, '203.0.113.7', 'ok', 'abc'), ($1, $2, 1, $3, 5000, null, 'timeout', null, null, 'abd')
            """,
            delivery, Hour);
        var answer = await shop.Get($"{id}/deliveries/{delivery}");
        Assert.Equal(200, (int)answer.Status);
        Assert.Equal(
            ("evt_0198b1c28a107d558e0052d1c7a94e0b", "delivered", """{"id":"x"}"""),
            (
                answer.Json.GetProperty("event_id").GetString(), answer.Json.GetProperty("state").GetString(),
                answer.Json.GetProperty("request_body").GetString()));
        Assert.Equal(
            """[{"number":1,"started_at":"2026-11-23T14:00:00.000000Z","duration_ms":5000,"status":null,"error":"timeout","remote_ip":null,"response":null,"trace_id":"abd"},"""
            + """{"number":2,"started_at":"2026-11-23T14:00:00.000000Z","duration_ms":12.5,"status":200,"error":null,"remote_ip":"203.0.113.7","response":"ok","trace_id":"abc"}]""",
            answer.Json.GetProperty("attempt_log").GetRawText());
        var listed = Assert.Single((await shop.Get($"{id}/deliveries")).Json.GetProperty("items").EnumerateArray());
        Assert.Equal(Answer.Keys(answer.Json).Except(["attempt_log", "request_body"]), Answer.Keys(listed));
        (await shop.Get($"{id}/deliveries/{Guid.NewGuid()}")).AssertError(404, "NOT_FOUND", "There is no such delivery of this webhook.");
        (await shop.Get($"{await shop.Created()}/deliveries/{delivery}")).AssertError(404, "NOT_FOUND");
    }

    [Fact]
    public async Task what_failed_is_found_with_the_reason_of_its_last_attempt()
    {
        var shop = await WebhookClient.Of(server);
        var id = await shop.Created();
        var (refused, silent, _) = (await shop.Delivery(id, "exhausted"), await shop.Delivery(id, "exhausted"),
            await shop.Delivery(id, "delivered"));
        await shop.Row<int>(
            """
            insert into webhooks.attempts (tenant_id, delivery_id, number, started_at, duration_ms, status, error)
            values ($1, $2, 1, now(), 1, null, 'timeout'), ($1, $2, 2, now(), 1, 503, 'status'), ($1, $3, 9, now(), 1, 500, 'status'),
                ($1, $3, 10, now(), 1, null, 'address_refused')
            """,
            refused, silent);
        Assert.Equal(
            [(silent, "address refused"), (refused, "answered 503")],
            (await server.Webhooks.Failed(shop.Company, 100, CancellationToken.None)).Select(f => (f.Delivery.Id, f.Reason)));
    }

    [Fact]
    public async Task a_test_is_due_at_once_outside_every_lane()
    {
        var shop = await WebhookClient.Of(server);
        var id = await shop.Created();
        var due = new List<Guid>();
        using var listening = server.Webhooks.Due.Listen(due.Add);
        var answer = await shop.Post($"{id}/test");
        Assert.Equal(202, (int)answer.Status);
        Assert.Equal(("test", "test", "waiting"), (Text(answer, "type"), Text(answer, "origin"), Text(answer, "state")));
        Assert.Equal($"/api/v1/webhooks/{id}/deliveries/{Text(answer, "id")}", answer.Headers.Location?.ToString());
        Assert.Equal(
            1,
            await shop.Row<long>(
                """
                select count(*) from webhooks.deliveries where tenant_id = $1 and subscription_id = $2 and lane is null
                    and sequence is null and due_at <= now()
                  and state = 'waiting' and origin = 'test' and type = 'test'
                """,
                id));
        var body = JsonSerializer.Deserialize<JsonElement>(
            (await shop.Row<byte[]>("select body from webhooks.deliveries where tenant_id = $1"))!);
        Assert.Equal((Text(answer, "event_id"), "test"), (body.GetProperty("id").GetString(), body.GetProperty("type").GetString()));
        Assert.Contains(id, due);
        await shop.Post($"{id}/disable");
        (await shop.Post($"{id}/test")).AssertError(409, "WEBHOOK_DISABLED");
    }

    [Theory]
    [InlineData("delivered")]
    [InlineData("exhausted")]
    [InlineData("cancelled")]
    public async Task a_resend_is_a_delivery_of_its_own_with_the_same_event_and_body(string state)
    {
        var shop = await WebhookClient.Of(server);
        var (id, lane) = (await shop.Created(), Guid.NewGuid());
        var delivery = await shop.Delivery(id, state, lane, at: Hour);
        var answer = await shop.Post($"{id}/deliveries/{delivery}/resend");
        Assert.Equal(202, (int)answer.Status);
        Assert.Equal(("resend", "waiting"), (Text(answer, "origin"), Text(answer, "state")));
        Assert.Equal(
            1,
            await shop.Row<long>(
                """
                select count(*) from webhooks.deliveries o join webhooks.deliveries r on r.tenant_id = o.tenant_id
                    and r.event_id = o.event_id and r.body = o.body
                  and r.entity = o.entity and r.version = o.version and r.occurred_at = o.occurred_at and r.sequence = o.sequence
                where o.tenant_id = $1 and o.id = $2 and r.id = $3 and r.lane is null and r.due_at <= now() and o.state = $4
                """,
                delivery, Guid.Parse(Text(answer, "id")), state));
        await shop.Post($"{id}/disable");
        (await shop.Post($"{id}/deliveries/{delivery}/resend")).AssertError(409, "WEBHOOK_DISABLED");
    }

    [Theory]
    [InlineData("waiting", "DELIVERY_UNSETTLED")]
    [InlineData("superseded", "DELIVERY_SUPERSEDED")]
    public async Task what_is_still_to_be_made_or_was_superseded_is_not_resent(string state, string code)
    {
        var shop = await WebhookClient.Of(server);
        var id = await shop.Created();
        var delivery = await shop.Delivery(id, state);
        (await shop.Post($"{id}/deliveries/{delivery}/resend")).AssertError(409, code);
        (await shop.Post($"{id}/deliveries/{Guid.NewGuid()}/resend")).AssertError(404, "NOT_FOUND");
        Assert.Equal(1, await shop.Count("deliveries"));
    }

    [Fact]
    public async Task a_replay_ends_at_the_newest_message_of_its_company()
    {
        var erp = await server.Company();
        await (await server.Company()).Given(1, 2);
        await erp.Given(1);
        var shop = new WebhookClient(server, erp);
        var newest = await shop.Row<long>("select max(last_seq_id) from outbox where tenant_id = $1");
        await (await server.Company()).Given(1, 2);
        var id = await shop.Created();
        var all = await shop.Post($"{id}/replay");
        Assert.Equal(
            (202, "running", "all", 0),
            ((int)all.Status, Text(all, "state"), Text(all, "only"), all.Json.GetProperty("enqueued").GetInt32()));
        var some = await shop.Post(
            $"{id}/replay", """{"since":"2026-11-23T14:00:00Z","until":"2026-11-23T16:00:00+01:00","types":["stock.*"],"only":"failed"}""");
        Assert.Equal(
            $"(\"2026-11-23 14:00:00\",\"2026-11-23 15:00:00\",{{stock.*}},t,{newest.ToString(CultureInfo.InvariantCulture)})",
            await shop.Row<string>(
                "select (since at time zone 'utc', until at time zone 'utc', types, only_failed, end_position)::text from webhooks.replays where tenant_id = $1 and only_failed"));
        Assert.Equal(
            newest,
            await shop.Row<long>(
                "select end_position from webhooks.replays where tenant_id = $1 and not only_failed and since is null and until is null and types is null"));
        var listed = (await shop.Get($"{id}/replays")).Json;
        Assert.Equal(
            [Text(some, "id"), Text(all, "id")],
            listed.GetProperty("items").EnumerateArray().Select(r => r.GetProperty("id").GetString()!));
        var got = await shop.Get($"{id}/replays/{Text(some, "id")}");
        Assert.Equal(some.Text, got.Text);
        Assert.Equal(some.Headers.Location?.ToString(), $"/api/v1/webhooks/{id}/replays/{Text(some, "id")}");
        (await shop.Get($"{id}/replays/{Guid.NewGuid()}")).AssertError(404, "NOT_FOUND");
        await shop.Post($"{id}/disable");
        (await shop.Post($"{id}/replay")).AssertError(409, "WEBHOOK_DISABLED");
    }

    private static string Text(Answer answer, string key) => answer.Json.GetProperty(key).GetString()!;
}
