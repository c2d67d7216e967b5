using System.Reflection;
using Npgsql;
using OpenTelemetry;
using OpenTelemetry.Context.Propagation;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using PixeeEvents.EventLog;
using PixeeEvents.Host.Availability;
using PixeeEvents.Webhooks;
using PixeeEvents.Webhooks.Nodes;

namespace PixeeEvents.Host;

/// <summary>
/// Traces, metrics and logs over OTLP, when <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> says where to; nothing otherwise. The other
/// variables of the OpenTelemetry specification work as it says.
/// </summary>
internal static class Telemetry
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string Protocol = "OTEL_EXPORTER_OTLP_PROTOCOL";
    private const int GrpcPort = 4317;

    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        if (builder.Configuration[Endpoint] is not { Length: > 0 } endpoint)
        {
            return;
        }

        // W3C's headers are read by the framework; nothing is carried as baggage, which would be looked for in every call.
        Sdk.SetDefaultTextMapPropagator(new TraceContextPropagator());
        // The port says what is spoken there, unless that is said aloud.
        builder.Configuration[Protocol] ??= Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) && uri.Port == GrpcPort
            ? "grpc"
            : "http/protobuf";
        var version = typeof(Telemetry).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
        builder.Logging.AddOpenTelemetry(logs => logs.IncludeFormattedMessage = true);
        builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("pixee", serviceVersion: version).AddEnvironmentVariableDetector())
            .WithTracing(traces => traces
                .AddAspNetCoreInstrumentation(
                    calls => calls.Filter = context => !context.Request.Path.StartsWithSegments("/health", StringComparison.Ordinal))
                .AddHttpClientInstrumentation()
                .AddNpgsql()
                .AddSource(LogTelemetry.Name, WebhookTelemetry.Name, "Marten", "Wolverine"))
            .WithMetrics(metrics => metrics
                .AddAspNetCoreInstrumentation()
                .AddHttpClientInstrumentation()
                .AddRuntimeInstrumentation()
                .AddMeter("Npgsql", Lags.MeterName, LogTelemetry.Name, WebhookTelemetry.Name, "Marten", "Wolverine*"))
            .UseOtlpExporter();
    }

    /// <summary>Where everything goes, in a sentence; null when nothing does.</summary>
    public static string? Said(IConfiguration configuration) => configuration[Endpoint] is { Length: > 0 } endpoint
        ? $"Traces, metrics and logs go to {endpoint} over {configuration[Protocol]} ({Endpoint}, {Protocol})."
        : null;
}
