using PixeeEvents.Host.Cli;
using PixeeEvents.Host.Cli.Webhooks;
using PixeeEvents.Webhooks;
using Spectre.Console;
using Xunit;

namespace PixeeEvents.Host.Tests.Cli;

public sealed class TerminalSpecs
{
    [Fact]
    public void nothing_but_text_goes_to_a_file_whatever_the_environment_says()
    {
        var (term, build) = (Environment.GetEnvironmentVariable("TERM"), Environment.GetEnvironmentVariable("GITHUB_ACTIONS"));
        Environment.SetEnvironmentVariable("TERM", "xterm-256color");
        Environment.SetEnvironmentVariable("GITHUB_ACTIONS", "true");
        try
        {
            using var file = new StringWriter();
            var name = new string('x', 300);
            Terminal.To(file, isRedirected: true)
                .MarkupLineInterpolated($"[green]verified[/] [bold]{name}[/] [link=https://shop.example]é[/]");
            Assert.Equal($"verified {name} é\n", file.ToString().ReplaceLineEndings("\n"));
        }
        finally
        {
            Environment.SetEnvironmentVariable("TERM", term);
            Environment.SetEnvironmentVariable("GITHUB_ACTIONS", build);
        }
    }

    [Theory]
    [InlineData(503, "status", "exhausted after 10 attempts: answered 503")]
    [InlineData(null, "address_refused", "exhausted after 10 attempts: address refused")]
    [InlineData(null, null, "exhausted after 10 attempts: not tried")]
    public void a_failure_is_listed_with_its_last_reason(int? status, string? error, string end)
    {
        var at = new DateTimeOffset(2026, 11, 23, 14, 0, 0, TimeSpan.Zero);
        var delivery = new Delivery(Guid.Empty, Guid.Empty, "stock.updated", "event", null, 1, null, null, null, "exhausted", 10, null, at,
            at, at, null);
        var webhook = PixeeEvents.Host.Webhooks.Wire.SubscriptionKeys.Default("demo", null, at) with { Name = "shop" };
        Assert.Equal(
            $"00000000-0000-0000-0000-000000000000  demo  shop  stock.updated  2026-11-23T14:00:00Z  {end}",
            WebhookCommands.Line("demo", new FailedDelivery(webhook, delivery, status, error)));
    }
}
