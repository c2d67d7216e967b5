using System.Text.Json;
using Xunit;

namespace PixeeEvents.Host.Tests.Webhooks.Subscriptions;

public sealed class RegistrationSpecs(SharedServer server)
{
    [Fact]
    public async Task a_new_webhook_gets_every_default_and_a_generated_secret_once()
    {
        var shop = await WebhookClient.Of(server);
        var created = await shop.Post("", WebhookClient.Minimal);
        Assert.Equal(201, (int)created.Status);
        var id = created.Json.GetProperty("id").GetGuid();
        Assert.Equal($"/api/v1/webhooks/{id}", created.Headers.Location?.ToString());
        Assert.Matches("^whsec_[A-Za-z0-9+/]{43}=$", created.Json.GetProperty("secret").GetString());
        var got = await shop.Get(id.ToString());
        Assert.Equal(200, (int)got.Status);
        Assert.Equal(Answer.Keys(created.Json).Except(["secret"]), Answer.Keys(got.Json));
        Assert.False(got.Json.TryGetProperty("secret", out _));
        string[] expected =
        [
            "shop", "https://shop.example/hooks", """["stock.updated"]""", "true", "", "{}", "", "", "10", "", "10", "full", "call",
            "false", "", "standard", """["v1"]""", "",
            "false",
        ];
        string[] keys =
        [
            "name", "url", "events", "active", "disabled_reason", "headers", "max_retries", "retry_delays", "timeout_seconds",
            "rate_per_second", "concurrency", "body",
            "granularity", "latest_wins", "order", "format", "signatures", "filter", "exclude_own_changes",
        ];
        Assert.Equal(expected, keys.Select(k => Plain(got.Json.GetProperty(k))));
        Assert.Equal((1L, 1L, 1L), (await shop.Count("subscriptions"), await shop.Count("endpoints"), await shop.Count("secrets")));
    }

    [Fact]
    public async Task every_field_comes_back_as_it_was_set()
    {
        var shop = await WebhookClient.Of(server);
        const string All =
            """
            {"name":"Boutique é","url":"https://shop.example:8443/h?x=1","events":["product.*","stock.updated"],"active":false,"headers":{"Authorization":"Bearer abc"},
             "max_retries":5,"retry_delays":null,"timeout_seconds":20,"rate_per_second":2.5,"concurrency":100,"body":"thin","granularity":"item","latest_wins":true,
             "order":"strict","format":"cloudevents","signatures":["v1","v1a"],"filter":{"fields":["price_ttc"],"supplier_codes":["KIMEX"]},"exclude_own_changes":true}
            """;
        var created = await shop.Post("", All);
        Assert.Equal(201, (int)created.Status);
        var got = await shop.Get(created.Json.GetProperty("id").GetString()!);
        foreach (var property in JsonSerializer.Deserialize<JsonElement>(All).EnumerateObject())
        {
            var shown = property.Name == "headers" ? """{"Authorization":"***"}""" : property.Value.GetRawText();
            Assert.Equal((property.Name, shown), (property.Name, got.Json.GetProperty(property.Name).GetRawText()));
        }

        Assert.Equal("by its owner", got.Json.GetProperty("disabled_reason").GetString());
        var delays = await shop.Created("""{"retry_delays":[1,60,3600],"order":"supersede"}""");
        Assert.Equal("[1,60,3600]", (await shop.Get(delays.ToString())).Json.GetProperty("retry_delays").GetRawText());
    }

    [Fact]
    public async Task webhooks_are_listed_in_the_order_of_creation_by_pages()
    {
        var shop = await WebhookClient.Of(server);
        for (var n = 1; n <= 3; n++)
        {
            await shop.Created($$"""{"name":"n{{n}}"}""");
        }

        var page = await shop.Get("?page=2&per_page=2");
        Assert.Equal("n3", Assert.Single(page.Json.GetProperty("items").EnumerateArray()).GetProperty("name").GetString());
        Assert.Equal(
            (3, 2, 2, 2),
            (page.Json.GetProperty("total").GetInt32(), page.Json.GetProperty("page").GetInt32(), page.Json.GetProperty("per_page").GetInt32(),
                page.Json.GetProperty("pages").GetInt32()));
        (await shop.Get("?page=0")).AssertError(422, "VALIDATION_ERROR");
        (await shop.Get("?per_page=101")).AssertError(422, "VALIDATION_ERROR", "per_page: an integer from 1 to 100 is expected.");
    }

    [Fact]
    public async Task the_same_url_and_events_registered_again_name_the_first()
    {
        var shop = await WebhookClient.Of(server);
        var first = await shop.Post("", WebhookClient.Minimal);
        Assert.Equal(JsonValueKind.Null, first.Json.GetProperty("duplicate_of").ValueKind);
        var second = await shop.Post("", WebhookClient.Minimal);
        var (known, id) = (first.Json.GetProperty("id").GetString(), second.Json.GetProperty("id").GetGuid());
        Assert.Equal((201, known), ((int)second.Status, second.Json.GetProperty("duplicate_of").GetString()));
        Assert.Equal([null, known], (await shop.Get()).Json.GetProperty("items").EnumerateArray().Select(s =>
            s.GetProperty("duplicate_of").GetString()));
        Assert.Equal(known, (await shop.Get(id.ToString())).Json.GetProperty("duplicate_of").GetString());
        Assert.Equal(JsonValueKind.Null, (await shop.Patch(id,
            """{"events":["price.updated"]}""")).Json.GetProperty("duplicate_of").ValueKind);
        Assert.Equal(known, (await shop.Patch(id, """{"events":["stock.updated"]}""")).Json.GetProperty("duplicate_of").GetString());
        await (await WebhookClient.Of(server)).Created();
        Assert.Equal(2, (await shop.Get()).Json.GetProperty("total").GetInt32());
    }

    [Theory]
    [InlineData("PATCH")]
    [InlineData("PUT")]
    public async Task an_update_changes_what_it_names_and_nothing_else(string method)
    {
        var shop = await WebhookClient.Of(server);
        var id = await shop.Created("""{"max_retries":2,"headers":{"X-Shop":"1"},"filter":{"fields":["price_ttc"]}}""");
        var before = (await shop.Get(id.ToString())).Json;
        var answer = await shop.Send(method, id.ToString(), """{"name":"new","max_retries":null,"filter":null}""");
        Assert.Equal(200, (int)answer.Status);
        var after = (await shop.Get(id.ToString())).Json;
        Assert.Equal(answer.Text, after.GetRawText());
        Assert.Equal(
            ["filter", "max_retries", "name", "updated_at"],
            before.EnumerateObject()
                .Where(p => after.GetProperty(p.Name).GetRawText() != p.Value.GetRawText()).Select(p => p.Name)
                .Order(StringComparer.Ordinal));
        Assert.Equal(
            ("new", JsonValueKind.Null, JsonValueKind.Null),
            (after.GetProperty("name").GetString(), after.GetProperty("max_retries").ValueKind, after.GetProperty("filter").ValueKind));
        Assert.Equal(1, await shop.Count("secrets"));
    }

    [Fact]
    public async Task an_update_that_changes_nothing_leaves_no_trace()
    {
        var shop = await WebhookClient.Of(server);
        var id = await shop.Created();
        var before = (await shop.Get(id.ToString())).Text;
        Assert.Equal(before, (await shop.Patch(id, """{"name":"shop"}""")).Text);
        Assert.Equal(before, (await shop.Get(id.ToString())).Text);
    }

    [Fact]
    public async Task a_deleted_webhook_takes_all_it_had_with_it_and_nothing_of_another()
    {
        var shop = await WebhookClient.Of(server);
        var (gone, kept) = (await shop.Created(), await shop.Created());
        foreach (var webhook in new[] { gone, kept })
        {
            var delivery = await shop.Delivery(webhook, "delivered");
            await shop.Row<int>(
                "insert into webhooks.attempts (tenant_id, delivery_id, number, started_at, duration_ms) values ($1, $2, 1, now(), 1)",
                delivery);
            await shop.Post($"{webhook}/replay");
            await shop.Post($"{webhook}/disable");
        }

        var answer = await shop.Send("DELETE", gone.ToString());
        Assert.Equal((204, ""), ((int)answer.Status, answer.Text));
        foreach (var table in new[] { "subscriptions", "endpoints", "secrets", "deliveries", "attempts", "notices", "replays" })
        {
            Assert.Equal((table, 1L), (table, await shop.Count(table)));
        }

        (await shop.Get(gone.ToString())).AssertError(404, "NOT_FOUND");
        (await shop.Send("DELETE", gone.ToString())).AssertError(404, "NOT_FOUND");
        Assert.Equal(200, (int)(await shop.Get(kept.ToString())).Status);
    }

    private static string Plain(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => value.ToString(),
    };
}
