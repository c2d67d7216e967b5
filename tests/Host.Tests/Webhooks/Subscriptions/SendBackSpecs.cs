using System.Text.Json.Nodes;
using Xunit;

namespace PixeeEvents.Host.Tests.Webhooks.Subscriptions;

public sealed class SendBackSpecs(SharedServer server)
{
    private const string Everything =
        """
        {"events":["product.*","stock.updated"],"retry_delays":[1,5],"timeout_seconds":7,"rate_per_second":2.5,"concurrency":3,
         "body":"thin","granularity":"item","latest_wins":true,"order":"strict","format":"cloudevents","signatures":["v1","v1a"],
         "filter":{"fields":["stock"],"supplier_codes":["KIMEX"]},"exclude_own_changes":true,"active":false}
        """;

    [Theory]
    [InlineData("PATCH", "{}")]
    [InlineData("PUT", """{"max_retries":3}""")]
    [InlineData("PATCH", Everything)]
    [InlineData("PUT", """{"filter":{"fields":["stock"]}}""")]
    public async Task a_webhook_sent_back_as_it_was_shown_is_no_change(string method, string keys)
    {
        var shop = await WebhookClient.Of(server);
        var id = await shop.Created(keys);
        var shown = (await shop.Get(id.ToString())).Text;
        var answer = await shop.Send(method, id.ToString(), shown);
        Assert.Equal((200, shown), ((int)answer.Status, answer.Text));
        Assert.Equal(shown, (await shop.Get(id.ToString())).Text);
        Assert.Equal(0, await shop.Count("notices"));
    }

    [Fact]
    public async Task a_word_changed_in_what_was_shown_is_all_that_changes()
    {
        var shop = await WebhookClient.Of(server);
        var id = await shop.Created(Everything);
        var shown = JsonNode.Parse((await shop.Get(id.ToString())).Text)!.AsObject();
        shown["concurrency"] = 4;
        var changed = JsonNode.Parse((await shop.Patch(id, shown.ToJsonString())).Text)!.AsObject();
        Assert.NotEqual(shown["updated_at"]!.ToString(), changed["updated_at"]!.ToString());
        changed["updated_at"] = shown["updated_at"]!.DeepClone();
        Assert.Equal(shown.ToJsonString(), changed.ToJsonString());
    }

    [Fact]
    public async Task an_address_that_would_no_longer_be_taken_stays()
    {
        var shop = await WebhookClient.Of(server);
        var id = await shop.Created();
        await shop.Row<int>("update webhooks.subscriptions set url = 'http://10.0.0.1/hooks' where tenant_id = $1 returning 1");
        Assert.Equal(200, (int)(await shop.Patch(id, """{"url":"http://10.0.0.1/hooks","concurrency":4}""")).Status);
        Assert.Equal(422, (int)(await shop.Patch(id, """{"url":"http://10.0.0.2/hooks"}""")).Status);
    }

    [Fact]
    public async Task what_is_shown_and_set_by_nobody_cannot_be_chosen_for_a_new_webhook()
    {
        var shop = await WebhookClient.Of(server);
        (await shop.Post("", """{"name":"x","url":"https://shop.example","events":["*"],"id":"x"}"""))
            .AssertError(422, "VALIDATION_ERROR", "id: there is no such key.");
        Assert.Equal(0, await shop.Count("subscriptions"));
    }

    [Fact]
    public async Task flags_texts_and_numbers_follow_the_rules_of_the_other_apis()
    {
        var shop = await WebhookClient.Of(server);
        var id = await shop.Created(
            """
            {"name":7,"active":"non","latest_wins":1,"exclude_own_changes":"Oui","timeout_seconds":7.0,
             "rate_per_second":0.30000000000000004,"filter":{"supplier_codes":[42]}}
            """);
        var shown = (await shop.Get(id.ToString())).Json;
        Assert.Equal(
            ("7", false, true, true, 7, "0.3", """["42"]"""),
            (shown.GetProperty("name").GetString(), shown.GetProperty("active").GetBoolean(), shown.GetProperty("latest_wins").GetBoolean(),
                shown.GetProperty("exclude_own_changes").GetBoolean(), shown.GetProperty("timeout_seconds").GetInt32(),
                shown.GetProperty("rate_per_second").GetRawText(), shown.GetProperty("filter").GetProperty("supplier_codes").GetRawText()));
    }
}
