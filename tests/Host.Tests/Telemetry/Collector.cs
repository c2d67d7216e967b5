using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace PixeeEvents.Host.Tests.Telemetry;

/// <summary>A receiver of OTLP at one of the two usual ports, on an address of this machine that nobody else uses.</summary>
internal sealed class Collector : IAsyncDisposable
{
    private const int GrpcPort = 4317;
    private const int HttpPort = 4318;

    private readonly WebApplication _app;
    private readonly ConcurrentQueue<OtlpSpan> _spans = new();
    private readonly ConcurrentDictionary<string, bool> _metrics = new(StringComparer.Ordinal);

    private Collector(WebApplication app, Uri endpoint) => (_app, Endpoint) = (app, endpoint);

    public Uri Endpoint { get; }

    public IReadOnlyList<OtlpSpan> Spans => [.. _spans];

    public IReadOnlyCollection<string> Metrics => [.. _metrics.Keys];

    public static async Task<Collector> Start(bool grpc)
    {
        var address = new IPAddress(
            [127, (byte)Random.Shared.Next(1, 255), (byte)Random.Shared.Next(1, 255), (byte)Random.Shared.Next(1, 255)]);
        var port = grpc ? GrpcPort : HttpPort;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.WebHost.ConfigureKestrel(
            kestrel => kestrel.Listen(address, port, listen => listen.Protocols = grpc ? HttpProtocols.Http2 : HttpProtocols.Http1));
        var app = builder.Build();
        var collector = new Collector(app, new Uri($"http://{address}:{port}"));
        app.Run(grpc ? collector.Call : collector.Post);
        await app.StartAsync();
        return collector;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task Post(HttpContext context)
    {
        var body = await Read(context);
        context.Response.ContentType = "application/x-protobuf";
        Take(context.Request.Path == "/v1/traces", context.Request.Path == "/v1/metrics", body);
    }

    private async Task Call(HttpContext context)
    {
        // A message's head says whether it is packed, and its length.
        var body = (await Read(context))[5..];
        Take(
            context.Request.Path.Value!.Contains("TraceService", StringComparison.Ordinal),
            context.Request.Path.Value.Contains("MetricsService", StringComparison.Ordinal), body);
        context.Response.ContentType = "application/grpc";
        context.Response.AppendTrailer("grpc-status", "0");
        await context.Response.Body.WriteAsync(new byte[5]);
    }

    private void Take(bool isTrace, bool isMetrics, byte[] body)
    {
        foreach (var span in isTrace ? OtlpSpan.In(body) : [])
        {
            _spans.Enqueue(span);
        }

        foreach (var metric in isMetrics ? OtlpMessage.MetricNames(body) : [])
        {
            _metrics.TryAdd(metric, true);
        }
    }

    private static async Task<byte[]> Read(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        return body.ToArray();
    }
}
