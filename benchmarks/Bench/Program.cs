using System.CommandLine;
using PixeeEvents.Bench;

var products = new Option<string>("--products")
{
    Description = "Catalogue sizes, separated by commas.",
    DefaultValueFactory = _ => "10000,100000",
};
var only = new Option<string>("--only") { Description = "Names of the rows to run, separated by commas.", DefaultValueFactory = _ => "" };
var pace = new Option<string>("--pace")
{
    Description =
        "short takes about 50 minutes for two sizes, full over an hour; quick shows that every row works, and its figures mean little.",
    DefaultValueFactory = _ => "short",
};
pace.AcceptOnlyFromAmong("short", "full", "quick");
var product = new Option<string?>("--product") { Description = "PixeeEvents.Server.dll to measure." };
var baseline = new Option<string?>("--baseline") { Description = "PixeeEvents.Baseline.dll to measure." };
var command = new RootCommand("Measures the product, an EF Core baseline and bare SQL, interleaved, on one throw-away PostgreSQL.")
{
    products, only, pace, product, baseline,
};
command.SetAction((parsed, cancellationToken) => Measure(
    [.. Split(parsed.GetValue(products)).Select(int.Parse).Order()],
    Split(parsed.GetValue(only)),
    parsed.GetValue(pace) switch { "full" => Pace.Full, "quick" => Pace.Quick, _ => Pace.Short },
    Installation.Find(parsed.GetValue(product), parsed.GetValue(baseline)),
    cancellationToken));
return await command.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromMinutes(1) });

static string[] Split(string? list) => (list ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

static async Task<int> Measure(int[] sizes, string[] only, Pace pace, Installation installation, CancellationToken cancellationToken)
{
    await using var cluster = await Cluster.Start(cancellationToken);
    var report = new Report();
    var runner = new Runner(pace, only, cluster, report);
    var load = new Load(cluster, pace);
    var stages = Array.ConvertAll(sizes, size => new Stage(cluster, installation, size));
    await using var collector = new Collector();
    var winddle = Array.ConvertAll(sizes, size => new WinddleStage(cluster, installation, size));
    try
    {
        await MeasureLog(cluster, runner, cancellationToken);
        await runner.Run(StartScenario.Of(cluster, installation), cancellationToken);
        foreach (var row in new WebhookScenarios(cluster, installation, pace).All())
            await runner.Run(row, cancellationToken);
        await MeasureHttp(
            stages, stage => Rows(stage, load, pace, collector), (small, large) => ReadScenarios.Depth(small, large, load), runner,
            cancellationToken);
        await MeasureHttp(
            winddle, stage => [.. new WinddleScenarios(stage, load, pace).All()],
            (small, large) => WinddleScenarios.Depth(small, large, load), runner, cancellationToken);
    }
    finally
    {
        foreach (var stage in stages.Concat(winddle))
            await stage.DisposeAsync();
        Console.WriteLine(report.Markdown(pace));
    }
    return report.ExitCode;
}

static async Task MeasureLog(Cluster cluster, Runner runner, CancellationToken cancellationToken)
{
    await using var log = new LogScenarios(cluster);
    var rows = log.All().ToArray();
    if (!WantsAny(runner, rows))
        return;
    await runner.Attempt("log", log.Prepare, cancellationToken);
    foreach (var row in rows)
        await runner.Run(row, cancellationToken);
}

static async Task MeasureHttp<TStage>(
    TStage[] stages, Func<TStage, Scenario[]> rowsOf, Func<TStage, TStage, IEnumerable<Scenario>> depthOf, Runner runner,
    CancellationToken cancellationToken)
    where TStage : Stage
{
    Scenario[] depth = stages.Length > 1 ? [.. depthOf(stages[0], stages[^1])] : [];
    if (!WantsAny(runner, [.. stages.SelectMany(rowsOf), .. depth]))
        return;
    foreach (var stage in stages)
    {
        Console.Error.WriteLine($"{TimeProvider.System.GetLocalNow():HH:mm:ss} Seeding {stage.Products} products");
        await runner.Attempt($"seeding {stage.Products} products", stage.Seed, cancellationToken);
    }
    if (WantsAny(runner, depth))
    {
        await stages[0].StartProduct(cancellationToken);
        await stages[^1].StartProduct(cancellationToken);
        foreach (var row in depth)
            await runner.Run(row, cancellationToken);
        await stages[0].Stop();
        await stages[^1].Stop();
    }
    foreach (var stage in stages)
    {
        await stage.StartProduct(cancellationToken);
        await stage.StartBaseline(cancellationToken);
        await stage.OpenFloor(cancellationToken);
        foreach (var row in rowsOf(stage))
            await runner.Run(row, cancellationToken);
        await stage.Stop();
    }
}

static Scenario[] Rows(Stage stage, Load load, Pace pace, Collector collector)
{
    var writes = new WriteScenarios(stage, load, pace);
    return [
        writes.IdleMemory(), .. new ReadScenarios(stage, load).All(), .. writes.All(),
        .. new TelemetryScenarios(stage, load, pace, collector).All()];
}

static bool WantsAny(Runner runner, Scenario[] rows) => rows.Any(row => runner.Wants(row.Name));
