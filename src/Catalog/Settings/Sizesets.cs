using Npgsql;
using PixeeEvents.EventLog;

namespace PixeeEvents.Catalog.Settings;

/// <summary>A set of sizes in their order; with a category it applies to that branch of the tree only.</summary>
public sealed record Sizeset(long Id, string Name, IReadOnlyList<string> Sizes, long? Category = null, int Position = 0) : ISetting
{
    /// <param name="path">The product's category and its ancestors, in any order; empty when it has none.</param>
    public bool AppliesTo(IReadOnlyList<Category> path) => Category is null || path.Any(c => c.Number == Category);
}

/// <summary>The size sets of companies, found by id or name.</summary>
public sealed class Sizesets(NpgsqlDataSource dataSource) : SettingTable<Sizeset>(dataSource)
{
    private const int MaxSizes = 100;

    protected override string Table => "catalog.sizesets";

    protected override string Noun => "sizeset";

    protected override IReadOnlyList<string> Columns { get; } = ["name", "sizes", "category"];

    protected override Sizeset Read(NpgsqlDataReader reader) => new(
        reader.GetInt64(0), reader.GetString(2), reader.GetFieldValue<string[]>(3), reader.IsDBNull(4) ? null : reader.GetInt64(4),
        reader.GetInt32(1));

    protected override IEnumerable<NpgsqlParameter> Values(Sizeset setting) =>
        [Sql.Text(setting.Name), Sql.Texts(setting.Sizes), Sql.Long(setting.Category)];

    protected override Refusal? Check(Sizeset setting, Sizeset? before) =>
        base.Check(setting, before)
        ?? (setting.Sizes.Count is 0 or > MaxSizes ? new Refusal("sizes_count", $"holds 1 to {MaxSizes} sizes")
            : setting.Sizes.Any(s => s.Length is 0 or > MaxName) ? new Refusal("sizes_length", $"holds sizes of 1 to {MaxName} characters")
            : setting.Sizes.Distinct(StringComparer.OrdinalIgnoreCase)
                .Count() < setting.Sizes.Count ? new Refusal("sizes_twice", "holds a size twice")
            : null);

    protected override Refusal? RefusalOf(PostgresException e) =>
        e is { SqlState: PostgresErrorCodes.ForeignKeyViolation, ConstraintName: "sizesets_of_a_category" }
            ? new Refusal("category_unknown", "does not exist")
            : base.RefusalOf(e);
}
