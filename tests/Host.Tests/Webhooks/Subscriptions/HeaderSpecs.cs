using System.Text.Json;
using Xunit;

namespace PixeeEvents.Host.Tests.Webhooks.Subscriptions;

/// <summary>Custom headers: shown by name, kept when the mask comes back.</summary>
public sealed class HeaderSpecs(WinDevServer server) : IClassFixture<WinDevServer>
{
    [Fact]
    public async Task a_value_is_in_no_answer_and_in_no_table()
    {
        var shop = await WebhookClient.Of(server);
        var created = await shop.Post(
            "",
            """{"name":"x","url":"https://shop.example","events":["*"],"headers":{"Authorization":"Bearer opensesame","X-Shop":"seven-samurai"}}""");
        var id = created.Json.GetProperty("id").GetGuid();
        var answers = new List<Answer> { created, await shop.Patch(id, """{"name":"y"}"""), await shop.Post($"{id}/disable"),
            await shop.Post($"{id}/enable") };
        answers.AddRange([await shop.Get(), await shop.Get(id.ToString())]);
        Assert.All(answers, a =>
        {
            Assert.Contains(""" "Authorization":"***" """.Trim(), a.Text, StringComparison.Ordinal);
            Assert.Contains(""" "X-Shop":"***" """.Trim(), a.Text, StringComparison.Ordinal);
            Assert.DoesNotContain("opensesame", a.Text, StringComparison.Ordinal);
            Assert.DoesNotContain("seven-samurai", a.Text, StringComparison.Ordinal);
        });
        var row = await shop.Row<string>("select s::text from webhooks.subscriptions s where tenant_id = $1");
        Assert.DoesNotContain("opensesame", row, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToBase64String("Bearer opensesame"u8), row, StringComparison.Ordinal);
        Assert.Equal("Bearer opensesame", (await server.Webhooks.Find(shop.Company, id,
            CancellationToken.None))!.Headers["Authorization"]);
    }

    [Theory]
    [InlineData("PATCH")]
    [InlineData("PUT")]
    public async Task what_was_read_can_be_sent_back_and_changes_nothing(string method)
    {
        var shop = await WebhookClient.Of(server);
        var id = await shop.Created(
            """{"headers":{"Authorization":"Bearer opensesame"},"retry_delays":[1,60],"filter":{"fields":["stock"]},"signatures":["v1","v1a"],"active":false}""");
        var read = (await shop.Get(id.ToString())).Text;
        Assert.Equal(read, (await shop.Send(method, id.ToString(), read)).Text);
        Assert.Equal(read, (await shop.Get(id.ToString())).Text);
        Assert.Equal("Bearer opensesame", await Stored(shop, id, "Authorization"));
    }

    [Fact]
    public async Task beside_a_kept_header_another_changes_and_what_is_not_named_goes()
    {
        var shop = await WebhookClient.Of(server);
        var id = await shop.Created("""{"headers":{"Authorization":"Bearer opensesame","X-Old":"1","X-Shop":"1"}}""");
        var answer = await shop.Patch(id, """{"headers":{"authorization":"***","X-Shop":"2"}}""");
        Assert.Equal(200, (int)answer.Status);
        Assert.Equal(("Bearer opensesame", "2", 2), (await Stored(shop, id, "Authorization"), await Stored(shop, id, "X-Shop"),
            Count(answer)));
    }

    [Fact]
    public async Task the_mask_of_a_header_that_is_not_stored_is_refused()
    {
        var shop = await WebhookClient.Of(server);
        const string Masked = """{"name":"x","url":"https://shop.example","events":["*"],"headers":{"X-Shop":"***"}}""";
        const string Why = "headers.X-Shop: *** stands for a value that is stored, and there is none.";
        (await shop.Post("", Masked)).AssertError(422, "VALIDATION_ERROR", Why);
        var id = await shop.Created("""{"headers":{"Authorization":"Bearer opensesame"}}""");
        (await shop.Patch(id, """{"headers":{"X-Shop":"***"}}""")).AssertError(422, "VALIDATION_ERROR", Why);
        Assert.Equal("Bearer opensesame", await Stored(shop, id, "Authorization"));
    }

    [Fact]
    public async Task a_start_encrypts_what_lies_in_clear()
    {
        var shop = await WebhookClient.Of(server);
        var id = await shop.Created();
        await shop.Row<int>("""update webhooks.subscriptions set headers = '{"Authorization":"Bearer opensesame"}' where tenant_id = $1""");
        await ModuleServices.BringUpToDate(server.ConnectionString, TimeProvider.System, CancellationToken.None);
        Assert.DoesNotContain("opensesame", await shop.Row<string>("select s::text from webhooks.subscriptions s where tenant_id = $1"),
            StringComparison.Ordinal);
        Assert.Equal("Bearer opensesame", await Stored(shop, id, "Authorization"));
    }

    private static int Count(Answer answer) => answer.Json.GetProperty("headers").EnumerateObject().Count();

    private async Task<string> Stored(WebhookClient shop, Guid id, string name) =>
        (await server.Webhooks.Find(shop.Company, id, CancellationToken.None))!.Headers[name];
}
