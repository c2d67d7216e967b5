using System.Globalization;

namespace PixeeEvents.Bench.Rows;

/// <summary>Rows that write over HTTP, against the baseline and against bare SQL; and the memory that they take.</summary>
internal sealed class WriteScenarios(Stage stage, Load load, Pace pace)
{
    private const int Batch = 5000;
    private const int SyncBatch = 1000;
    private const int Clients = 8;
    private readonly string _size = $"{stage.Products.ToString("N0", CultureInfo.InvariantCulture)} products";

    private delegate Task<double> FloorRun(Floor floor, int round, CancellationToken cancellationToken);

    /// <summary>The row that makes the catalogue grow comes last: it changes what the others are measured on.</summary>
    public IEnumerable<Scenario> All() =>
    [
        Patch(),
        Row("stock", "stock/update, 5,000 changed", "stock/update", round => Item.Stocks(Picked(round, 1000, Batch)),
            (floor, round, cancellationToken) => floor.PushStocks(Picked(round, 1000, Batch), cancellationToken), AgainstBatch),
        Unchanged(
            "stock-unchanged", "stock/update, the same 5,000 again", "stock/update", round => Item.Stocks(Picked(round, 2000, Batch))),
        Row("prices", "prices/update, 5,000 changed", "prices/update", round => Item.Prices(Picked(round, 3000, Batch)),
            (floor, round, cancellationToken) => floor.PushPrices(Picked(round, 3000, Batch), cancellationToken), AgainstBatch),
        Unchanged(
            "prices-unchanged", "prices/update, the same 5,000 again", "prices/update", round => Item.Prices(Picked(round, 4000, Batch))),
        Row("sync-changed", "sync, 1,000 changed (name, prices, stock)", "products/sync", round => Item.Sync(Picked(round, 5000, SyncBatch)),
            (floor, round, cancellationToken) =>
                floor.Sync(Picked(round, 5000, SyncBatch), Picked(round, 5000, SyncBatch), cancellationToken),
            [Goal.ProductAtMost(1.15, Contender.Floor), Goal.ProductAtMost(1, Contender.Baseline)]),
        MostlyUnchanged(),
        PeakMemory(),
        Row("sync-new", "sync, 1,000 new", "products/sync", round => Item.Sync(Fresh(round)),
            (floor, round, cancellationToken) => floor.Create(Fresh(round), cancellationToken),
            [Goal.ProductAtMost(1.15, Contender.Floor), Goal.ProductAtMost(1.2, Contender.Baseline)]),
    ];

    private static IReadOnlyList<Goal> AgainstBatch => [Goal.ProductAtMost(1.15, Contender.Floor), Goal.FasterThan(2, Contender.Baseline)];

    private Scenario Row(string name, string work, string path, Func<int, byte[]> body, FloorRun floor, IReadOnlyList<Goal> goals) => new(
        name, $"{work}, {_size}", "ms",
        [
            new(Contender.Floor, (round, cancellationToken) => floor(stage.Floor, round, cancellationToken)),
            new(Contender.Baseline, (round, cancellationToken) => stage.Baseline.Push(path, body(round), cancellationToken)),
            new(Contender.Product, (round, cancellationToken) => stage.Product.Push(path, body(round), cancellationToken)),
        ],
        goals);

    private Scenario Unchanged(string name, string work, string path, Func<int, byte[]> body) => new(
        name, $"{work}, {_size}", "ms",
        [
            new("changed call", (round, cancellationToken) => stage.Product.Push(path, body(round), cancellationToken)),
            new(Contender.Product, (round, cancellationToken) => stage.Product.Push(path, body(round), cancellationToken)),
        ],
        [Goal.ProductAtMost(0.2, "changed call")])
    {
        InOrder = true,
    };

    private Scenario MostlyUnchanged()
    {
        const int Base = 6000;
        var started = new HashSet<string>();
        async Task<double> Run(string role, int round, Func<Item[], Item[], Task<double>> push)
        {
            if (started.Add(role))
            {
                var first = Enumerable.Range(1, SyncBatch).Select(n => new Item(n, Base)).ToArray();
                await push(first, first);
            }
            var step = round + pace.WarmUps;
            var items = Enumerable.Range(1, SyncBatch).Select(n => new Item(n, EditionAt(n, step))).ToArray();
            return await push(items, [.. items.Where(i => i.Number % 10 == step % 10)]);
        }
        static int EditionAt(int number, int step) =>
            step - (step - number % 10 + 10) % 10 is >= 0 and var changed ? Base + 1 + changed : Base;
        Contender Over(string role, Func<Service> service) => new(role, (round, cancellationToken) =>
            Run(role, round, (items, _) => service().Push("products/sync", Item.Sync(items), cancellationToken)));
        return new Scenario(
            "sync-mostly-unchanged", $"sync, 1,000 of which 100 changed, {_size}", "ms",
            [
                new(Contender.Floor, (round, cancellationToken) =>
                    Run(Contender.Floor, round, (items, changed) => stage.Floor.Sync(items, changed, cancellationToken))),
                Over(Contender.Baseline, () => stage.Baseline),
                Over(Contender.Product, () => stage.Product),
            ],
            [Goal.ProductAtMost(2, Contender.Floor), Goal.ProductAtMost(0.33, Contender.Baseline)]);
    }

    private Scenario Patch()
    {
        var random = new Random(2);
        var items = Enumerable.Range(0, 2000).Select(_ => new Item(random.Next(1, stage.Products + 1), 0)).Distinct().ToArray();
        var lines = items.Select(i => $$"""/api/v1/windev/products/{{i.Reference}}{{'\t'}}{"description": "Fiche #"}""").ToArray();
        Contender Over(string role, Func<Service> service) => new(role, (round, cancellationToken) =>
            load.Rate(service(), "PATCH", lines, Clients, round + pace.WarmUps + 1, cancellationToken));
        return new Scenario(
            "patch", $"one product PATCH, {Clients} clients, {_size}", "/s",
            [
                new(Contender.Floor, (_, cancellationToken) =>
                    stage.Floor.PatchRate(items, Clients, TimeSpan.FromSeconds(pace.LoadSeconds), cancellationToken)),
                Over(Contender.Baseline, () => stage.Baseline),
                Over(Contender.Product, () => stage.Product),
            ],
            [Goal.ProductAtLeast(0.6, Contender.Floor)]);
    }

    public Scenario IdleMemory()
    {
        Contender Of(string role, Func<Service> service) =>
            new(role, (_, cancellationToken) => service().Memory("VmRSS", cancellationToken));
        return new Scenario(
            "memory-idle", $"resident memory, idle, {_size}", "MB",
            [Of(Contender.Baseline, () => stage.Baseline), Of(Contender.Product, () => stage.Product)], [Goal.Within(170, "MB")])
        {
            Rounds = 1,
            Prepare = cancellationToken => Task.Delay(TimeSpan.FromSeconds(3), cancellationToken),
        };
    }

    private Scenario PeakMemory()
    {
        Contender Of(string role, Func<Service> service) => new(role, async (_, cancellationToken) =>
        {
            await service().ForgetPeak(cancellationToken);
            for (var i = 0; i < 10; i++)
            {
                await service().Push("stock/update", Item.Stocks(Picked(i, 7000, Batch)), cancellationToken);
                await service().Push("prices/update", Item.Prices(Picked(i, 7000, Batch)), cancellationToken);
            }
            return await service().Memory("VmHWM", cancellationToken);
        });
        return new Scenario(
            "memory-peak", $"resident memory, peak of 20 batches of 5,000, {_size}", "MB",
            [Of(Contender.Baseline, () => stage.Baseline), Of(Contender.Product, () => stage.Product)], [Goal.Within(280, "MB")])
        {
            Rounds = 1,
        };
    }

    /// <summary>The same items and values for every contender of a round, and never those of the round before.</summary>
    private Item[] Picked(int round, int editions, int count)
    {
        var numbers = Enumerable.Range(1, stage.Products).ToArray();
        new Random(round).Shuffle(numbers);
        return [.. numbers.Take(count).Select(n => new Item(n, editions + round + pace.WarmUps))];
    }

    private Item[] Fresh(int round) =>
        [.. Enumerable.Range(stage.Products + 1 + (round + pace.WarmUps) * SyncBatch, SyncBatch).Select(n => new Item(n, 0))];
}
