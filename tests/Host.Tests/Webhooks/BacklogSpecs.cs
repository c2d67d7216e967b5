using Xunit;

namespace PixeeEvents.Host.Tests.Webhooks;

public sealed class BacklogSpecs(SharedServer server)
{
    [Fact]
    public async Task disabling_holds_what_waits_and_touches_nothing_that_ended()
    {
        var shop = await WebhookClient.Of(server);
        var (id, other) = (await shop.Created(), await shop.Created());
        foreach (var state in new[] { "waiting", "waiting", "delivered", "exhausted" })
        {
            await shop.Delivery(id, state);
        }

        await shop.Delivery(other);
        var answer = await shop.Post($"{id}/disable");
        Assert.Equal(200, (int)answer.Status);
        Assert.Equal(
            (false, "by its owner"),
            (answer.Json.GetProperty("active").GetBoolean(), answer.Json.GetProperty("disabled_reason").GetString()));
        Assert.Equal("held held delivered exhausted", await States(shop, id));
        Assert.Equal("waiting", await States(shop, other));
        Assert.Equal(
            "webhook.disabled",
            await shop.Row<string>("select string_agg(type, ' ') from webhooks.notices where tenant_id = $1 and subscription_id = $2", id));
        await shop.Post($"{id}/disable");
        Assert.Equal(1, await shop.Count("notices"));
    }

    [Fact]
    public async Task statement_28_enabling_lets_go_as_many_as_it_promises_with_only_the_head_of_each_lane_due()
    {
        var (shop, id) = await Held();
        var answer = await shop.Post($"{id}/enable");
        AssertBacklog(answer, 6, 0, 0);
        Assert.True(answer.Json.GetProperty("active").GetBoolean());
        Assert.Equal("waiting waiting waiting waiting waiting waiting", await States(shop, id));
        Assert.Equal("t f t f t f", await Due(shop, id));
        Assert.Equal(
            "webhook.disabled webhook.enabled",
            await shop.Row<string>(
                "select string_agg(type, ' ' order by at, id) from webhooks.notices where tenant_id = $1 and subscription_id = $2", id));
    }

    [Fact]
    public async Task enabling_with_the_latest_keeps_the_newest_of_each_lane_and_all_without_one()
    {
        var (shop, id) = await Held();
        AssertBacklog(await shop.Post($"{id}/enable", """{"backlog":"latest"}"""), 3, 3, 0);
        Assert.Equal("superseded superseded superseded waiting waiting waiting", await States(shop, id));
        Assert.Equal(
            3,
            await shop.Row<long>(
                "select count(*) from webhooks.deliveries where tenant_id = $1 and subscription_id = $2 and state = 'waiting' and due_at <= now()", id));
        Assert.Equal(
            3,
            await shop.Row<long>(
                "select count(*) from webhooks.deliveries where tenant_id = $1 and subscription_id = $2 and settled_at is not null", id));
    }

    [Fact]
    public async Task enabling_with_none_cancels_all_that_was_held()
    {
        var (shop, id) = await Held();
        AssertBacklog(await shop.Post($"{id}/enable", """{"backlog":"none"}"""), 0, 0, 6);
        Assert.Equal(
            6,
            await shop.Row<long>(
                "select count(*) from webhooks.deliveries where tenant_id = $1 and subscription_id = $2 and state = 'cancelled' and settled_at is not null", id));
        Assert.Equal(200, (int)(await shop.Get($"{id}/deliveries")).Status);
    }

    [Fact]
    public async Task a_request_under_way_is_not_superseded_and_the_newest_waits_behind_it()
    {
        var shop = await WebhookClient.Of(server);
        var (id, lane) = (await shop.Created(), Guid.NewGuid());
        await shop.Delivery(id, lane: lane, leased: true);
        await shop.Delivery(id, lane: lane, due: false);
        await shop.Delivery(id, lane: lane, due: false);
        await shop.Post($"{id}/disable");
        Assert.Equal(
            1,
            await shop.Row<long>(
                "select count(*) from webhooks.deliveries where tenant_id = $1 and lease_until is not null and state = 'waiting'"));
        AssertBacklog(await shop.Post($"{id}/enable", """{"backlog":"latest"}"""), 2, 1, 0);
        Assert.Equal("waiting superseded waiting", await States(shop, id));
        Assert.Equal("t f f", await Due(shop, id));
    }

    [Fact]
    public async Task enabling_what_is_enabled_changes_nothing()
    {
        var shop = await WebhookClient.Of(server);
        var id = await shop.Created();
        await shop.Delivery(id);
        AssertBacklog(await shop.Post($"{id}/enable", """{"backlog":"none"}"""), 0, 0, 0);
        Assert.Equal("waiting", await States(shop, id));
        Assert.Equal(0, await shop.Count("notices"));
    }

    [Fact]
    public async Task active_in_an_update_switches_like_enable_and_disable()
    {
        var (shop, id) = await Held();
        var answer = await shop.Patch(id, """{"active":true,"name":"again"}""");
        Assert.Equal((true, "again"), (answer.Json.GetProperty("active").GetBoolean(), answer.Json.GetProperty("name").GetString()));
        Assert.Equal("waiting waiting waiting waiting waiting waiting", await States(shop, id));
        await shop.Patch(id, """{"active":false}""");
        Assert.Equal("held held held held held held", await States(shop, id));
    }

    [Fact]
    public async Task enabling_forgets_the_failures_before()
    {
        var shop = await WebhookClient.Of(server);
        var id = await shop.Created();
        await shop.Post($"{id}/disable");
        await shop.Row<int>(
            """
            update webhooks.endpoints set is_open = true, hold_until = now() + interval '1 day', failing_since = now() - interval '6 days',
                failed_attempts = 30, failed_lanes = 3,
                last_failed_lane = gen_random_uuid(), notices = 2, noticed_at = now() where tenant_id = $1 and subscription_id = $2
            """,
            id);
        await shop.Post($"{id}/enable");
        Assert.Equal(
            "(f,,,0,0,,0,)",
            await shop.Row<string>(
                "select (is_open, hold_until, failing_since, failed_attempts, failed_lanes, last_failed_lane, notices, noticed_at)::text from webhooks.endpoints where tenant_id = $1"));
    }

    /// <summary>Disabled, with six held: of lane a, a, b, b, of none, and of a.</summary>
    private async Task<(WebhookClient Shop, Guid Id)> Held()
    {
        var shop = await WebhookClient.Of(server);
        var (id, a, b) = (await shop.Created("""{"active":false}"""), Guid.NewGuid(), Guid.NewGuid());
        await shop.Row<int>("delete from webhooks.notices where tenant_id = $1");
        await shop.Row<int>(
            "insert into webhooks.notices (tenant_id, id, subscription_id, type, at, detail) values ($1, gen_random_uuid(), $2, 'webhook.disabled', now() - interval '1 minute', 'x')", id);
        foreach (var (lane, isFirst) in new (Guid?, bool)[] { (a, true), (a, false), (b, true), (b, false), (null, true), (a, false) })
        {
            await shop.Delivery(id, lane: lane, due: isFirst);
        }

        return (shop, id);
    }

    private static void AssertBacklog(Answer answer, int toDeliver, int superseded, int cancelled)
    {
        Assert.Equal(200, (int)answer.Status);
        Assert.Equal(
            $$"""{"to_deliver":{{toDeliver}},"superseded":{{superseded}},"cancelled":{{cancelled}}}""",
            answer.Json.GetProperty("backlog").GetRawText());
    }

    private static Task<string?> States(WebhookClient shop, Guid id) =>
        shop.Shown(id);

    private static Task<string?> Due(WebhookClient shop, Guid id) =>
        shop.Row<string>(
            "select string_agg(case when due_at <= now() then 't' else 'f' end, ' ' order by ordinal) from webhooks.deliveries where tenant_id = $1 and subscription_id = $2", id);
}
