using System.Diagnostics;
using PixeeEvents.EventLog;
using EventLog = PixeeEvents.EventLog.EventLog;

namespace PixeeEvents.Bench;

/// <summary>The log's rows through the library, as a module writes and an administrator rebuilds.</summary>
internal sealed class LogProduct
{
    private static readonly Aggregate<Level> Levels = new(
        LogDatabase.StreamType, "public", "bench_levels", new Level(0, 0),
        static (state, @event) => @event is LevelSet set ? new Level(set.Level, state.Count + 1) : state);

    private readonly EventStore _store;
    private readonly Rebuild _rebuild;

    public LogProduct(LogDatabase database)
    {
        _store = new EventStore(database.Source, new EventTypes.Builder().Add<LevelSet>(LogDatabase.EventType).Build(), []);
        var mark = new HighWaterMark(database.Source);
        _rebuild = new Rebuild(_store, new EventLog(_store, mark), mark);
    }

    /// <summary>One event on each stream, whatever its version.</summary>
    public async Task<double> Append(Guid[] streams, int level, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        await using (var session = await _store.Open(LogDatabase.Caller, cancellationToken))
        {
            foreach (var stream in streams)
                session.Append(stream, LogDatabase.StreamType, ExpectedVersion.Any, new LevelSet(level));
            (await session.SaveChanges(cancellationToken)).EventsOrThrow();
        }
        return watch.Elapsed.TotalMilliseconds;
    }

    /// <summary>One event on each stream, decided on its state, and its snapshot.</summary>
    public async Task<double> Evolve(Guid[] streams, int level, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        await EvolveOnce(streams, level, cancellationToken);
        return watch.Elapsed.TotalMilliseconds;
    }

    /// <summary>Transactions per second, each with one event on one stream and its snapshot.</summary>
    public async Task<double> SingleRate(Guid[] streams, int clients, int operations, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(
            async () =>
            {
                var own = streams.Where((_, i) => i % clients == client).ToArray();
                for (var i = 0; i < operations / clients; i++)
                    await EvolveOnce([own[i % own.Length]], i, cancellationToken);
            },
            cancellationToken)));
        return operations / watch.Elapsed.TotalSeconds;
    }

    public async Task<double> Rebuild(CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        await _rebuild.Snapshot(Levels, cancellationToken);
        return watch.Elapsed.TotalMilliseconds;
    }

    private async Task EvolveOnce(Guid[] streams, int level, CancellationToken cancellationToken)
    {
        await using var session = await _store.Open(LogDatabase.Caller, cancellationToken);
        var found = await session.FetchForWriting(Levels, streams, cancellationToken);
        foreach (var stream in streams)
            found[stream].Append(new LevelSet(level));
        (await session.SaveChanges(cancellationToken)).EventsOrThrow();
    }
}
