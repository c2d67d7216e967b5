using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using Npgsql;
using PixeeEvents.EventLog;

namespace PixeeEvents.Bench.Floors;

/// <summary>Stores by bare SQL, in a copy of the product's own seeded database, what the product stores for the same call.</summary>
/// <remarks>Two round trips for each call: the keys, then everything in one batch, which is one transaction. Only they are timed.</remarks>
internal sealed class Floor : IAsyncDisposable
{
    private const int AnnouncedEans = 50;

    private static readonly JsonSerializerOptions Terse = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };
    private static readonly byte[] Headers = JsonSerializer.SerializeToUtf8Bytes(LogDatabase.Caller.Headers);

    private readonly NpgsqlDataSource _source;
    private readonly string _tenant;
    private readonly Dictionary<string, Streams> _streams;

    private Floor(NpgsqlDataSource source, string tenant, Dictionary<string, Streams> streams)
    {
        _source = source;
        _tenant = tenant;
        _streams = streams;
    }

    private enum Facet
    {
        Product,
        Stock,
        Price,
    }

    private sealed class Tip(Guid id, long version)
    {
        public Guid Id => id;

        public long Version { get; set; } = version;
    }

    /// <summary>A product's streams by facet.</summary>
    private sealed record Streams(Tip Product, Tip Stock, Tip Price)
    {
        public Tip this[Facet facet] => facet switch { Facet.Product => Product, Facet.Stock => Stock, _ => Price };
    }

    private sealed record Event(Facet Facet, Guid Stream, long Version, string Type, byte[] Body, byte[] State);

    public static async Task<Floor> Open(string connectionString, CancellationToken cancellationToken)
    {
        var source = Database.Connect(connectionString);
        try
        {
            await using var extension = source.CreateCommand("""create extension if not exists "uuid-ossp" """);
            await extension.ExecuteNonQueryAsync(cancellationToken);
            await using var list = source.CreateCommand("set enable_nestloop = off; " + FloorSql.ListProducts);
            var streams = new Dictionary<string, Streams>(StringComparer.Ordinal);
            string? tenant = null;
            await using var reader = await list.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                tenant = reader.GetString(1);
                streams[reader.GetString(0)] = new Streams(
                    new Tip(reader.GetGuid(2), reader.GetInt64(3)), new Tip(reader.GetGuid(4), reader.GetInt64(5)),
                    new Tip(reader.GetGuid(6), reader.GetInt64(7)));
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

    public Task<double> PushStocks(Item[] items, CancellationToken cancellationToken) => Figures(
        items, Facet.Stock, "stock_level_set", StockSet, "mt_doc_stock", FloorSql.FiguresOfStocks, "stock.updated", cancellationToken);

    public Task<double> PushPrices(Item[] items, CancellationToken cancellationToken) => Figures(
        items, Facet.Price, "price_set", PriceSet, "mt_doc_price", FloorSql.FiguresOfPrices, "price.updated", cancellationToken);

    /// <summary>All items are looked up; those in <paramref name="changed"/> get a new name, price and stock.</summary>
    public Task<double> Sync(Item[] items, Item[] changed, CancellationToken cancellationToken)
    {
        var sorted = Sorted(changed);
        var events = Array.ConvertAll(sorted, i => _streams[i.Ean])
            .Zip(sorted).SelectMany(p => Synced(p.First, p.Second, "product_details_changed", Renamed(p.Second)))
            .ToArray();
        var products = Of(events, Facet.Product);
        var batch = new NpgsqlBatch();
        batch.Add(FloorSql.Advance, Sql.Text(_tenant), Sql.Uuids(events.Select(e => e.Stream)), Sql.Longs(events.Select(e => e.Version)));
        AddEvents(batch, events);
        AddSnapshots(batch, FloorSql.UpdateSnapshots, events);
        batch.Add(FloorSql.FiguresOfSync, FigureParameters(sorted, Array.ConvertAll(products, p => p.Stream), eventsEach: 3));
        batch.Add(FloorSql.Renamed, Sql.Text(_tenant), Sql.Uuids(products.Select(p => p.Stream)), Sql.Longs(products.Select(p => p.Version)),
            Sql.Jsonbs(sorted.Select(i => Json(Fields(i, null)))), Sql.Texts(sorted.Select(i => i.Name)), Sql.Texts(sorted.Select(Search)));
        AddOutbox(batch, sorted, events.Length, "product.updated", "stock.updated", "price.updated");
        return Timed(items, batch, cancellationToken);
    }

    public Task<double> Create(Item[] items, CancellationToken cancellationToken)
    {
        var streams = Array.ConvertAll(
            items, _ => new Streams(new Tip(Guid.CreateVersion7(), 0), new Tip(Guid.NewGuid(), 0), new Tip(Guid.NewGuid(), 0)));
        var ids = Array.ConvertAll(streams, s => s.Product.Id);
        var events = streams.Zip(items).SelectMany(p => Synced(p.First, p.Second, "product_registered", Registered(p.Second))).ToArray();
        var batch = new NpgsqlBatch();
        batch.Add(FloorSql.Begin, Sql.Text(_tenant), Sql.Uuids(events.Select(e => e.Stream)),
            Sql.Texts(events.Select(e => e.Facet switch { Facet.Product => "product", Facet.Stock => "stock", _ => "price" })),
            Sql.Longs(events.Select(e => e.Version)));
        AddEvents(batch, events);
        AddSnapshots(batch, FloorSql.InsertSnapshots, events);
        batch.Add(FloorSql.Keys, Sql.Text(_tenant), Sql.Texts([.. items.Select(_ => "ean"), .. items.Select(_ => "reference")]),
            Sql.Texts([.. items.Select(i => i.Ean), .. items.Select(i => i.Reference)]), Sql.Uuids([.. ids, .. ids]));
        batch.Add(FloorSql.NewFigures, FigureParameters(items, ids, eventsEach: 3));
        batch.Add(FloorSql.Listed, Sql.Text(_tenant), Sql.Uuids(ids), Sql.Texts(items.Select(i => i.Ean)), Sql.Texts(items.Select(i => i.Reference)),
            Sql.Texts(items.Select(i => i.Name)), Sql.Texts(items.Select(i => i.Brand)), Sql.Texts(items.Select(Search)),
            Sql.Jsonbs(items.Select(i => Json(Fields(i, null)))));
        AddOutbox(batch, items, events.Length, "product.created", "stock.updated", "price.updated");
        return Timed(items, batch, cancellationToken);
    }

    /// <summary>
    /// Transactions per second of <paramref name="clients"/> clients, each changing one attribute of one of its products at a time.
    /// </summary>
    public async Task<double> PatchRate(Item[] items, int clients, TimeSpan duration, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        var counts = await Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(
            async () =>
            {
                var done = 0;
                var own = items.Where((_, i) => i % clients == client).ToArray();
                await using var connection = await _source.OpenConnectionAsync(cancellationToken);
                for (; watch.Elapsed < duration; done++)
                    await Patch(connection, own[done % own.Length], done, cancellationToken);
                return done;
            },
            cancellationToken)));
        return counts.Sum() / watch.Elapsed.TotalSeconds;
    }

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    private async Task Patch(NpgsqlConnection connection, Item item, int number, CancellationToken cancellationToken)
    {
        await using (
            var resolve = new NpgsqlCommand(FloorSql.ResolveReference, connection).With(Sql.Text(_tenant), Sql.Text(item.Reference)))
            await resolve.ExecuteScalarAsync(cancellationToken);
        var description = $"Fiche {number}";
        var fields = Fields(item, description);
        var product = _streams[item.Ean].Product;
        product.Version++;
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(FloorSql.AdvanceOne, Sql.Text(_tenant), Sql.Uuid(product.Id), Sql.Long(product.Version));
        batch.Add(FloorSql.EventOne, Sql.Text(_tenant), Sql.Uuid(Guid.CreateVersion7()), Sql.Uuid(product.Id), Sql.Long(product.Version),
            Sql.Jsonb(Json(new { Changes = new { description = new { Before = description, After = description } } })),
            Sql.Text("product_details_changed"),
            Sql.Text(LogDatabase.Caller.CorrelationId), Sql.Text(LogDatabase.Caller.CausationId), Sql.Jsonb(Headers));
        batch.Add(FloorSql.ProductOne, Sql.Text(_tenant), Sql.Uuid(product.Id), Sql.Long(product.Version),
            Sql.Jsonb(Json(new { Exists = true, IsActive = true, Fields = fields })));
        batch.Add(FloorSql.FiguresOne, Sql.Text(_tenant), Sql.Uuid(product.Id));
        batch.Add(FloorSql.DescribedOne, Sql.Text(_tenant), Sql.Uuid(product.Id), Sql.Long(product.Version), Sql.Jsonb(Json(fields)));
        batch.Add(FloorSql.OutboxOne, Sql.Text(_tenant), Sql.Uuid(Guid.CreateVersion7()), Sql.Text("product.updated"),
            Sql.Jsonb(
                Json(
                    new { id = product.Id, reference = item.Reference, ean = item.Ean, version = product.Version, updated_fields = new[] { "description" } })),
            Sql.Text(LogDatabase.Caller.CorrelationId), Sql.Jsonb(Headers));
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    private Task<double> Figures(
        Item[] items, Facet facet, string type, Func<Item, Guid, (byte[] Body, byte[] State)> describe, string table, string shown,
        string announcement,
        CancellationToken cancellationToken)
    {
        var sorted = Sorted(items);
        var streams = Array.ConvertAll(sorted, i => _streams[i.Ean]);
        var events = streams.Zip(sorted).Select(p => Next(p.First, facet, type, describe(p.Second, p.First.Product.Id))).ToArray();
        var batch = new NpgsqlBatch();
        batch.Add(FloorSql.Advance, Sql.Text(_tenant), Sql.Uuids(events.Select(e => e.Stream)), Sql.Longs(events.Select(e => e.Version)));
        AddEvents(batch, events);
        AddSnapshots(batch, FloorSql.UpdateSnapshots(table), events);
        batch.Add(shown, FigureParameters(sorted, Array.ConvertAll(streams, s => s.Product.Id), eventsEach: 1));
        AddOutbox(batch, sorted, events.Length, announcement);
        return Timed(items, batch, cancellationToken);
    }

    private async Task<double> Timed(Item[] items, NpgsqlBatch batch, CancellationToken cancellationToken)
    {
        await using var connection = await _source.OpenConnectionAsync(cancellationToken);
        await using var resolve = new NpgsqlCommand(FloorSql.ResolveEans, connection)
            .With(Sql.Text(_tenant), Sql.Texts(items.Select(i => i.Ean)));
        await using var store = batch;
        store.Connection = connection;
        var watch = Stopwatch.StartNew();
        await using (var reader = await resolve.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
                _ = reader.GetGuid(1);
        }
        await store.ExecuteNonQueryAsync(cancellationToken);
        return watch.Elapsed.TotalMilliseconds;
    }

    private void AddEvents(NpgsqlBatch batch, Event[] events) => batch.Add(
        FloorSql.Events, Sql.Text(_tenant), Sql.Uuids(events.Select(_ => Guid.CreateVersion7())), Sql.Uuids(events.Select(e => e.Stream)),
        Sql.Longs(events.Select(e => e.Version)), Sql.Texts(events.Select(e => e.Type)), Sql.Jsonbs(events.Select(e => e.Body)),
        Sql.Text(LogDatabase.Caller.CorrelationId), Sql.Text(LogDatabase.Caller.CausationId), Sql.Jsonb(Headers));

    private void AddSnapshots(NpgsqlBatch batch, Func<string, string> sql, Event[] events)
    {
        AddSnapshots(batch, sql("mt_doc_product"), Of(events, Facet.Product));
        AddSnapshots(batch, sql("mt_doc_stock"), Of(events, Facet.Stock));
        AddSnapshots(batch, sql("mt_doc_price"), Of(events, Facet.Price));
    }

    private void AddSnapshots(NpgsqlBatch batch, string sql, Event[] events) => batch.Add(
        sql, Sql.Text(_tenant), Sql.Uuids(events.Select(e => e.Stream)), Sql.Longs(events.Select(e => e.Version)),
        Sql.Jsonbs(events.Select(e => e.State)));

    private void AddOutbox(NpgsqlBatch batch, Item[] items, int events, params string[] types)
    {
        var data = Json(
            new { eans = items.Take(AnnouncedEans).Select(i => i.Ean), total = items.Length, truncated = items.Length > AnnouncedEans });
        batch.Add(FloorSql.Outbox, Sql.Text(_tenant), Sql.Uuids(types.Select(_ => Guid.CreateVersion7())), Sql.Texts(types), Sql.Jsonbs(types.Select(_ => data)),
            Sql.Long(events - 1), Sql.Text(LogDatabase.Caller.CorrelationId), Sql.Jsonb(Headers));
    }

    /// <summary>Each product's position is that of its last event, counted back from the last one of the batch.</summary>
    private NpgsqlParameter[] FigureParameters(Item[] items, Guid[] products, int eventsEach) =>
    [
        Sql.Text(_tenant), Sql.Uuids(products), Sql.Longs(items.Select((_, i) => (long)(items.Length - 1 - i) * eventsEach)),
        Sql.Numerics(items.Select(i => (decimal?)i.PriceHt)), Sql.Numerics(items.Select(i => (decimal?)i.PriceTtc)),
        Sql.Longs(items.Select(i => (long)i.Stock)),
    ];

    /// <summary>In the order of the products' ids, which is the order of their rows and index entries.</summary>
    private Item[] Sorted(Item[] items) => [.. items.OrderBy(i => _streams[i.Ean].Product.Id)];

    private static Event[] Of(Event[] events, Facet facet) => Array.FindAll(events, e => e.Facet == facet);

    private static Event Next(Streams streams, Facet facet, string type, (byte[] Body, byte[] State) described) =>
        new(facet, streams[facet].Id, ++streams[facet].Version, type, described.Body, described.State);

    private static Event[] Synced(Streams streams, Item item, string type, (byte[] Body, byte[] State) described) =>
    [
        Next(streams, Facet.Product, type, described), Next(streams, Facet.Stock, "stock_level_set", StockSet(item, streams.Product.Id)),
        Next(streams, Facet.Price, "price_set", PriceSet(item, streams.Product.Id)),
    ];

    private static (byte[] Body, byte[] State) StockSet(Item item, Guid product) => (
        JsonSerializer.SerializeToUtf8Bytes(
            new { ProductId = product, SupplierCode = (string?)null, Level = item.Stock, Was = item.Stock + 1 }),
        Json(new { Generic = item.Stock, BySupplier = new { } }));

    private static (byte[] Body, byte[] State) PriceSet(Item item, Guid product) => (
        JsonSerializer.SerializeToUtf8Bytes(new
        {
            ProductId = product,
            Cost = item.PriceHt,
            SellingPrice = item.PriceTtc,
            TaxRate = (decimal?)null,
            WasCost = item.PriceHt,
            WasSellingPrice = item.PriceTtc,
            WasTaxRate = (decimal?)null,
        }),
        JsonSerializer.SerializeToUtf8Bytes(new { Cost = item.PriceHt, SellingPrice = item.PriceTtc, TaxRate = (decimal?)null }));

    private static (byte[] Body, byte[] State) Renamed(Item item) => (
        Json(new { Changes = new { name = new { Before = item.Name, After = item.Name } } }), State(item));

    private static (byte[] Body, byte[] State) Registered(Item item) => (Json(new { Fields = Fields(item, null) }), State(item));

    private static byte[] State(Item item) => Json(new { Exists = true, IsActive = true, Fields = Fields(item, null) });

    private static object Fields(Item item, string? description) =>
        new { ean = item.Ean, name = item.Name, brand = item.Brand, weight = item.Weight, reference = item.Reference, description };

    private static string Search(Item item) => $"{item.Name.ToLowerInvariant()}\n{item.Reference.ToLowerInvariant()}";

    private static byte[] Json(object value) => JsonSerializer.SerializeToUtf8Bytes(value, value.GetType(), Terse);
}
