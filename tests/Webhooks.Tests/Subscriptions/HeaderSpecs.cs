using System.Text;
using PixeeEvents.Webhooks.Subscriptions;
using PixeeEvents.Webhooks.Tests.Testing;
using Xunit;

namespace PixeeEvents.Webhooks.Tests.Subscriptions;

/// <summary>A subscriber's own headers carry credentials: to the receiver and to nobody else.</summary>
public sealed class HeaderSpecs
{
    private const string Value = "Bearer opensesame";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task a_value_goes_to_the_receiver_and_is_in_no_report_though_the_receiver_sends_it_back()
    {
        await using var hub = await WebhooksFixture.Create();
        await using var receiver = await Receiver.Start(Answers.Status(500, $"you sent Authorization: {Value}, that is opensesame"));
        var subscription = await hub.Subscribe(
            receiver.Url, s => s with { Headers = new Dictionary<string, string> { ["Authorization"] = Value }, RetryDelays = [] });
        Assert.Equal(["Authorization"], (await hub.Subscriptions.Find(WebhooksFixture.Company, subscription.Id, Cancel))!.Headers.Keys);
        hub.Start();
        await hub.Change("stock.updated", Guid.NewGuid());
        Assert.Equal(Value, (await receiver.Next(Cancel)).Headers["Authorization"]);
        await hub.Until(1, "exhausted");
        Assert.Equal("you sent Authorization: ***, that is ***", await hub.Scalar<string>("select response from webhooks.attempts"));
    }

    [Fact]
    public async Task headers_that_were_stored_in_clear_are_encrypted_at_the_next_start_and_sent_as_before()
    {
        await using var hub = await WebhooksFixture.Create();
        var subscription = await hub.Subscribe(new Uri("http://127.0.0.1:1/"));
        await hub.Execute($$"""update webhooks.subscriptions set headers = '{"Authorization": "{{Value}}", "X-Shop": "7"}'""");
        await hub.Subscriptions.SealHeaders(Cancel);
        Assert.Equal("{}", await hub.Scalar<string>("select headers::text from webhooks.subscriptions"));
        Assert.Equal(
            Convert.ToBase64String(Encoding.UTF8.GetBytes(Value)),
                await hub.Scalar<string>("select sealed_headers->>'Authorization' from webhooks.subscriptions"));
        var found = (await hub.Subscriptions.Find(WebhooksFixture.Company, subscription.Id, Cancel))!.Headers;
        Assert.Equal((Value, "7"), (found["authorization"], found["X-Shop"]));
        await hub.Subscriptions.SealHeaders(Cancel);
        Assert.Equal(Value, (await hub.Subscriptions.Find(WebhooksFixture.Company, subscription.Id, Cancel))!.Headers["Authorization"]);
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("echo: Bearer opensesame", "echo: ***")]
    [InlineData("token opensesame only", "token *** only")]
    [InlineData("a key of 7", "a key of 7")]
    public void a_text_is_shown_without_the_values(string? text, string? shown) =>
        Assert.Equal(shown, ConcealedHeaders.In(text, new Dictionary<string, string> { ["Authorization"] = Value, ["X-Key"] = "7" }));

    [Fact]
    public void the_mask_stands_for_the_stored_value_of_its_name_and_for_none_of_another()
    {
        var stored = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { ["Authorization"] = Value, ["X-Shop"] = "7" };
        Dictionary<string, string> Given(params (string Name, string Value)[] headers) => headers.ToDictionary(h => h.Name, h => h.Value);
        Assert.Same(stored, ConcealedHeaders.Kept(Given(("authorization", "***"), ("X-Shop", "***")), stored).Headers);
        Assert.Equal(
            new Dictionary<string, string> { ["Authorization"] = Value, ["X-New"] = "8" },
                ConcealedHeaders.Kept(Given(("Authorization", "***"), ("X-New", "8")), stored).Headers);
        Assert.Equal("X-Other", ConcealedHeaders.Kept(Given(("X-Other", "***")), stored).Unknown);
    }
}
