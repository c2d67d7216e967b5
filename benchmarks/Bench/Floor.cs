using System.Diagnostics;
using System.Text.Json;
using Npgsql;
using NpgsqlTypes;

namespace PixeeEvents.Bench;

/// <summary>Stores by bare SQL, in a copy of the product's own seeded database, what the product stores for the same call.</summary>
internal sealed class Floor : IAsyncDisposable
{
    private const string Headers =
        """{"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "key": "0198f3c2-7d51-7c33-8f3e-6b6f3a1f2c11", "face": "windev"}""";

    private readonly NpgsqlDataSource _source;
    private readonly string _tenant;
    private readonly Dictionary<string, Streams> _streams;

    private Floor(NpgsqlDataSource source, string tenant, Dictionary<string, Streams> streams)
    {
        _source = source;
        _tenant = tenant;
        _streams = streams;
    }

    private sealed record Streams(Guid Product, Guid Stock, Guid Price);

    private sealed record Row(Guid Stream, Guid Product, Item Item, byte[] Body);

    public static async Task<Floor> Open(string connectionString, CancellationToken cancellationToken)
    {
        var source = NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(connectionString) { MaxAutoPrepare = 50, AutoPrepareMinUsages = 1 }.ConnectionString);
        try
        {
            await using var extension = source.CreateCommand("""create extension if not exists "uuid-ossp" """);
            await extension.ExecuteNonQueryAsync(cancellationToken);
            await using var tenantOf = source.CreateCommand(FloorSql.Tenant);
            var tenant = (string)(await tenantOf.ExecuteScalarAsync(cancellationToken) ?? throw new InvalidOperationException("No product is stored."));
            await using var list = source.CreateCommand(FloorSql.ListProducts);
            list.Parameters.AddWithValue(tenant);
            var streams = new Dictionary<string, Streams>(StringComparer.Ordinal);
            await using var reader = await list.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
                streams[reader.GetString(0)] = new Streams(reader.GetGuid(1), reader.GetGuid(2), reader.GetGuid(3));
            return new Floor(source, tenant, streams);
        }
        catch
        {
            await source.DisposeAsync();
            throw;
        }
    }

    public Task<double> PushStocks(Item[] items, CancellationToken cancellationToken) =>
        Timed(items, [(FloorSql.StoreStocks, "stock_level_set", Rows(items, s => s.Stock, StockBody))], cancellationToken);

    public Task<double> PushPrices(Item[] items, CancellationToken cancellationToken) =>
        Timed(items, [(FloorSql.StorePrices, "price_set", Rows(items, s => s.Price, PriceBody))], cancellationToken);

    /// <summary>All items are looked up; those in <paramref name="changed"/> get a new name, price and stock.</summary>
    public Task<double> Sync(Item[] items, Item[] changed, CancellationToken cancellationToken) => Timed(
        items,
        [
            (FloorSql.StoreSyncedStocks, "stock_level_set", Rows(changed, s => s.Stock, StockBody)),
            (FloorSql.StoreSyncedPrices, "price_set", Rows(changed, s => s.Price, PriceBody)),
            (FloorSql.StoreSyncedDetails, "product_details_changed", Rows(changed, s => s.Product, NameBody)),
        ],
        cancellationToken);

    public Task<double> Create(Item[] items, CancellationToken cancellationToken)
    {
        var fresh = items.Select(i => (Item: i, Streams: new Streams(Guid.CreateVersion7(), Guid.NewGuid(), Guid.NewGuid()))).ToArray();
        Row[] Of(Func<Streams, Guid> stream, Func<Item, byte[]> body) =>
            [.. fresh.Select(f => new Row(stream(f.Streams), f.Streams.Product, f.Item, body(f.Item)))];
        return Timed(
            items,
            [
                (FloorSql.CreateProducts, "product_registered", Of(s => s.Product, ProductBody)),
                (FloorSql.CreateStocks, "stock_level_set", Of(s => s.Stock, StockBody)),
                (FloorSql.CreatePrices, "price_set", Of(s => s.Price, PriceBody)),
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
        var body = JsonSerializer.SerializeToUtf8Bytes(new { description = $"Fiche {number}" });
        var product = _streams[item.Ean].Product;
        await using var store = Command(connection, FloorSql.StoreDetails, "product_details_changed", [new Row(product, product, item, body)]);
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
        store.Parameters.AddWithValue(Array.ConvertAll(rows, r => r.Item.PriceHt));
        store.Parameters.AddWithValue(Array.ConvertAll(rows, r => r.Item.PriceTtc));
        store.Parameters.AddWithValue(Array.ConvertAll(rows, r => r.Item.Stock));
        store.Parameters.AddWithValue(Array.ConvertAll(rows, r => r.Item.Name));
        store.Parameters.AddWithValue(type);
        store.Parameters.AddWithValue("4bf92f3577b34da6a3ce929d0e0e4736");
        store.Parameters.AddWithValue(NpgsqlDbType.Jsonb, Headers);
        return store;
    }

    private Row[] Rows(Item[] items, Func<Streams, Guid> stream, Func<Item, byte[]> body) =>
        Array.ConvertAll(items, i => new Row(stream(_streams[i.Ean]), _streams[i.Ean].Product, i, body(i)));

    private static byte[] StockBody(Item item) =>
        JsonSerializer.SerializeToUtf8Bytes(new { supplier_code = (string?)null, level = item.Stock, was = (item with { Edition = item.Edition - 1 }).Stock });

    private static byte[] PriceBody(Item item) =>
        JsonSerializer.SerializeToUtf8Bytes(new { price_ht = item.PriceHt, price_ttc = item.PriceTtc, was_ht = item.PriceHt, was_ttc = item.PriceTtc });

    private static byte[] NameBody(Item item) => JsonSerializer.SerializeToUtf8Bytes(new { name = item.Name });

    private static byte[] ProductBody(Item item) => JsonSerializer.SerializeToUtf8Bytes(
        new { reference = item.Reference, ean = item.Ean, name = item.Name, brand = item.Brand, weight = item.Weight });
}
