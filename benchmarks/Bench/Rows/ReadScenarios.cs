using System.Globalization;

namespace PixeeEvents.Bench.Rows;

/// <summary>Rows that read: both services under the same constant load.</summary>
internal sealed class ReadScenarios(Stage stage, Load load)
{
    private const int Connections = 16;

    /// <summary>Search and since have their goals at this size.</summary>
    private const int SearchGoalFrom = 100_000;
    private readonly string _size = $"{stage.Products.ToString("N0", CultureInfo.InvariantCulture)} products";

    public IEnumerable<Scenario> All()
    {
        double? atSize = stage.Products >= SearchGoalFrom ? 10 : null;
        return
        [
            Row(
                "list-100", "list, page of 100", 10,
                (service, cancellationToken) => Pages(service, "products?limit=100", 100, cancellationToken)),
            Row(
                "list-500", "list, page of 500", 5,
                (service, cancellationToken) => Pages(service, "products?limit=500", 500, cancellationToken)),
            Row("get-reference", "get by reference", 2, (_, _) => Lines(n => $"products/{new Item(n, 0).Reference}")),
            Row("get-ean", "get by EAN", 2, (_, _) => Lines(n => $"products/{new Item(n, 0).Ean}")),
            Row("search-rare", "search, about 10 hits", atSize, (_, _) => Lines(n => $"products?search={new Item(n, 0).Reference[..^1]}")),
            Row(
                "search-frequent", "search, 5 % hits, first page", atSize,
                (_, _) => Lines(n => $"products?search={Uri.EscapeDataString(Item.FrequentWord(n))}")),
            Row("since-1000", "since, 1,000 changes, page of 500", atSize, SinceChanges),
            Row("since-none", "since, no change", atSize, SinceNothing),
        ];
    }

    /// <summary>The same pages on a small and on a large catalogue, product only.</summary>
    public static IEnumerable<Scenario> Depth(Stage small, Stage large, Load load)
    {
        var role = $"at {small.Products.ToString("N0", CultureInfo.InvariantCulture)}";
        foreach (var (name, path) in ((string, string)[])[("list", "products?limit=100"), ("since", "products/since/0?limit=100")])
        {
            foreach (var last in (bool[])[false, true])
            {
                var row = $"depth-{name}{(last ? "-last" : "")}";
                Contender Of(string who, Stage stage)
                {
                    Service? guest = null;
                    return new Contender(who, async (round, cancellationToken) =>
                    {
                        guest ??= await stage.Product.AsGuest(row, cancellationToken);
                        var pages = await Pages(guest, path, 100, cancellationToken);
                        return await load.Rate(guest, "GET", last ? [pages[^1]] : pages, Connections, round, cancellationToken);
                    });
                }
                yield return new Scenario(
                    row,
                    $"{name}, {(last ? "last" : "any")} page of 100, {large.Products.ToString("N0", CultureInfo.InvariantCulture)} products against {role[3..]}",
                    "/s", [Of(role, small), Of(Contender.Product, large)], [Goal.SlowerThan(1.2, role)]);
            }
        }
    }

    private Scenario Row(string name, string work, double? goal, Func<Service, CancellationToken, Task<string[]>> requests)
    {
        Contender Of(string role, Func<Service> service)
        {
            (Service Service, string[] Lines)? ready = null;
            return new Contender(role, async (round, cancellationToken) =>
            {
                if (ready is null)
                {
                    // What the service remembers of a key's walks must not reach from one row into another.
                    var guest = await service().AsGuest(name, cancellationToken);
                    ready = (guest, await requests(guest, cancellationToken));
                }
                return await load.Rate(ready.Value.Service, "GET", ready.Value.Lines, Connections, round, cancellationToken);
            });
        }
        return new Scenario(
            name, $"{work}, {_size}", "/s",
            [Of(Contender.Baseline, () => stage.Baseline), Of(Contender.Product, () => stage.Product)],
            goal is null ? [] : [Goal.ProductAtLeast(goal.Value, Contender.Baseline)]);
    }

    private Task<string[]> Lines(Func<int, string> path)
    {
        var random = new Random(1);
        return Task.FromResult(
            Enumerable.Range(0, 2000).Select(_ => $"/api/v1/windev/{path(random.Next(1, stage.Products + 1))}").ToArray());
    }

    private static async Task<string[]> Pages(Service service, string path, int limit, CancellationToken cancellationToken)
    {
        var pages = (await service.Total(path, cancellationToken) + limit - 1) / limit;
        return [.. Enumerable.Range(1, Math.Max(pages, 1)).Select(page => $"/api/v1/windev/{path}&page={page}")];
    }

    private static Task<string[]> SinceChanges(Service service, CancellationToken cancellationToken) =>
        Since(service, 1000, cancellationToken);

    private static Task<string[]> SinceNothing(Service service, CancellationToken cancellationToken) =>
        Since(service, 0, cancellationToken);

    /// <summary>A client that has seen everything asks again, with another timestamp, after some stocks have changed.</summary>
    private static async Task<string[]> Since(Service service, int changes, CancellationToken cancellationToken)
    {
        if (service.RemembersWalks)
            await Walk(service, cancellationToken);
        var since = await NextSecond(cancellationToken);
        if (changes > 0)
            await service.Push(
                "stock/update", Item.Stocks(Enumerable.Range(1, changes).Select(n => new Item(n, Edition: 999))), cancellationToken);
        var path = string.Create(CultureInfo.InvariantCulture, $"products/since/{since}?limit=500");
        var total = await service.Total(path, cancellationToken);
        return total == changes
            ? await Pages(service, path, 500, cancellationToken)
            : throw new InvalidOperationException($"since {since} lists {total} products, not {changes}");
    }

    /// <summary>Reads all pages from the beginning of time, in order, as a new client does.</summary>
    private static async Task Walk(Service service, CancellationToken cancellationToken)
    {
        foreach (var page in await Pages(service, "products/since/0?limit=500", 500, cancellationToken))
            await service.Total(page["/api/v1/windev/".Length..], cancellationToken);
    }

    /// <summary>A timestamp in whole seconds that no earlier change reaches.</summary>
    private static async Task<long> NextSecond(CancellationToken cancellationToken)
    {
        await Task.Delay(1100, cancellationToken);
        return TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
    }
}
