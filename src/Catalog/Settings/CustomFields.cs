using System.Collections.Frozen;
using System.Globalization;
using Npgsql;
using PixeeEvents.Catalog.Values;
using PixeeEvents.EventLog;

namespace PixeeEvents.Catalog.Settings;

public enum CustomFieldType
{
    Text,
    Number,
    Date,
    Boolean,
    List,
}

/// <summary>A field that a company adds to its products. Its type is settled at creation.</summary>
/// <param name="Options">What a list field may hold, in order; empty for other types.</param>
public sealed record CustomField(long Id, string Name, CustomFieldType Type, IReadOnlyList<string> Options, int Position = 0) : ISetting
{
    /// <summary>What a decimal holds without rounding.</summary>
    private const int ExactDigits = 28;

    /// <summary>A value in the one form in which it is kept: equal values are equal texts.</summary>
    /// <returns>Neither value nor refusal when the text is blank, which clears the field.</returns>
    public (string? Value, Refusal? Refusal) Read(string? text)
    {
        text = text?.Trim();
        if (string.IsNullOrEmpty(text))
        {
            return (null, null);
        }

        return Type switch
        {
            CustomFieldType.Number => Or(Number(text), "is no number"),
            CustomFieldType.Date => Or(DayValue.Read(text) is { } day ? DayValue.Text(day) : null, "is no date of the form YYYY-MM-DD"),
            CustomFieldType.Boolean => Or(FlagValue.Read(text) is { } flag ? (flag ? "true" : "false") : null, "is neither true nor false"),
            CustomFieldType.List => Or(
                Options.FirstOrDefault(o => o.Equals(text, StringComparison.Ordinal))
                    ?? Options.FirstOrDefault(o => o.Equals(text, StringComparison.OrdinalIgnoreCase)),
                $"is none of {string.Join(", ", Options)}"),
            _ => Or(text.Length <= CustomFields.MaxText ? text : null, $"has at most {CustomFields.MaxText} characters"),
        };

        (string?, Refusal?) Or(string? value, string reason) =>
            value is null ? (null, new Refusal("customs_invalid", $"'{Name}' {reason}")) : (value, null);
    }

    /// <summary>Of what is no noise, every decimal counts here.</summary>
    private static string? Number(string text) =>
        text.Count(char.IsAsciiDigit) <= ExactDigits && NumberValue.Read(text, out var number) is NumberForm.Kept or NumberForm.Finer
            ? (number / 1.0000000000000000000000000000m).ToString(CultureInfo.InvariantCulture)
            : null;
}

/// <summary>The custom product fields of companies, found by id or name.</summary>
public sealed class CustomFields(NpgsqlDataSource dataSource) : SettingTable<CustomField>(dataSource)
{
    internal const int MaxText = 255;

    private const int MaxOptions = 500;

    private static readonly FrozenDictionary<string, CustomFieldType> ByName =
        Enum.GetValues<CustomFieldType>().ToFrozenDictionary(TypeName, StringComparer.OrdinalIgnoreCase);

    protected override string Table => "catalog.custom_fields";

    protected override string Noun => "custom_field";

    protected override IReadOnlyList<string> Columns { get; } = ["name", "type", "options"];

    /// <summary>Of text, number, date, boolean, list; null for anything else.</summary>
    public static CustomFieldType? TypeOf(string name) => ByName.TryGetValue(name, out var type) ? type : null;

    public static string TypeName(CustomFieldType type) => type.ToString().ToLowerInvariant();

    protected override CustomField Read(NpgsqlDataReader reader) =>
        new(reader.GetInt64(0), reader.GetString(2), ByName[reader.GetString(3)], reader.GetFieldValue<string[]>(4), reader.GetInt32(1));

    protected override IEnumerable<NpgsqlParameter> Values(CustomField setting) =>
        [Sql.Text(setting.Name), Sql.Text(TypeName(setting.Type)), Sql.Texts(setting.Options)];

    protected override Refusal? Check(CustomField setting, CustomField? before) =>
        base.Check(setting, before)
        ?? (before is not null && before.Type != setting.Type ? new Refusal("type_settled", "cannot be changed: values were given under it")
            : setting.Type != CustomFieldType.List
            ? setting.Options.Count == 0 ? null
            : new Refusal("options_unwanted", "belong to a field of type list")
            : setting.Options.Count is 0 or > MaxOptions ? new Refusal("options_count", $"holds 1 to {MaxOptions} options")
            : setting.Options.Any(o => o.Length is 0 or > MaxText) ? new Refusal(
                "options_length", $"holds options of 1 to {MaxText} characters")
            : setting.Options.Distinct(StringComparer.OrdinalIgnoreCase)
                .Count() < setting.Options.Count ? new Refusal("options_twice", "holds an option twice")
            : null);
}
