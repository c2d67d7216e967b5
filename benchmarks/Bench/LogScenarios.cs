using System.Reflection;

namespace PixeeEvents.Bench;

/// <summary>Rows of the log alone, in this process: the library against bare SQL, each in its own database with the same tables.</summary>
internal sealed class LogScenarios(Cluster cluster) : IAsyncDisposable
{
    private const int Streams = 5000;
    private const int EventsToRebuild = 200_000;
    private const string Snapshots =
        "create table bench_levels (tenant_id varchar, id uuid, version bigint not null, data jsonb not null, primary key (tenant_id, id)) with (fillfactor = 50)";

    private LogFloor? _floor;
    private LogFloor? _rebuildFloor;
    private Guid[] _plainStreams = [];
    private Guid[] _snapshotStreams = [];

    public IEnumerable<Scenario> All() =>
    [
        Row("log-append", "log: one event on each of 5,000 streams", "ms", [Goal.ProductAtMost(1.2, Contender.Floor)],
            (round, cancellationToken) => Floor.Append(_plainStreams, round, snapshots: false, cancellationToken)),
        Row("log-snapshot", "log: the same with an inline snapshot each", "ms", [Goal.ProductAtMost(1.3, Contender.Floor)],
            (round, cancellationToken) => Floor.Append(_snapshotStreams, round, snapshots: true, cancellationToken)),
        Row("log-single", "log: one event + snapshot per transaction, sequential", "/s", [Goal.ProductAtLeast(0.75, Contender.Floor)],
            (_, cancellationToken) => Floor.SingleRate(_snapshotStreams, 1, 1000, cancellationToken)),
        Row("log-single-8", "log: one event + snapshot per transaction, 8 clients", "/s", [Goal.ProductAtLeast(0.7, Contender.Floor)],
            (_, cancellationToken) => Floor.SingleRate(_snapshotStreams, 8, 4000, cancellationToken)),
        Row("log-rebuild", "log: rebuild of one snapshot model, 200,000 interleaved events", "ms", [Goal.ProductAtMost(1, Contender.Floor)],
            (_, cancellationToken) => RebuildFloor.Rebuild(5000, cancellationToken)),
    ];

    private LogFloor Floor => _floor ?? throw new InvalidOperationException("the log's tables could not be set up");

    private LogFloor RebuildFloor => _rebuildFloor ?? throw new InvalidOperationException("the log's tables could not be set up");

    public async Task Prepare(CancellationToken cancellationToken)
    {
        _floor = await Open("log_floor", cancellationToken);
        _plainStreams = await _floor.Seed(Streams, 1, cancellationToken);
        _snapshotStreams = await _floor.Seed(Streams, 1, cancellationToken);
        await cluster.Execute("log_floor", "vacuum (analyze)", cancellationToken);
        _rebuildFloor = await Open("log_rebuild_floor", cancellationToken);
        await _rebuildFloor.Seed(Streams, EventsToRebuild / Streams, cancellationToken);
        await cluster.Execute("log_rebuild_floor", "vacuum (analyze)", cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_floor is not null)
            await _floor.DisposeAsync();
        if (_rebuildFloor is not null)
            await _rebuildFloor.DisposeAsync();
    }

    private static Scenario Row(
        string name, string work, string unit, IReadOnlyList<Goal> goals, Func<int, CancellationToken, Task<double>> floor) =>
        new(name, work, unit, [new(Contender.Floor, floor)], goals);

    private async Task<LogFloor> Open(string database, CancellationToken cancellationToken)
    {
        await cluster.Create(database, cancellationToken);
        var library = Assembly.Load("PixeeEvents.EventSourcing");
        foreach (var script in library.GetManifestResourceNames().Where(n => n.StartsWith("Schema/", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(library.GetManifestResourceStream(script)!);
            await cluster.Execute(database, await reader.ReadToEndAsync(cancellationToken), cancellationToken);
        }
        await cluster.Execute(database, Snapshots, cancellationToken);
        return new LogFloor(cluster.ConnectionString(database));
    }
}
