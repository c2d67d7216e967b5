using System.Security.Cryptography;
using System.Text;
using Xunit;

namespace PixeeEvents.Host.Tests.Webhooks;

public sealed class ReportSpecs(SharedServer server)
{
    private static readonly DateTimeOffset Hour = new(2026, 11, 23, 14, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task stats_count_deliveries_by_state_and_the_attempts_of_a_day()
    {
        var shop = await WebhookClient.Of(server);
        var id = await shop.Created("""{"active":false}""");
        await shop.Delivery(id, at: Hour.AddMinutes(5));
        await shop.Delivery(id, at: Hour);
        var delivery = await shop.Delivery(id, "delivered");
        await shop.Row<int>(
            """
            insert into webhooks.attempts (tenant_id, delivery_id, number, started_at, duration_ms, status, error)
            values ($1, $2, 1, now() - interval '25 hours', 900, 500, 'status'), ($1, $2, 2, now() - interval '1 hour', 300, 500, 'status'),
                ($1, $2, 3, now(), 100, 200, null)
            """,
            delivery);
        var json = (await shop.Get($"{id}/stats")).Json;
        Assert.Equal(
            """{"waiting":0,"held":2,"delivered":1,"exhausted":0,"superseded":0,"cancelled":0}""",
            json.GetProperty("deliveries").GetRawText());
        Assert.Equal(
            """{"attempts":2,"successes":1,"failures":1,"median_ms":200,"p95_ms":290}""", json.GetProperty("last_24_hours").GetRawText());
        Assert.Equal("2026-11-23T14:00:00.000000Z", json.GetProperty("oldest_waiting_at").GetString());
        Assert.False(json.GetProperty("probing").GetBoolean());
    }

    [Fact]
    public async Task notices_come_newest_first_by_pages()
    {
        var shop = await WebhookClient.Of(server);
        var id = await shop.Created();
        await shop.Post($"{id}/disable");
        await shop.Post($"{id}/enable");
        await shop.Post($"{await shop.Created()}/disable");
        var json = (await shop.Get($"{id}/notices?per_page=1")).Json;
        Assert.Equal(
            ("webhook.enabled", 2),
            (
                Assert.Single(json.GetProperty("items").EnumerateArray()).GetProperty("type").GetString(),
                json.GetProperty("total").GetInt32()));
    }

    [Fact]
    public async Task statement_31_a_digest_equals_what_its_receiver_computes_and_names_a_single_missing_event()
    {
        var shop = await WebhookClient.Of(server);
        var id = await shop.Created();
        var events = Enumerable.Range(0, 5).Select(_ => Guid.CreateVersion7()).ToList();
        foreach (var (one, minute) in events.Select((e, n) => (e, n)))
        {
            await shop.Delivery(id, "delivered", at: Hour.AddMinutes(minute), eventId: one);
        }

        // Once more, of another hour, never owed, or a test: none of these counts.
        await shop.Delivery(id, "delivered", at: Hour, origin: "resend", eventId: events[0]);
        await shop.Delivery(id, "delivered", at: Hour.AddHours(1));
        await shop.Delivery(id, "superseded", at: Hour);
        await shop.Delivery(id, "cancelled", at: Hour);
        await shop.Delivery(id, "delivered", at: Hour, type: "test", origin: "test");
        var digest = (await shop.Get($"{id}/digest?hour=2026-11-23T14:00Z")).Json;
        var received = events.Select(e => "evt_" + e.ToString("N")).ToList();
        Assert.Equal(
            (5, Hash(received), true),
            (digest.GetProperty("count").GetInt32(), digest.GetProperty("hash").GetString(), digest.GetProperty("final").GetBoolean()));
        var lost = received[3];
        received.RemoveAt(3);
        Assert.NotEqual(Hash(received), digest.GetProperty("hash").GetString());
        Assert.Equal([lost], digest.GetProperty("events").EnumerateArray().Select(e => e.GetProperty("id").GetString()!).Except(received));
    }

    [Fact]
    public async Task a_digest_is_final_once_nothing_of_its_hour_is_to_be_delivered()
    {
        var shop = await WebhookClient.Of(server);
        var id = await shop.Created();
        var once = Guid.CreateVersion7();
        await shop.Delivery(id, "exhausted", at: Hour, eventId: once);
        await shop.Delivery(id, at: Hour);
        var digest = (await shop.Get($"{id}/digest?hour=2026-11-23T14:00Z")).Json;
        Assert.False(digest.GetProperty("final").GetBoolean());
        Assert.Equal(["exhausted", "waiting"], States());
        await shop.Delivery(id, "delivered", at: Hour, origin: "replay", eventId: once);
        await shop.Row<int>("update webhooks.deliveries set state = 'delivered' where tenant_id = $1 and state = 'waiting'");
        digest = (await shop.Get($"{id}/digest?hour=2026-11-23T14:00Z")).Json;
        Assert.True(digest.GetProperty("final").GetBoolean());
        Assert.Equal(["delivered", "delivered"], States());
        await shop.Row<int>(
            "insert into outbox (id, tenant_id, type, data, occurred_at, first_seq_id, last_seq_id) values (gen_random_uuid(), $1, 'stock.updated', '{}', $2, 1, 1)", Hour.AddMinutes(59));
        Assert.False((await shop.Get($"{id}/digest?hour=2026-11-23T14:00Z")).Json.GetProperty("final").GetBoolean());
        Assert.False(
            (await shop.Get($"{id}/digest?hour={DateTimeOffset.UtcNow:yyyy-MM-dd'T'HH}:00Z")).Json.GetProperty("final").GetBoolean());

        IEnumerable<string> States() =>
            digest.GetProperty("events").EnumerateArray().Select(e => e.GetProperty("state").GetString()!).Order(StringComparer.Ordinal);
    }

    private static string Hash(IEnumerable<string> ids) =>
        Convert.ToHexStringLower(
            SHA256.HashData(Encoding.ASCII.GetBytes(string.Concat(ids.Order(StringComparer.Ordinal).Select(i => i + "\n")))));
}
