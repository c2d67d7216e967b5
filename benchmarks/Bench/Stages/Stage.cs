using System.Globalization;

namespace PixeeEvents.Bench.Stages;

/// <summary>One catalogue size: the seeded databases of product, baseline and floor, and the running services.</summary>
internal class Stage(Cluster cluster, Installation installation, int products) : IAsyncDisposable
{
    private readonly Participant<Service> _product = new();
    private readonly Participant<Service> _traced = new();
    private readonly Participant<Service> _baseline = new();
    private readonly Participant<Floor> _floor = new();

    public int Products => products;

    public Service Product => _product.Value;

    /// <summary>A second product on the same database, which exports a tenth of its traces, its metrics and its log.</summary>
    public Service Traced => _traced.Value;

    public Service Baseline => _baseline.Value;

    public Floor Floor => _floor.Value;

    protected string ProductDatabase => $"product_{Name}";

    protected string BaselineDatabase => $"baseline_{Name}";

    protected string FloorDatabase => $"floor_{Name}";

    protected virtual string Name => products.ToString(CultureInfo.InvariantCulture);

    protected virtual Credential Credential => Credential.ApiKey;

    protected Cluster Cluster => cluster;

    /// <summary>Fills the databases of both services, then copies the product's for the floor.</summary>
    public async Task Seed(CancellationToken cancellationToken)
    {
        await cluster.Create(ProductDatabase, cancellationToken);
        await cluster.Create(BaselineDatabase, cancellationToken);
        await Fill(cancellationToken);
        await Stop();
        foreach (var database in (string[])[ProductDatabase, BaselineDatabase])
            await cluster.Execute(database, "vacuum (analyze)", cancellationToken);
        await cluster.Clone(ProductDatabase, FloorDatabase, cancellationToken);
        await cluster.Execute("postgres", "checkpoint", cancellationToken);
    }

    public Task StartProduct(CancellationToken cancellationToken) => _product.Start(
        () => Service.StartProduct(installation, cluster.ConnectionString(ProductDatabase), Credential, cancellationToken),
        cancellationToken);

    public Task StartTraced(Uri collector, CancellationToken cancellationToken) => _traced.Start(
        () => Service.StartProduct(
            installation, cluster.ConnectionString(ProductDatabase), Credential, cancellationToken, new Dictionary<string, string>
            {
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.AbsoluteUri,
                ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
                ["OTEL_TRACES_SAMPLER"] = "parentbased_traceidratio",
                ["OTEL_TRACES_SAMPLER_ARG"] = "0.1",
            }),
        cancellationToken);

    public Task StartBaseline(CancellationToken cancellationToken) => _baseline.Start(
        () => Service.StartBaseline(installation, cluster.ConnectionString(BaselineDatabase), cancellationToken), cancellationToken);

    public virtual Task OpenFloor(CancellationToken cancellationToken) =>
        _floor.Start(() => Floor.Open(cluster.ConnectionString(FloorDatabase), cancellationToken), cancellationToken);

    public virtual async Task Stop()
    {
        await _product.Stop();
        await _traced.Stop();
        await _baseline.Stop();
        await _floor.Stop();
    }

    public async ValueTask DisposeAsync() => await Stop();

    /// <summary>Through their own sync.</summary>
    protected virtual async Task Fill(CancellationToken cancellationToken)
    {
        await StartProduct(cancellationToken);
        await StartBaseline(cancellationToken);
        await _product.Try(Sync, cancellationToken);
        await _baseline.Try(Sync, cancellationToken);
    }

    private async Task Sync(Service service, CancellationToken cancellationToken)
    {
        foreach (var chunk in Enumerable.Range(1, products).Chunk(1000))
            await service.Push("products/sync", Item.Sync(chunk.Select(n => new Item(n, Edition: 0))), cancellationToken);
    }
}
