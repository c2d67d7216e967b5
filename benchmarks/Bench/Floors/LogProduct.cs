using System.Diagnostics;
using PixeeEvents.EventLog;

namespace PixeeEvents.Bench.Floors;

/// <summary>The log's rows through the library, as a module writes and an administrator rebuilds.</summary>
internal sealed class LogProduct(LogDatabase database)
{
    /// <summary>One event on each stream, decided on its state, and its snapshot.</summary>
    public async Task<double> Evolve(Guid[] streams, int level, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        await using var session = database.Store.Open(LogDatabase.Caller);
        var found = await session.FetchForWriting(Level.Aggregate, streams, cancellationToken);
        foreach (var stream in streams)
            found[stream].Append(new LevelSet(level));
        await Save(session, cancellationToken);
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
                {
                    await using var session = database.Store.Open(LogDatabase.Caller);
                    (await session.FetchForWriting(Level.Aggregate, own[i % own.Length], cancellationToken)).Append(new LevelSet(i));
                    await Save(session, cancellationToken);
                }
            },
            cancellationToken)));
        return operations / watch.Elapsed.TotalSeconds;
    }

    public async Task<double> Rebuild(CancellationToken cancellationToken)
    {
        var mark = new SettledMark(database.Source);
        var rebuild = new Rebuild(database.Store, new LogReader(database.Store, mark), mark);
        var watch = Stopwatch.StartNew();
        await rebuild.Snapshot(database.Store.Snapshots.Single(), cancellationToken);
        return watch.Elapsed.TotalMilliseconds;
    }

    private static async Task Save(EventSession session, CancellationToken cancellationToken)
    {
        if (!await session.SaveChanges(cancellationToken))
            throw new InvalidOperationException("Nobody else writes these streams.");
    }
}
