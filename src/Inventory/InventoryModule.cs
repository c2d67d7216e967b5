using Marten;
using Npgsql;
using PixeeEvents.EventLog;

namespace PixeeEvents.Inventory;

/// <summary>A supplier of a company; its code routes stock to the supplier's own figure.</summary>
public sealed record Supplier(Guid Id, string Code, string Name, string? Country, bool IsActive);

public static class InventoryStore
{
    public static void AddInventory(this StoreOptions options) =>
        options.AddAggregate(Stock.Aggregate, ("stock_level_set", typeof(StockLevelSet)));
}

/// <summary>Stock levels and suppliers. Streams: <c>stock</c>, one per product.</summary>
public sealed class InventoryModule(NpgsqlDataSource dataSource)
{

    /// <summary>The stock streams of products whose product streams the session has locked.</summary>
    /// <returns>By product id.</returns>
    public static async Task<IReadOnlyDictionary<Guid, EventStream<Stock>>> StocksOf(
        EventSession session, IReadOnlyCollection<Guid> products, CancellationToken cancellationToken)
    {
        var ids = products.Select(p => (Product: p, Stream: Stock.StreamOf(p))).ToList();
        var streams = await session.Fetch(Stock.Aggregate, [.. ids.Select(i => i.Stream)], cancellationToken);
        return ids.ToDictionary(i => i.Product, i => streams[i.Stream]);
    }

    /// <summary>The stock stream of a product that is being registered.</summary>
    public static EventStream<Stock> Start(EventSession session, Guid product) => session.Start(Stock.Aggregate, Stock.StreamOf(product));

    /// <summary>Those of the codes that belong to an active supplier.</summary>
    public static async Task<IReadOnlySet<string>> KnownSuppliers(
        EventSession session, IReadOnlyCollection<string> codes, CancellationToken cancellationToken)
    {
        var known = new HashSet<string>(StringComparer.Ordinal);
        if (codes.Count == 0)
        {
            return known;
        }

        await using var batch = await session.Batch(cancellationToken);
        batch.Add(
            "select code from inventory.suppliers where tenant_id = $1 and code = any($2) and is_active", Sql.Text(session.Tenant),
            Sql.Texts(codes));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            known.Add(reader.GetString(0));
        }

        return known;
    }

    /// <summary>Active suppliers of a company, sorted by name.</summary>
    public async Task<IReadOnlyList<Supplier>> Suppliers(string tenant, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            """
            select id, code, name, country, is_active from inventory.suppliers where tenant_id = $1 and is_active order by name, code
            """).With(Sql.Text(tenant));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var suppliers = new List<Supplier>();
        while (await reader.ReadAsync(cancellationToken))
        {
            suppliers.Add(
                new Supplier(
                    reader.GetGuid(0), reader.GetString(1), reader.GetString(2), reader.IsDBNull(3) ? null : reader.GetString(3),
                    reader.GetBoolean(4)));
        }

        return suppliers;
    }

    /// <summary>Adds a supplier, or gives the existing one of that code the new name and country and makes it active.</summary>
    public async Task PutSupplier(string tenant, string code, string name, string? country, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            """
            insert into inventory.suppliers (tenant_id, id, code, name, country) values ($1, $2, $3, $4, $5)
            on conflict on constraint suppliers_one_per_code do update set name = excluded.name, country = excluded.country,
                is_active = true
            """)
            .With(Sql.Text(tenant), Sql.Uuid(Guid.CreateVersion7()), Sql.Text(code), Sql.Text(name), Sql.Text(country));
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
