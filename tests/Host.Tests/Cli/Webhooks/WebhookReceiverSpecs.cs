using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using PixeeEvents.Host.Cli.Webhooks;
using Spectre.Console;
using Xunit;

namespace PixeeEvents.Host.Tests.Cli.Webhooks;

public sealed class WebhookReceiverSpecs
{
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    private const string Body =
        """
        {"id":"evt_1","type":"product.updated","timestamp":"2026-11-23T14:00:00.000Z","data":{"reference":"ART-[1]","version":7,
         "changes":[{"field":"stock","supplier_code":"KIMEX","before":null,"after":4}]}}
        """;

    [Fact]
    public async Task a_verified_event_is_shown_with_its_changes()
    {
        var (status, shown) = await Receive(_ => { });
        Assert.Equal(HttpStatusCode.NoContent, status);
        Assert.Equal(
            $"verified {new DateTimeOffset(2026, 11, 23, 14, 0, 0, TimeSpan.Zero).ToLocalTime():HH:mm:ss} product.updated "
            + "ART-[1] version 7 evt_1\n         stock (KIMEX): none → 4\n",
            shown.ReplaceLineEndings("\n"));
    }

    [Theory]
    [InlineData("webhook-id", "evt_2", "webhook-signature does not fit the secret")]
    [InlineData("webhook-id", null, "webhook-id or webhook-timestamp is missing")]
    [InlineData("webhook-timestamp", "hello", "webhook-id or webhook-timestamp is missing")]
    [InlineData("webhook-timestamp", "1614265330", "webhook-timestamp is more than 5 minutes off")]
    [InlineData("webhook-signature", "v1,", "webhook-signature does not fit the secret")]
    [InlineData("webhook-signature", null, "webhook-signature does not fit the secret")]
    [InlineData("X-PM-Signature", "sha256=00", "X-PM-Signature does not fit the secret")]
    [InlineData("X-PM-Signature", null, "X-PM-Signature does not fit the secret")]
    public async Task anything_else_is_refused_with_the_reason(string header, string? value, string reason)
    {
        var (status, shown) = await Receive(request =>
        {
            request.Headers.Remove(header);
            if (value is not null)
            {
                request.Headers.Add(header, value);
            }
        });
        Assert.Equal(HttpStatusCode.Unauthorized, status);
        Assert.StartsWith("refused", shown, StringComparison.Ordinal);
        Assert.EndsWith(reason, shown.TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_forwarded_request_goes_on_byte_for_byte_and_the_answer_comes_back()
    {
        await using var local = new Local(async context =>
        {
            context.Response.StatusCode = 503;
            context.Response.Headers.RetryAfter = "120";
            await context.Response.WriteAsync("not now");
        });
        using var forwarding = new Forwarding(new Uri(await local.Start(), "/hooks?tenant=a"));
        var (status, shown) = await Receive(request => request.Headers.Add("X-Own", ["one", "two"]), forwarding);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        var got = Assert.Single(local.Got);
        Assert.Equal((Body, "/hooks?tenant=a", "application/json; charset=utf-8"), (got.Body, got.Target, got.Headers["Content-Type"]));
        Assert.Equal(("evt_1", "one,two"), (got.Headers["webhook-id"], got.Headers["X-Own"].Replace(", ", ",", StringComparison.Ordinal)));
        Assert.StartsWith("v1,AAAA v1,", got.Headers["webhook-signature"], StringComparison.Ordinal);
        Assert.Matches(@"\n +→ 503 http://127\.0\.0\.1:\d+/hooks\?tenant=a in \d+ ms\n$", shown.ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task what_cannot_be_forwarded_has_failed_and_what_is_not_verified_is_not_forwarded()
    {
        await using var local = new Local(_ => Task.CompletedTask);
        var address = await local.Start();
        using (var forwarding = new Forwarding(address))
        {
            var (refused, _) = await Receive(request => request.Headers.Remove("webhook-signature"), forwarding);
            Assert.Equal((HttpStatusCode.Unauthorized, 0), (refused, local.Got.Count));
        }

        await local.DisposeAsync();
        using var nowhere = new Forwarding(address);
        var (status, shown) = await Receive(_ => { }, nowhere);
        Assert.Equal(HttpStatusCode.BadGateway, status);
        Assert.Contains("Connection refused", shown, StringComparison.Ordinal);
    }

    private static async Task<(HttpStatusCode Status, string Shown)> Receive(
        Action<HttpRequestMessage> change, Forwarding? forwarding = null)
    {
        using var output = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Out = new AnsiConsoleOutput(output),
        });
        console.Profile.Width = 500;
        await using var app = new WebhookReceiver(Secret, console, TimeProvider.System, forwarding).Listen(0);
        await app.StartAsync(TestContext.Current.CancellationToken);
        var timestamp = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var key = Convert.FromBase64String(Secret[6..]);
        string Sign(byte[] by, string text) => Convert.ToBase64String(HMACSHA256.HashData(by, Encoding.UTF8.GetBytes(text)));
        using var request = new HttpRequestMessage(HttpMethod.Post, app.Urls.Single() + "/any/path")
        {
            Content = new StringContent(Body, Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("webhook-id", "evt_1");
        request.Headers.Add("webhook-timestamp", timestamp.ToString());
        request.Headers.Add("webhook-signature", "v1,AAAA v1," + Sign(key, $"evt_1.{timestamp}.{Body}"));
        request.Headers.Add(
            "X-PM-Signature",
            "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), Encoding.UTF8.GetBytes(Body))));
        change(request);
        using var http = new HttpClient();
        using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
        return (response.StatusCode, output.ToString());
    }
}
