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
    private Guid[] _floorStreams = [];

    public IEnumerable<Scenario> All() =>
    [
        Row("log-append", "log: one event on each of 5,000 streams", "ms", [Goal.ProductAtMost(1.2, Contender.Floor)],
            (round, cancellationToken) => Floor.Append(_floorStreams, round, snapshots: false, cancellationToken)),
        Row("log-snapshot", "log: the same with an inline snapshot each", "ms", [Goal.ProductAtMost(1.3, Contender.Floor)],
            (round, cancellationToken) => Floor.Append(_floorStreams, round, snapshots: true, cancellationToken)),
        Row("log-single", "log: one event + snapshot per transaction, sequential", "/s", [Goal.ProductAtLeast(0.75, Contender.Floor)],
            (_, cancellationToken) => Floor.SingleRate(_floorStreams, 1, 1000, cancellationToken)),
        Row("log-single-8", "log: one event + snapshot per transaction, 8 clients", "/s", [Goal.ProductAtLeast(0.7, Contender.Floor)],
            (_, cancellationToken) => Floor.SingleRate(_floorStreams, 8, 4000, cancellationToken)),
        Row("log-rebuild", "log: rebuild of one snapshot model, 200,000 interleaved events", "ms", [Goal.ProductAtMost(1, Contender.Floor)],
            (_, cancellationToken) => RebuildFloor.Rebuild(5000, cancellationToken)),
    ];

    private LogFloor Floor => _floor ?? throw new InvalidOperationException("the log's tables could not be set up");

    private LogFloor RebuildFloor => _rebuildFloor ?? throw new InvalidOperationException("the log's tables could not be set up");

    public async Task Prepare(CancellationToken cancellationToken)
    {
        (_floor, _floorStreams) = await Open("log_floor", Streams, 1, cancellationToken);
        (_rebuildFloor, _) = await Open("log_rebuild_floor", Streams, EventsToRebuild / Streams, cancellationToken);
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

    private async Task<(LogFloor Floor, Guid[] Streams)> Open(string database, int streams, int events, CancellationToken cancellationToken)
    {
        await cluster.Create(database, cancellationToken);
        var library = Assembly.Load("PixeeEvents.EventSourcing");
        foreach (var script in library.GetManifestResourceNames().Where(n => n.StartsWith("Schema/", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(library.GetManifestResourceStream(script)!);
            await cluster.Execute(database, await reader.ReadToEndAsync(cancellationToken), cancellationToken);
        }
        await cluster.Execute(database, Snapshots, cancellationToken);
        var floor = new LogFloor(cluster.ConnectionString(database));
        var ids = await floor.Seed(streams, events, cancellationToken);
        await cluster.Execute(database, "vacuum (analyze)", cancellationToken);
        return (floor, ids);
    }
}
