using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using PixeeEvents.Host.Tests.Webhooks;
using PixeeEvents.Testing;
using PixeeEvents.Webhooks;
using Xunit;

namespace PixeeEvents.Host.Tests.Cli.Webhooks;

/// <summary>Server, listener and commands are processes of their own, as on a developer's machine.</summary>
public sealed class WebhookCommandSpecs : IAsyncLifetime
{
    private TestDatabase _database = null!;
    private Victim _server = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _database = await TestDatabase.Create();
        _server = await Victim.Start(
            _database.ConnectionString, ("Webhooks__AllowHttp", "true"), ("Webhooks__AllowedNetworks", "127.0.0.0/8"));
    }

    public async ValueTask DisposeAsync()
    {
        _server.Dispose();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task a_sample_of_a_type_goes_through_the_server_and_the_listener_to_the_program_that_is_being_written()
    {
        await using var local = new Local(context =>
        {
            context.Response.StatusCode = context.Request.Headers["X-PM-Event"] == "price.updated" ? 500 : 200;
            return Task.CompletedTask;
        });
        var forward = new Uri(await local.Start(), "/hooks");
        using (var listen = CommandLine.Start(
            _database.ConnectionString, $"webhooks listen --register --port 0 --events stock.*,price.updated --forward-to {forward}"))
        {
            await listen.Says("Listening", Stop);
            var (exit, said) = await Run("webhooks trigger stock.updated");
            Assert.Equal((0, true), (exit, said.StartsWith("pixee webhooks listen  http://127.0.0.1:", StringComparison.Ordinal)));
            Assert.Contains("  200 in ", said, StringComparison.Ordinal);
            Assert.StartsWith("→ 200", (await listen.Says("→", Stop)).Trim(), StringComparison.Ordinal);

            var got = Assert.Single(local.Got);
            var body = JsonSerializer.Deserialize<JsonElement>(got.Body);
            Assert.Equal(("/hooks", "stock.updated", true), (got.Target, got.Headers["X-PM-Event"], body.GetProperty("test").GetBoolean()));
            await PublishedMessages.AssertValid(Encoding.UTF8.GetBytes(got.Body));

            (exit, said) = await Run("webhooks trigger price.updated");
            Assert.Equal((1, true), (exit, said.Contains("  500 in ", StringComparison.Ordinal)));
            (exit, said) = await Run("webhooks trigger product.created");
            Assert.Equal(
                (1, "pixee: No enabled webhook of demo wants product.created. ./pixee webhooks list shows them."), (exit, said));
            await listen.Interrupt(Stop);
        }

        Assert.Equal((0, ""), await Run("webhooks list"));
    }

    [Theory]
    [InlineData("webhooks listen --register --events stock.renewed", "names no event")]
    [InlineData("webhooks listen --secret whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw --events stock.updated", "--events goes with --register")]
    [InlineData("webhooks listen --register --forward-to hooks", "--forward-to is no address")]
    [InlineData("webhooks trigger stock.renewed", "stock.renewed")]
    public async Task what_makes_no_sense_is_refused_with_the_reason(string command, string reason)
    {
        var (exit, said) = await Run(command);
        Assert.Equal(1, exit);
        Assert.Contains(reason, said, StringComparison.Ordinal);
    }

    private Task<(int Exit, string Said)> Run(string command) => CommandLine.Run(_database.ConnectionString, command, Stop);
}
