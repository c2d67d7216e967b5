namespace PixeeEvents.Http.Availability;

/// <summary>
/// Tells an outage in two lines, whatever number of calls and background steps meet it: one when its first is met, one with
/// their number when none has been for a while.
/// </summary>
internal sealed partial class OutageLog(ILogger<OutageLog> logger, TimeProvider time)
{
    /// <summary>Longer than the pause between two steps of any background loop, whose failures alone keep an outage going.</summary>
    public static TimeSpan Quiet { get; } = TimeSpan.FromSeconds(15);

    private readonly Lock _gate = new();
    private readonly Dictionary<Outage, Run> _running = [];

    private sealed class Run(DateTimeOffset since)
    {
        public DateTimeOffset Since => since;

        public DateTimeOffset Last { get; set; }

        public long Count { get; set; }
    }

    /// <returns>False when the exception tells of no outage; nothing is logged then.</returns>
    public bool Report(Exception exception)
    {
        if (DatabaseFault.Of(exception) is not { } outage)
        {
            return false;
        }

        Report(outage, exception);
        return true;
    }

    public void Report(Outage outage, Exception cause)
    {
        var begins = false;
        lock (_gate)
        {
            if (!_running.TryGetValue(outage, out var run))
            {
                _running.Add(outage, run = new Run(time.GetUtcNow()));
                begins = true;
            }

            (run.Last, run.Count) = (time.GetUtcNow(), run.Count + 1);
        }

        if (begins)
        {
            LogBegin(outage is Outage.Queued ? outage.Sentence() : $"{outage.Sentence()} {DatabaseFault.Describe(cause)}.");
        }
    }

    /// <summary>Ends the outages that nobody has met for a while.</summary>
    public void Sweep()
    {
        var ended = new List<(Outage Outage, Run Run)>();
        lock (_gate)
        {
            foreach (var (outage, run) in _running.Where(r => time.GetUtcNow() - r.Value.Last >= Quiet).ToList())
            {
                _running.Remove(outage);
                ended.Add((outage, run));
            }
        }

        foreach (var (outage, run) in ended)
        {
            LogEnd(outage.Sentence(), run.Count, (run.Last - run.Since).TotalSeconds);
        }
    }

    [LoggerMessage(LogLevel.Error, "{What} Until it is over, calls are answered 503 and this is not said again")]
    private partial void LogBegin(string what);

    [LoggerMessage(LogLevel.Warning, "Over: {Sentence} It was met {Count} times in {Seconds:0.0} s")]
    private partial void LogEnd(string sentence, long count, double seconds);
}
