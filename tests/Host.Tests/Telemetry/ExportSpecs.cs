using System.Diagnostics;
using PixeeEvents.Host.Tests.Webhooks;
using PixeeEvents.Webhooks;
using PixeeEvents.Webhooks.Tests.Testing;
using Xunit;

namespace PixeeEvents.Host.Tests.Telemetry;

public sealed class ExportSpecs
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task one_trace_spans_from_the_call_to_the_attempt_with_nothing_set_but_the_endpoint(bool grpc)
    {
        await using var collector = await Collector.Start(grpc);
        await using var receiver = await Receiver.Start();
        await using var server = await WinDevServer.Start(("Webhooks:AllowHttp", "true"), ("Webhooks:AllowedNetworks", "127.0.0.0/8"));
        var erp = await server.Company();
        await erp.Given(1);
        await new WebhookClient(server, erp).Created($$"""{"url":"{{receiver.Url}}","events":["stock.updated"]}""");
        using var node = await Victim.Start(
            server.ConnectionString,
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Endpoint.ToString()), ("OTEL_METRIC_EXPORT_INTERVAL", "1000"),
            ("Webhooks__AllowHttp", "true"), ("Webhooks__AllowedNetworks", "127.0.0.0/8"));
        var (trace, caller) = (ActivityTraceId.CreateRandom().ToHexString(), ActivitySpanId.CreateRandom().ToHexString());

        using var http = new HttpClient { BaseAddress = node.Address };
        using var call = new HttpRequestMessage(HttpMethod.Post, "/api/v1/windev/stock/update");
        call.Content = new StringContent($$"""[{"ean":"{{WinDevClient.Ean(1)}}","stock":7}]""");
        call.Content.Headers.ContentType = new("application/json");
        call.Headers.Add("X-API-Key", erp.RawKey);
        call.Headers.Add("traceparent", $"00-{trace}-{caller}-01");
        (await http.SendAsync(call, Stop)).EnsureSuccessStatusCode();
        var told = await receiver.Next(Stop);

        OtlpSpan[] Spans() => [.. collector.Spans.Where(s => s.Trace == trace)];
        await Waiting.Until(() => Task.FromResult(
            Spans().Any(s => s.Scope == WebhookTelemetry.Name && s.Kind == OtlpSpan.Client) ? null : "no attempt came"));
        await Waiting.Until(() => Task.FromResult(collector.Metrics.Contains("pixee_log_events_total") ? null : "no figures came"));
        var (asked, written) = (Assert.Single(Spans(), s => s.Kind == OtlpSpan.Server), Assert.Single(Spans(), s => s.Name == "append"));
        Assert.Equal((caller, "POST /api/v1/windev/stock/update"), (asked.Parent, asked.Name));
        Assert.Equal(
            ("POST", "/api/v1/windev/stock/update", "200"),
            (asked.Attributes["http.request.method"], asked.Attributes["http.route"], asked.Attributes["http.response.status_code"]));
        Assert.Equal(asked.Id, written.Parent);
        Assert.Equal(asked.Id, Assert.Single(Spans(), s => s.Name == "decide").Parent);
        var statements = Spans().Where(s => s.Scope == "Npgsql" && s.Parent == written.Id).ToList();
        Assert.NotEmpty(statements);
        Assert.All(statements, s => Assert.Equal(s.Name, s.Attributes["db.operation.name"]));
        var attempt = Assert.Single(Spans(), s => s.Scope == WebhookTelemetry.Name && s.Kind == OtlpSpan.Client);
        Assert.Equal($"00-{trace}-{attempt.Id}-01", told.Headers["traceparent"]);
        var fanOut = Assert.Single(Spans(), s => s.Scope == WebhookTelemetry.Name && s.Name == "fan-out");
        Assert.Equal((erp.Company, "1"), (fanOut.Attributes["pixee.tenant"], fanOut.Attributes["messaging.batch.message_count"]));
        Assert.Equal("pixee", asked.Resource["service.name"]);
        Assert.NotEmpty(asked.Resource["service.version"]);
        Assert.Contains("http_server_request_duration_seconds", collector.Metrics);

        // Whoever only looks for work makes no trace.
        Assert.All(collector.Spans.GroupBy(s => s.Trace), t => Assert.Contains(t, s => s.Scope != "Npgsql"));
        Assert.DoesNotContain(collector.Spans, s => s.Attributes.GetValueOrDefault("url.path") == "/health/ready");
    }
}
