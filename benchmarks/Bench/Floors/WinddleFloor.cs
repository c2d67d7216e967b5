using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Npgsql;
using PixeeEvents.EventLog;

namespace PixeeEvents.Bench.Floors;

/// <summary>Stores by bare SQL, in a copy of the product's own seeded database, what the Winddle face stores for a new product.</summary>
/// <remarks>Two round trips for each: whether the reference is free, then everything in one batch, which is one transaction.</remarks>
internal sealed class WinddleFloor(NpgsqlDataSource source, long owner) : IAsyncDisposable
{
    private const string Stream = "insert into mt_streams (tenant_id, id, type, version) values ($1, $2, 'product', 1)";

    private const string Snapshot =
        "insert into mt_doc_product (tenant_id, id, mt_version, data, mt_dotnet_type) values ($1, $2, 1, $3, 'PixeeEvents.Catalog.Product')";

    private const string Key = "insert into catalog.product_keys (tenant_id, kind, key, product_id) values ($1, 'reference', $2, $3)";

    private const string Figures = """
        insert into windev.figures (tenant_id, product_id, seq_id, updated_at) values ($1, $2, currval('mt_events_sequence'), now())
        """;

    private const string AddToBlock = "on conflict (tenant_id, block) do update set total = b.total + 1,";

    private const string WinDev = $"""
        with number as (update windev.ordinals set last = last + 1 where tenant_id = $1 returning last),
        listed as (
          insert into windev.products (tenant_id, product_id, ordinal, version, is_active, reference, name, brand, search, fields)
          select $1, $2, last, 1, true, $3, $4, $5, $6, $7 from number)
        insert into windev.page_blocks as b (tenant_id, block, active, total) select $1, (last - 1) / 1000, 1, 1 from number
        {AddToBlock} active = b.active + 1
        """;

    private const string Winddle = $$"""
        with number as (update winddle.ordinals set last = last + 1 where tenant_id = $1 returning last),
        listed as (
          insert into winddle.products (tenant_id, product_id, id, archived, cancelled, showcased, created_at, updated_at, fields, customs,
              liked_by)
          select $1, $2, last, false, false, false, now(), now(), $3, '{}', '{}' from number)
        insert into winddle.page_blocks as b (tenant_id, block, listed, total) select $1, (last - 1) / 1000, 1, 1 from number
        {{AddToBlock}} listed = b.listed + 1
        """;

    private static NpgsqlParameter Tenant => Sql.Text(WinddleCatalogue.Company);
    private static readonly byte[] Headers = JsonSerializer.SerializeToUtf8Bytes(LogDatabase.Caller.Headers);

    public static async Task<WinddleFloor> Open(string connectionString, CancellationToken cancellationToken)
    {
        var source = Database.Connect(connectionString);
        await using var command = source.CreateCommand("select min(owner_id) from winddle.products where tenant_id = $1").With(Tenant);
        return new WinddleFloor(source, (long)(await command.ExecuteScalarAsync(cancellationToken))!);
    }

    /// <summary>Transactions per second of clients that register one new product at a time.</summary>
    /// <param name="round">Makes the references of this run its own.</param>
    public async Task<double> CreateRate(int round, int clients, TimeSpan duration, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        var counts = await Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(
            async () =>
            {
                var done = 0;
                await using var connection = await source.OpenConnectionAsync(cancellationToken);
                for (; watch.Elapsed < duration; done++)
                    await Create(
                        connection, new Item(done % 200, Edition: 0),
                        string.Create(CultureInfo.InvariantCulture, $"{round}-{client}-{done}"), cancellationToken);
                return done;
            },
            cancellationToken)));
        return counts.Sum() / watch.Elapsed.TotalSeconds;
    }

    public ValueTask DisposeAsync() => source.DisposeAsync();

    private async Task Create(NpgsqlConnection connection, Item item, string number, CancellationToken cancellationToken)
    {
        var fields = JsonSerializer.Deserialize<Dictionary<string, object>>(item.Winddle(number))!;
        var (product, reference) = (Guid.CreateVersion7(), fields["reference"].ToString());
        await using (var taken = new NpgsqlCommand(FloorSql.ResolveReference, connection).With(Tenant, Sql.Text(reference)))
            await taken.ExecuteScalarAsync(cancellationToken);
        fields["owner_id"] = owner;
        fields["status_id"] = 1;
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(Stream, Tenant, Sql.Uuid(product));
        batch.Add(FloorSql.EventOne, Tenant, Sql.Uuid(Guid.CreateVersion7()), Sql.Uuid(product), Sql.Long(1), Json(new { Fields = fields }),
            Sql.Text("product_registered"), Sql.Text(LogDatabase.Caller.CorrelationId), Sql.Text(LogDatabase.Caller.CausationId),
            Sql.Jsonb(Headers));
        batch.Add(Snapshot, Tenant, Sql.Uuid(product), Json(new { Exists = true, IsActive = true, Fields = fields }));
        batch.Add(Key, Tenant, Sql.Text(reference), Sql.Uuid(product));
        batch.Add(Figures, Tenant, Sql.Uuid(product));
        batch.Add(FloorSql.OutboxOne, Tenant, Sql.Uuid(Guid.CreateVersion7()), Sql.Text("product.created"),
            Json(new { id = product, reference, ean = (string?)null, version = 1, updated_fields = fields.Keys }),
            Sql.Text(LogDatabase.Caller.CorrelationId), Sql.Jsonb(Headers));
        // The rows that every writer of the company updates come last: they are held for the shortest time.
        batch.Add(WinDev, Tenant, Sql.Uuid(product), Sql.Text(reference), Sql.Text(item.Name), Sql.Text(item.Brand),
            Sql.Text($"{item.Name.ToLowerInvariant()}\n{reference!.ToLowerInvariant()}"), Json(fields));
        batch.Add(Winddle, Tenant, Sql.Uuid(product), Json(fields));
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    private static NpgsqlParameter Json<T>(T value) => Sql.Jsonb(JsonSerializer.SerializeToUtf8Bytes(value));
}
