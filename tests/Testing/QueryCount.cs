using System.Diagnostics;

namespace PixeeEvents.Testing;

/// <summary>Counts the commands that run under it.</summary>
public sealed class QueryCount : IDisposable
{
    private readonly ActivitySource _source = new("query-count");
    private readonly ActivityListener _listener;
    private readonly Activity _root;
    private int _queries;

    public QueryCount()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = s => s.Name is "Npgsql" or "query-count",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStarted = a =>
            {
                if (a.Source.Name == "Npgsql" && a.TraceId == _root?.TraceId)
                {
                    Interlocked.Increment(ref _queries);
                }
            },
        };
        ActivitySource.AddActivityListener(_listener);
        _root = _source.StartActivity("count")!;
    }

    public int Queries => _queries;

    public void Dispose()
    {
        _root.Dispose();
        _listener.Dispose();
        _source.Dispose();
    }
}
