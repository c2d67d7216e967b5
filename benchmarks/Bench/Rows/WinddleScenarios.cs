using System.Globalization;

namespace PixeeEvents.Bench.Rows;

/// <summary>Rows of the Winddle face: its list with everything that belongs to a product, and its create.</summary>
internal sealed class WinddleScenarios(WinddleStage stage, Load load, Pace pace)
{
    private const int Connections = 16;
    private const int Clients = 8;
    private const int PageSize = 100;

    /// <summary>The list has its goal against the baseline at this size.</summary>
    private const int GoalFrom = 100_000;

    private readonly string _size = $"{Number(stage.Products)} products of 3 variants";

    /// <summary>The row that makes the catalogue grow comes last.</summary>
    public IEnumerable<Scenario> All() => [List(), Create()];

    /// <summary>The same pages on a small and on a large catalogue, product only.</summary>
    public static IEnumerable<Scenario> Depth(WinddleStage small, WinddleStage large, Load load)
    {
        var role = $"at {Number(small.Products)}";
        foreach (var last in (bool[])[false, true])
        {
            Contender Of(string who, WinddleStage stage) => new(who, (round, cancellationToken) =>
                load.Rate(stage.Product, "GET", last ? [Pages(stage)[^1]] : Pages(stage), Connections, round, cancellationToken));
            yield return new Scenario(
                $"depth-winddle{(last ? "-last" : "")}",
                $"Winddle list, {(last ? "last" : "any")} page of {PageSize}, {Number(large.Products)} products against {role[3..]}",
                "/s", [Of(role, small), Of(Contender.Product, large)], [Goal.SlowerThan(1.2, role)]);
        }
    }

    private Scenario List()
    {
        Contender Of(string role, Func<Service> service) => new(role, (round, cancellationToken) =>
            load.Rate(service(), "GET", Pages(stage), Connections, round, cancellationToken));
        return new Scenario(
            "winddle-list", $"Winddle list, any page of {PageSize}, {_size}", "/s",
            [Of(Contender.Baseline, () => stage.Baseline), Of(Contender.Product, () => stage.Product)],
            stage.Products >= GoalFrom ? [Goal.ProductAtLeast(3, Contender.Baseline)] : [])
        {
            Prepare = async cancellationToken =>
            {
                await stage.Compare(Pages(stage)[0], cancellationToken);
                await stage.Compare(Pages(stage)[^1], cancellationToken);
            },
        };
    }

    private Scenario Create()
    {
        var lines = Enumerable.Range(0, 200).Select(n => new Item(n, Edition: 0))
            .Select(i => "/api/v1/products\t" + i.Winddle("#")).ToArray();
        return new Scenario(
            "winddle-create", $"Winddle create, {Clients} clients, {_size}", "/s",
            [
                new(Contender.Floor, (round, cancellationToken) =>
                    stage.Floor.CreateRate(round + pace.WarmUps, Clients, TimeSpan.FromSeconds(pace.LoadSeconds), cancellationToken)),
                new(Contender.Product, (round, cancellationToken) =>
                    load.Rate(stage.Product, "POST", lines, Clients, round + pace.WarmUps, cancellationToken)),
            ],
            [Goal.ProductAtLeast(0.8, Contender.Floor)]);
    }

    private static string[] Pages(Stage stage) =>
        [
            .. Enumerable.Range(1, (stage.Products + PageSize - 1) / PageSize)
            .Select(p => string.Create(CultureInfo.InvariantCulture, $"/api/v1/products?page={p}&per_page={PageSize}"))];

    private static string Number(int count) => count.ToString("N0", CultureInfo.InvariantCulture);
}
