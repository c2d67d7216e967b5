namespace PixeeEvents.Bench.Rows;

/// <summary>Rows of the log alone, in this process: the library against bare SQL, each in its own database with the same tables.</summary>
internal sealed class LogScenarios(Cluster cluster) : IAsyncDisposable
{
    private const int Streams = 5000;
    private const int EventsToRebuild = 200_000;
    private const int PageSize = 5000;
    private readonly Side _floor = new();
    private readonly Side _product = new();

    public IEnumerable<Scenario> All() =>
    [
        Row("log-snapshot", "log: one event and inline snapshot on each of 5,000 streams", "ms", Goal.ProductAtMost(1.3, Contender.Floor), Streams,
            (log, round, cancellationToken) => new LogFloor(log).Evolve(log.Folded, round, cancellationToken),
            (log, round, cancellationToken) => new LogProduct(log).Evolve(log.Folded, round, cancellationToken)),
        Single("log-single", "log: one event + snapshot per transaction, sequential", Goal.ProductAtLeast(0.75, Contender.Floor), 1, 1000),
        Single("log-single-8", "log: one event + snapshot per transaction, 8 clients", Goal.ProductAtLeast(0.7, Contender.Floor), 8, 4000),
        new("log-rebuild", "log: rebuild of one snapshot model, 200,000 interleaved events", "ms",
            [
                Rebuild(Contender.Floor, _floor, (log, cancellationToken) => new LogFloor(log).Rebuild(PageSize, cancellationToken)),
                Rebuild(Contender.Product, _product, (log, cancellationToken) => new LogProduct(log).Rebuild(cancellationToken)),
            ],
            [Goal.ProductAtMost(1, Contender.Floor)]),
    ];

    public async Task Prepare(CancellationToken cancellationToken)
    {
        foreach (var (side, name) in ((Side, string)[])[(_floor, "log_floor"), (_product, "log_product")])
        {
            side.Appended = await LogDatabase.Create(cluster, name, Streams, 1, cancellationToken);
            side.Rebuilt = await LogDatabase.Create(cluster, $"{name}_rebuild", Streams, EventsToRebuild / Streams, cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var database in (LogDatabase?[])[_floor.Appended, _floor.Rebuilt, _product.Appended, _product.Rebuilt])
        {
            if (database is not null)
                await database.DisposeAsync();
        }
    }

    private delegate Task<double> Run(LogDatabase log, int round, CancellationToken cancellationToken);

    /// <summary>A contender's databases: the one it appends to and the one it rebuilds from.</summary>
    private sealed class Side
    {
        public LogDatabase? Appended { get; set; }

        public LogDatabase? Rebuilt { get; set; }
    }

    private Scenario Single(string name, string work, Goal goal, int clients, int operations) => Row(
        name, work, "/s", goal, operations,
        (log, _, cancellationToken) => new LogFloor(log).SingleRate(log.Folded, clients, operations, cancellationToken),
        (log, _, cancellationToken) => new LogProduct(log).SingleRate(log.Folded, clients, operations, cancellationToken));

    private Scenario Row(string name, string work, string unit, Goal goal, int events, Run floor, Run product)
    {
        Contender Of(string role, Side side, Run run) => new(role, async (round, cancellationToken) =>
        {
            var log = Ready(side.Appended);
            var value = await run(log, round, cancellationToken);
            await log.Check(cancellationToken, events);
            return value;
        });
        return new Scenario(name, work, unit, [Of(Contender.Floor, _floor, floor), Of(Contender.Product, _product, product)], [goal]);
    }

    private static Contender Rebuild(string role, Side side, Func<LogDatabase, CancellationToken, Task<double>> run) =>
        new(role, async (_, cancellationToken) =>
    {
        var log = Ready(side.Rebuilt);
        await log.ForgetSnapshots(cancellationToken);
        var value = await run(log, cancellationToken);
        await log.Check(cancellationToken);
        return value;
    });

    private static LogDatabase Ready(LogDatabase? log) =>
        log ?? throw new InvalidOperationException("the log's tables could not be set up");
}
