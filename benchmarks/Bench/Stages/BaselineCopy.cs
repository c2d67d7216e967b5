using Npgsql;

namespace PixeeEvents.Bench.Stages;

/// <summary>
/// Gives the baseline, by COPY from the product's database, the rows that it would have stored itself for the same catalogue.
/// </summary>
internal static class BaselineCopy
{
    private const string DescribedColumns =
        """
        "Id", "Name", "SourceId", "Reference", "Material", "Brand", "Color", "Size", "Washcare", "Description", "Dimensions", "Theme", "Collection", "Formula",
        "TargetStoreDate", "StatusId", "SeasonId", "CreatedAt", "UpdatedAt"
        """;

    private static readonly (string Table, string Columns, string Rows)[] Steps =
    [
        ("users", """("Id", "Name", "Email")""", "select id, name, email from accounts.users"),
        ("statuses", """("Id", "Name")""", "select * from (values (1::bigint, 'draft'), (2, 'sample'), (3, 'validated')) s"),
        ("seasons", """("Id", "Name", "Code")""", "select id, name, code from catalog.seasons"),
        (
            "sizesets", """("Id", "Name", "Sizes", "CategoryId", "Position")""",
            "select id, name, sizes, category, position from catalog.sizesets"),
        ("custom_fields", """("Id", "Name", "Position")""", "select id, name, position from catalog.custom_fields"),
        ("categories", """("Id", "SourceId", "Name", "ParentId")""",
            "select c.number, c.source_id, c.name, p.number from catalog.categories c left join catalog.categories p on p.id = c.parent_id order by c.level, c.number"),
        ("projects", """("Id", "Name")""", "select id, name from catalog.projects"),
        ("catalog_products", $"""({DescribedColumns}, "Archived", "Cancelled", "Showcased", "LikedBy", "OwnerId", "CategoryId")""",
            $"select {Described("x")}, x.archived, x.cancelled, x.showcased, x.liked_by, x.owner_id, (x.fields ->> 'category_id')::bigint from winddle.products x order by x.id"),
        ("variants", $"""({DescribedColumns}, "ProductId")""",
            $"select {Described("x")}, p.id from winddle.variants x join winddle.products p using (tenant_id, product_id) order by x.id"),
        ("product_customs", """("ProductId", "FieldId", "Value", "UpdatedAt")""",
            $"select x.id, {Custom} from winddle.products x, jsonb_each(x.customs) c order by x.id"),
        ("variant_customs", """("VariantId", "FieldId", "Value", "UpdatedAt")""",
            $"select x.id, {Custom} from winddle.variants x, jsonb_each(x.customs) c order by x.id"),
        ("project_lines", """("Id", "ProductId", "ProjectId")""",
            "select l.id, p.id, l.project from catalog.project_lines l join winddle.products p using (tenant_id, product_id) order by l.id"),
    ];

    private const string Custom = "c.key::bigint, c.value ->> 'value', (c.value ->> 'updated_at')::timestamptz";

    public static async Task Run(string from, string to, CancellationToken cancellationToken)
    {
        await using var source = NpgsqlDataSource.Create(from);
        await using var target = NpgsqlDataSource.Create(to);
        await using var reading = await source.OpenConnectionAsync(cancellationToken);
        await using var writing = await target.OpenConnectionAsync(cancellationToken);
        foreach (var (table, columns, rows) in Steps)
        {
            await using var output = await reading.BeginRawBinaryCopyAsync($"copy ({rows}) to stdout (format binary)", cancellationToken);
            await using var input = await writing.BeginRawBinaryCopyAsync(
                $"copy {table} {columns} from stdin (format binary)", cancellationToken);
            await output.CopyToAsync(input, cancellationToken);
        }
    }

    private static string Described(string row) => string.Join(", ",
        [
            $"{row}.id",
            .. (
                (string[])[
                    "name", "source_id", "reference", "material", "brand", "color", "size", "washcare", "description", "dimensions",
                    "theme", "collection", "formula"])
                .Select(f => $"{row}.fields ->> '{f}'"),
            $"({row}.fields ->> 'target_store_date')::date", $"({row}.fields ->> 'status_id')::bigint",
            $"({row}.fields ->> 'season_id')::bigint",
            $"{row}.created_at", $"{row}.updated_at",
        ]);
}
