using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace PixeeEvents.EventLog;

/// <summary>Spans and figures of the log.</summary>
public static class LogTelemetry
{
    public const string Name = "PixeeEvents.EventLog";

    internal static ActivitySource Source { get; } = new(Name);

    private static readonly Meter Meter = new(Name);

    internal static Counter<long> Events { get; } = Meter.CreateCounter<long>("pixee.log.events", "{event}", "Events appended.");

    internal static Histogram<double> SaveDuration { get; } =
        Meter.CreateHistogram<double>("pixee.log.save.duration", "s", "Append, projections and commit of one unit of work.");
}
