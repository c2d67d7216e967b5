using Npgsql;
using PixeeEvents.Catalog.Products;
using PixeeEvents.EventLog;

namespace PixeeEvents.Catalog.Settings;

/// <summary>A season of a company. Its code is unique too, and is the name where none is given.</summary>
public sealed record Season(long Id, string Name, string Code, int Position = 0) : ISetting;

/// <summary>The seasons of companies, found by id, code or name.</summary>
public sealed class Seasons(NpgsqlDataSource dataSource) : SettingTable<Season>(dataSource)
{
    protected override string Table => "catalog.seasons";

    protected override string Noun => "season";

    protected override IReadOnlyList<string> Columns { get; } = ["name", "code"];

    protected override IReadOnlyList<string> Names { get; } = ["code", "name"];

    protected override string UsedWhen =>
        $"exists (select from catalog.projects where tenant_id = $1 and season = $2) or {InUse.ByProducts(ProductFields.Season)}";

    protected override bool IsNamed(Season row, string name) =>
        row.Code.Equals(name, StringComparison.OrdinalIgnoreCase) || base.IsNamed(row, name);

    protected override Season Read(NpgsqlDataReader reader) =>
        new(reader.GetInt64(0), reader.GetString(2), reader.GetString(3), reader.GetInt32(1));

    protected override IEnumerable<NpgsqlParameter> Values(Season setting) => [Sql.Text(setting.Name), Sql.Text(setting.Code)];

    protected override Refusal? Check(Season setting, Season? before) =>
        base.Check(setting, before)
            ?? (setting.Code.Length is < 1 or > MaxName ? new Refusal("code_length", $"has 1 to {MaxName} characters") : null);

    protected override Refusal? RefusalOf(PostgresException e) =>
        e.ConstraintName == "seasons_one_per_code" ? new Refusal("code_taken", "has already been taken") : base.RefusalOf(e);
}
