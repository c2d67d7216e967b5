using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using PixeeEvents.Host.Tests.Webhooks;
using PixeeEvents.Webhooks.Tests.Testing;
using Xunit;

namespace PixeeEvents.Host.Tests.Telemetry;

/// <summary>What docs/observability asks Prometheus for is what a node sends.</summary>
public sealed partial class RecipeSpecs
{
    [Fact]
    public async Task the_dashboard_and_the_alerts_ask_for_metrics_that_are_sent()
    {
        string[] asked = [.. Named(File.ReadAllText(Recipe("alerts.yml"))), .. Queries().SelectMany(Named)];
        Assert.True(asked.Distinct().Count() >= 12);
        await using var collector = await Collector.Start(grpc: false);
        await using var working = await Receiver.Start();
        await using var broken = await Receiver.Start(Answers.Status(500));
        await using var server = await WinDevServer.Start(("Webhooks:AllowHttp", "true"), ("Webhooks:AllowedNetworks", "127.0.0.0/8"));
        var erp = await server.Company();
        await erp.Given(1);
        foreach (var url in (Uri[])[working.Url, broken.Url])
        {
            await new WebhookClient(server, erp).Created($$"""{"url":"{{url}}","events":["stock.updated"],"max_retries":0}""");
        }

        using var node = await Victim.Start(
            server.ConnectionString,
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Endpoint.ToString()), ("OTEL_METRIC_EXPORT_INTERVAL", "500"),
            ("Webhooks__AllowHttp", "true"), ("Webhooks__AllowedNetworks", "127.0.0.0/8"));
        using var http = new HttpClient { BaseAddress = node.Address };
        http.DefaultRequestHeaders.Add("X-API-Key", erp.RawKey);
        using var body = new StringContent($$"""[{"ean":"{{WinDevClient.Ean(1)}}","stock":7}]""");
        body.Headers.ContentType = new("application/json");
        (await http.PostAsync("/api/v1/windev/stock/update", body, TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();
        await Waiting.Until(() => Task.FromResult(
            asked.Except(collector.Metrics).ToList() is { Count: > 0 } missing ? $"Nobody sends {string.Join(", ", missing)}." : null));
    }

    [Fact]
    public void there_are_five_alerts_and_every_panel_asks_something()
    {
        Assert.Equal(5, Alert().Count(File.ReadAllText(Recipe("alerts.yml"))));
        Assert.All(Queries(), q => Assert.NotEmpty(Named(q)));
    }

    /// <summary>Metrics that a text names, histograms without the suffix of their series.</summary>
    private static IEnumerable<string> Named(string text) => Metric().Matches(text).Select(m => Series().Replace(m.Value, ""));

    private static IEnumerable<string> Queries()
    {
        using var dashboard = JsonDocument.Parse(File.ReadAllText(Recipe("dashboard.json")));
        return
        [
            .. from panel in dashboard.RootElement.GetProperty("panels").EnumerateArray()
               from target in panel.GetProperty("targets").EnumerateArray()
               select target.GetProperty("expr").GetString()!,
        ];
    }

    private static string Recipe(string file, [CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "..", "docs", "observability", file);

    [GeneratedRegex(@"\b(?:pixee_(?:log|webhooks|ready)\w*|http_server_\w+)", RegexOptions.None, 1000)]
    private static partial Regex Metric();

    [GeneratedRegex("_(?:bucket|sum|count)$", RegexOptions.None, 1000)]
    private static partial Regex Series();

    [GeneratedRegex("- alert: ", RegexOptions.None, 1000)]
    private static partial Regex Alert();
}
