using System.Globalization;

namespace PixeeEvents.Bench.Rows;

/// <summary>What telemetry costs: the product that exports it against the product that does not, on one database.</summary>
internal sealed class TelemetryScenarios(Stage stage, Load load, Pace pace, Collector collector)
{
    private const string Untraced = "without";

    public IEnumerable<Scenario> All()
    {
        var random = new Random(3);
        var items = Enumerable.Range(0, 2000).Select(_ => new Item(random.Next(1, stage.Products + 1), 0)).Distinct().ToArray();
        return
        [
            Row("telemetry-get", "get by reference", "/s", Goal.ProductAtLeast(0.95, Untraced), (service, round, cancellationToken) =>
                load.Rate(service, "GET", [.. items.Select(i => $"/api/v1/windev/products/{i.Reference}")], 16, round, cancellationToken)),
            Row("telemetry-patch", "one product PATCH, 8 clients", "/s", Goal.ProductAtLeast(0.95, Untraced), (service, round, cancellationToken) =>
                load.Rate(
                    service, "PATCH",
                    [
                        .. items.Select(
                            i => $$"""/api/v1/windev/products/{{i.Reference}}{{'\t'}}{"description": "{{service.Address.Port}} #"}""")],
                    8, round + pace.WarmUps + 1, cancellationToken)),
            Row("telemetry-stock", "stock/update, 5,000 changed", "ms", Goal.ProductAtMost(1.05, Untraced), (service, round, cancellationToken) =>
                service.Push("stock/update", Item.Stocks(Changed(service, round)), cancellationToken)),
        ];
    }

    private Scenario Row(
        string name, string work, string unit, Goal goal, Func<Service, int, CancellationToken, Task<double>> run) =>
        new(
            name,
            $"{work}, {stage.Products.ToString("N0", CultureInfo.InvariantCulture)} products, telemetry exported, a tenth of the traces",
            unit,
            [
                new Contender(Untraced, (round, cancellationToken) => run(stage.Product, round, cancellationToken)),
                new Contender(Contender.Product, async (round, cancellationToken) =>
                {
                    var value = await run(stage.Traced, round, cancellationToken);
                    await collector.HasTraces.WaitAsync(TimeSpan.FromSeconds(30), cancellationToken);
                    return value;
                }),
            ],
            [goal])
        {
            Prepare = cancellationToken => stage.StartTraced(collector.Url, cancellationToken),
        };

    private IEnumerable<Item> Changed(Service service, int round) => Enumerable.Range(1, 5000)
        .Select(n => new Item(n, 8000 + 2 * (round + pace.WarmUps) + (ReferenceEquals(service, stage.Product) ? 0 : 1)));
}
