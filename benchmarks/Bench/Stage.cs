namespace PixeeEvents.Bench;

/// <summary>One catalogue size: the seeded databases of product, baseline and floor, and the running services.</summary>
internal sealed class Stage(Cluster cluster, Installation installation, int products) : IAsyncDisposable
{
    private readonly string _productDatabase = $"product_{products}";
    private readonly string _baselineDatabase = $"baseline_{products}";
    private readonly string _floorDatabase = $"floor_{products}";
    private readonly Participant<Service> _product = new();
    private readonly Participant<Service> _baseline = new();
    private readonly Participant<Floor> _floor = new();

    public int Products => products;

    public Service Product => _product.Value;

    public Service Baseline => _baseline.Value;

    public Floor Floor => _floor.Value;

    /// <summary>Fills both services through their own sync, then copies the product's database for the floor.</summary>
    public async Task Seed(CancellationToken cancellationToken)
    {
        await cluster.Create(_productDatabase, cancellationToken);
        await cluster.Create(_baselineDatabase, cancellationToken);
        await StartProduct(cancellationToken);
        await StartBaseline(cancellationToken);
        await _product.Try(Fill, cancellationToken);
        await _baseline.Try(Fill, cancellationToken);
        await Stop();
        foreach (var database in (string[])[_productDatabase, _baselineDatabase])
            await cluster.Execute(database, "vacuum (analyze)", cancellationToken);
        await cluster.Clone(_productDatabase, _floorDatabase, cancellationToken);
        await cluster.Execute("postgres", "checkpoint", cancellationToken);
    }

    public Task StartProduct(CancellationToken cancellationToken) => _product.Start(
        () => Service.StartProduct(installation, cluster.ConnectionString(_productDatabase), cancellationToken), cancellationToken);

    public Task StartBaseline(CancellationToken cancellationToken) => _baseline.Start(
        () => Service.StartBaseline(installation, cluster.ConnectionString(_baselineDatabase), cancellationToken), cancellationToken);

    public Task OpenFloor(CancellationToken cancellationToken) =>
        _floor.Start(() => Floor.Open(cluster.ConnectionString(_floorDatabase), cancellationToken), cancellationToken);

    public async Task Stop()
    {
        await _product.Stop();
        await _baseline.Stop();
        await _floor.Stop();
    }

    public async ValueTask DisposeAsync() => await Stop();

    private async Task Fill(Service service, CancellationToken cancellationToken)
    {
        foreach (var chunk in Enumerable.Range(1, products).Chunk(1000))
            await service.Push("products/sync", Item.Sync(chunk.Select(n => new Item(n, Edition: 0))), cancellationToken);
    }

    /// <summary>A participant that could not be set up throws its reason whenever it is asked for, so that its rows fail with it.</summary>
    private sealed class Participant<T>
        where T : class, IAsyncDisposable
    {
        private T? _value;
        private string? _failure;

        public T Value => _failure is null && _value is not null ? _value : throw new InvalidOperationException(_failure ?? "not started");

        public async Task Start(Func<Task<T>> start, CancellationToken cancellationToken)
        {
            try
            {
                if (_failure is null)
                    _value = await start();
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                _failure = $"could not be started: {e.Message}";
            }
        }

        public async Task Try(Func<T, CancellationToken, Task> step, CancellationToken cancellationToken)
        {
            try
            {
                if (_value is not null)
                    await step(_value, cancellationToken);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                _failure = $"could not be filled: {e.Message}";
            }
        }

        public async Task Stop()
        {
            if (_value is not null)
                await _value.DisposeAsync();
            _value = null;
        }
    }
}
