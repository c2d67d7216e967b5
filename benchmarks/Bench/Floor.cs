using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using Npgsql;
using NpgsqlTypes;

namespace PixeeEvents.Bench;

/// <summary>Stores by bare SQL, in a copy of the product's own seeded database, what the product stores for the same call.</summary>
internal sealed class Floor : IAsyncDisposable
{
    private const string Headers =
        """{"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "key": "0198f3c2-7d51-7c33-8f3e-6b6f3a1f2c11", "face": "windev"}""";

    private static readonly JsonSerializerOptions Terse = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    private readonly NpgsqlDataSource _source;
    private readonly string _tenant;
    private readonly Dictionary<string, Streams> _streams;

    private Floor(NpgsqlDataSource source, string tenant, Dictionary<string, Streams> streams)
    {
        _source = source;
        _tenant = tenant;
        _streams = streams;
    }

    private delegate (byte[] Body, byte[] State) Describe(Item item, Guid product);

    private sealed record Streams(Guid Product, Guid Stock, Guid Price);

    private sealed record Row(Guid Stream, Guid Product, Item Item, byte[] Body, byte[] State);

    public static async Task<Floor> Open(string connectionString, CancellationToken cancellationToken)
    {
        var source = NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(connectionString) { MaxAutoPrepare = 50, AutoPrepareMinUsages = 1 }.ConnectionString);
        try
        {
            await using var extension = source.CreateCommand("""create extension if not exists "uuid-ossp" """);
            await extension.ExecuteNonQueryAsync(cancellationToken);
            await using var list = source.CreateCommand(FloorSql.ListProducts);
            var streams = new Dictionary<string, Streams>(StringComparer.Ordinal);
            string? tenant = null;
            await using var reader = await list.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                streams[reader.GetString(0)] = new Streams(reader.GetGuid(1), reader.GetGuid(2), reader.GetGuid(3));
                tenant = reader.GetString(4);
            }
            if (tenant is null)
                throw new InvalidOperationException("No product is stored.");
            return new Floor(source, tenant, streams);
        }
        catch
        {
            await source.DisposeAsync();
            throw;
        }
    }

    public Task<double> PushStocks(Item[] items, CancellationToken cancellationToken) =>
        Timed(items, [(FloorSql.StoreStocks, "stock_level_set", Rows(items, s => s.Stock, StockSet))], cancellationToken);

    public Task<double> PushPrices(Item[] items, CancellationToken cancellationToken) =>
        Timed(items, [(FloorSql.StorePrices, "price_set", Rows(items, s => s.Price, PriceSet))], cancellationToken);

    /// <summary>All items are looked up; those in <paramref name="changed"/> get a new name, price and stock.</summary>
    public Task<double> Sync(Item[] items, Item[] changed, CancellationToken cancellationToken) => Timed(
        items,
        [
            (FloorSql.StoreSyncedStocks, "stock_level_set", Rows(changed, s => s.Stock, StockSet)),
            (FloorSql.StoreSyncedPrices, "price_set", Rows(changed, s => s.Price, PriceSet)),
            (FloorSql.StoreSyncedNames, "product_details_changed", Rows(changed, s => s.Product, Renamed)),
        ],
        cancellationToken);

    public Task<double> Create(Item[] items, CancellationToken cancellationToken)
    {
        var fresh = items.Select(i => (Item: i, Streams: new Streams(Guid.CreateVersion7(), Guid.NewGuid(), Guid.NewGuid()))).ToArray();
        Row[] Of(Func<Streams, Guid> stream, Describe describe) => [.. fresh.Select(f => RowOf(f.Item, f.Streams, stream, describe))];
        return Timed(
            items,
            [
                (FloorSql.CreateProducts, "product_registered", Of(s => s.Product, Registered)),
                (FloorSql.CreateStocks, "stock_level_set", Of(s => s.Stock, StockSet)),
                (FloorSql.CreatePrices, "price_set", Of(s => s.Price, PriceSet)),
            ],
            cancellationToken);
    }

    /// <summary>Transactions per second of <paramref name="clients"/> clients, each changing one attribute of one product at a time.</summary>
    public async Task<double> PatchRate(Item[] items, int clients, TimeSpan duration, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        var counts = await Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(
            async () =>
            {
                var done = 0;
                await using var connection = await _source.OpenConnectionAsync(cancellationToken);
                for (var i = client; watch.Elapsed < duration; i += clients, done++)
                    await Patch(connection, items[i % items.Length], done, cancellationToken);
                return done;
            },
            cancellationToken)));
        return counts.Sum() / watch.Elapsed.TotalSeconds;
    }

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    private async Task Patch(NpgsqlConnection connection, Item item, int number, CancellationToken cancellationToken)
    {
        await using var resolve = new NpgsqlCommand(FloorSql.ResolveReference, connection);
        resolve.Parameters.AddWithValue(_tenant);
        resolve.Parameters.AddWithValue(item.Reference);
        await using (var reader = await resolve.ExecuteReaderAsync(cancellationToken))
            await reader.ReadAsync(cancellationToken);
        var (body, state) = Described(item, $"Fiche {number}");
        var product = _streams[item.Ean].Product;
        await using var store = Command(connection, FloorSql.StoreDetails, "product_details_changed", [new Row(product, product, item, body, state)]);
        await store.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task<double> Timed(Item[] items, (string Sql, string Type, Row[] Rows)[] statements, CancellationToken cancellationToken)
    {
        var eans = Array.ConvertAll(items, i => i.Ean);
        await using var connection = await _source.OpenConnectionAsync(cancellationToken);
        await using var resolve = new NpgsqlCommand(FloorSql.ResolveEans, connection);
        var stores = Array.ConvertAll(statements, s => Command(connection, s.Sql, s.Type, s.Rows));
        var watch = Stopwatch.StartNew();
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        resolve.Parameters.AddWithValue(_tenant);
        resolve.Parameters.AddWithValue(eans);
        await using (var reader = await resolve.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
                _ = reader.GetGuid(1);
        }
        foreach (var store in stores)
        {
            await using (store)
                await store.ExecuteNonQueryAsync(cancellationToken);
        }
        await transaction.CommitAsync(cancellationToken);
        return watch.Elapsed.TotalMilliseconds;
    }

    private NpgsqlCommand Command(NpgsqlConnection connection, string sql, string type, Row[] rows)
    {
        var store = new NpgsqlCommand(sql, connection);
        store.Parameters.AddWithValue(_tenant);
        store.Parameters.AddWithValue(Array.ConvertAll(rows, r => r.Stream));
        store.Parameters.AddWithValue(Array.ConvertAll(rows, r => r.Product));
        store.Parameters.AddWithValue(Array.ConvertAll(rows, _ => Guid.CreateVersion7()));
        store.Parameters.AddWithValue(NpgsqlDbType.Array | NpgsqlDbType.Jsonb, Array.ConvertAll(rows, r => r.Body));
        store.Parameters.AddWithValue(NpgsqlDbType.Array | NpgsqlDbType.Jsonb, Array.ConvertAll(rows, r => r.State));
        store.Parameters.AddWithValue(Array.ConvertAll(rows, r => r.Item.PriceHt));
        store.Parameters.AddWithValue(Array.ConvertAll(rows, r => r.Item.PriceTtc));
        store.Parameters.AddWithValue(Array.ConvertAll(rows, r => (long)r.Item.Stock));
        store.Parameters.AddWithValue(Array.ConvertAll(rows, r => r.Item.Name));
        store.Parameters.AddWithValue(type);
        store.Parameters.AddWithValue("4bf92f3577b34da6a3ce929d0e0e4736");
        store.Parameters.AddWithValue(NpgsqlDbType.Jsonb, Headers);
        return store;
    }

    private Row[] Rows(Item[] items, Func<Streams, Guid> stream, Describe describe) =>
        Array.ConvertAll(items, i => RowOf(i, _streams[i.Ean], stream, describe));

    private static Row RowOf(Item item, Streams streams, Func<Streams, Guid> stream, Describe describe)
    {
        var (body, state) = describe(item, streams.Product);
        return new Row(stream(streams), streams.Product, item, body, state);
    }

    private static (byte[] Body, byte[] State) StockSet(Item item, Guid product) => (
        Json(new { ProductId = product, SupplierCode = (string?)null, Level = item.Stock, Was = item.Stock + 1 }),
        Json(new { Generic = item.Stock, BySupplier = new { } }));

    private static (byte[] Body, byte[] State) PriceSet(Item item, Guid product) => (
        Json(new
        {
            ProductId = product,
            Cost = item.PriceHt,
            SellingPrice = item.PriceTtc,
            TaxRate = (decimal?)null,
            WasCost = item.PriceHt,
            WasSellingPrice = item.PriceTtc,
            WasTaxRate = (decimal?)null,
        }),
        Json(new { Cost = item.PriceHt, SellingPrice = item.PriceTtc, TaxRate = (decimal?)null }));

    private static (byte[] Body, byte[] State) Renamed(Item item, Guid product) => (
        Json(new { Changes = new { name = new { Before = item.Name, After = item.Name } } }), State(item, description: null));

    private static (byte[] Body, byte[] State) Described(Item item, string description) => (
        Json(new { Changes = new { description = new { Before = description, After = description } } }), State(item, description));

    private static (byte[] Body, byte[] State) Registered(Item item, Guid product) => (
        Json(new { Fields = Fields(item, description: null) }), State(item, description: null));

    private static byte[] State(Item item, string? description) => Json(new { Exists = true, IsActive = true, Fields = Fields(item, description) });

    private static object Fields(Item item, string? description) =>
        new { ean = item.Ean, name = item.Name, brand = item.Brand, weight = item.Weight, reference = item.Reference, description };

    private static byte[] Json(object value) => JsonSerializer.SerializeToUtf8Bytes(value, value.GetType(), Terse);
}
