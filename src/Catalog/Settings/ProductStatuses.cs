using Npgsql;
using PixeeEvents.Catalog.Products;
using PixeeEvents.EventLog;

namespace PixeeEvents.Catalog.Settings;

/// <summary>A step in the life of a product, as a company names it.</summary>
public sealed record ProductStatus(long Id, string Name, int Position = 0) : ISetting;

/// <summary>
/// The statuses of companies: draft, sample and validated, until a company has some of its own, which take their place.
/// The first of the list is what a new product has.
/// </summary>
public sealed class ProductStatuses(NpgsqlDataSource dataSource) : SettingTable<ProductStatus>(dataSource)
{
    /// <summary>What a company without statuses of its own has. Their ids are the same everywhere.</summary>
    public static IReadOnlyList<ProductStatus> Defaults { get; } = [new(1, "draft", 1), new(2, "sample", 2), new(3, "validated", 3)];

    protected override string Table => "catalog.product_statuses";

    protected override string Noun => "status";

    protected override IReadOnlyList<string> Columns { get; } = ["name"];

    protected override string UsedWhen => InUse.ByProducts(ProductFields.Status);

    /// <summary>Those a product can be given; never empty.</summary>
    public override async Task<IReadOnlyList<ProductStatus>> List(string tenant, CancellationToken cancellationToken) =>
        OrDefaults(await base.List(tenant, cancellationToken));

    /// <summary>A status that a product still has may be a default one in a company that has its own by now.</summary>
    public static string? NameOf(IReadOnlyList<ProductStatus> statuses, long id) =>
        (statuses.FirstOrDefault(s => s.Id == id) ?? Defaults.FirstOrDefault(s => s.Id == id))?.Name;

    public override async Task<IReadOnlyDictionary<string,
    Reference>> Resolve(EventSession session, IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        var own = await base.Resolve(session, keys, cancellationToken);
        if (own.Values.All(r => r.Refusal is null) || await HasOwn(session, cancellationToken))
        {
            return own;
        }

        return own.Keys.ToDictionary(
            k => k,
            k =>
                References.Choose(
                    k,
                    [
                        .. Defaults.Where(d => d.Id == References.NumberOf(k) || d.Name.Equals(k, StringComparison.OrdinalIgnoreCase))
                        .Select(d => (0, d.Id))], Noun),
            StringComparer.Ordinal);
    }

    internal static IReadOnlyList<ProductStatus> OrDefaults(IReadOnlyList<ProductStatus> own) => own.Count > 0 ? own : Defaults;

    protected override ProductStatus Read(NpgsqlDataReader reader) => new(reader.GetInt64(0), reader.GetString(2), reader.GetInt32(1));

    protected override IEnumerable<NpgsqlParameter> Values(ProductStatus setting) => [Sql.Text(setting.Name)];

    protected override Refusal? Fixed(long id) =>
        Defaults.Any(d => d.Id == id)
            ? new Refusal("status_default", "The default statuses stay as they are until a company has its own.")
            : null;

    private static async Task<bool> HasOwn(EventSession session, CancellationToken cancellationToken)
    {
        await using var batch = await session.Batch(cancellationToken);
        batch.Add("select true from catalog.product_statuses where tenant_id = $1 limit 1", Sql.Text(session.Tenant));
        return await batch.ExecuteScalarAsync(cancellationToken) is true;
    }
}
