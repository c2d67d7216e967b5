using System.Text.Json;
using Npgsql;
using PixeeEvents.Catalog;

namespace PixeeEvents.WinDev.Rows;

/// <summary>
/// A product as the face shows it. Reads columns in the order of <see cref="ListColumns"/> or <see cref="DetailColumns"/>.
/// </summary>
internal sealed record ProductRow(
    Guid Id, string? Ean, string? Reference, string? Name, string? Brand, decimal? PriceHt, decimal? PriceTtc, long Stock, bool IsActive,
    DateTimeOffset UpdatedAt)
{
    public const string ListColumns =
        "p.product_id, p.ean, p.reference, p.name, p.brand, f.price_ht, f.price_ttc, f.stock, p.is_active, f.updated_at";

    public const int ListColumnCount = 10;

    public const string DetailColumns = ListColumns + ", p.version, f.tax_rate, f.generic, f.stocks, p.fields, f.seq_id";

    /// <summary>Fields of the list shape; a detail adds the others that are set.</summary>
    private static readonly string[] Listed = ["ean", "reference", "name", "brand"];

    public long Version { get; private init; }

    /// <summary>Place in the log of the last change of whatever is shown.</summary>
    public long Sequence { get; private init; }

    public decimal? TaxRate { get; private init; }

    public long? Generic { get; private init; }

    public byte[]? Stocks { get; private init; }

    public byte[]? Fields { get; private init; }

    public static ProductRow Read(NpgsqlDataReader reader) => new(
        reader.GetGuid(0), Text(reader, 1), Text(reader, 2), Text(reader, 3), Text(reader, 4), Number(reader, 5), Number(reader, 6),
        reader.GetInt64(7), reader.GetBoolean(8), reader.GetFieldValue<DateTimeOffset>(9));

    public static ProductRow ReadDetail(NpgsqlDataReader reader) => Read(reader) with
    {
        Version = reader.GetInt64(10),
        TaxRate = Number(reader, 11),
        Generic = reader.IsDBNull(12) ? null : reader.GetInt64(12),
        Stocks = reader.GetFieldValue<byte[]>(13),
        Fields = reader.GetFieldValue<byte[]>(14),
        Sequence = reader.GetInt64(15),
    };

    public void WriteListed(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        WriteListedFields(json);
        json.WriteEndObject();
    }

    /// <summary>The list shape, every other attribute that is set, the stock per supplier, and the version for If-Match.</summary>
    public void WriteDetail(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        WriteListedFields(json);
        json.WriteString("status"u8, IsActive ? "active"u8 : "inactive"u8);
        json.WriteNumber("version"u8, Version);
        if (TaxRate is { } rate)
        {
            json.WriteNumber("tax_rate"u8, rate);
        }

        using (var fields = JsonDocument.Parse(Fields))
        {
            foreach (var field in fields.RootElement.EnumerateObject()
                .Where(f => ProductFields.All.ContainsKey(f.Name) && !Listed.Contains(f.Name, StringComparer.Ordinal)))
            {
                field.WriteTo(json);
            }
        }

        WriteStocks(json);
        json.WriteEndObject();
    }

    /// <summary>A destroyed product, so that whoever follows the since list learns of it.</summary>
    public static void WriteTombstone(Utf8JsonWriter json, Guid id, byte[] tombstone, DateTimeOffset updatedAt)
    {
        using var was = JsonDocument.Parse(tombstone);
        json.WriteStartObject();
        json.WriteString("id"u8, id);
        foreach (var field in Listed)
        {
            json.WritePropertyName(field);
            was.RootElement.GetProperty(field).WriteTo(json);
        }

        json.WriteNull("price_ht"u8);
        json.WriteNull("price_ttc"u8);
        json.WriteNumber("stock"u8, 0);
        json.WriteBoolean("is_active"u8, false);
        WriteTime(json, updatedAt);
        json.WriteBoolean("deleted"u8, true);
        json.WriteEndObject();
    }

    private void WriteListedFields(Utf8JsonWriter json)
    {
        json.WriteString("id"u8, Id);
        json.WriteString("ean"u8, Ean);
        json.WriteString("reference"u8, Reference);
        json.WriteString("name"u8, Name);
        json.WriteString("brand"u8, Brand);
        WriteNumber(json, "price_ht"u8, PriceHt);
        WriteNumber(json, "price_ttc"u8, PriceTtc);
        json.WriteNumber("stock"u8, Stock);
        json.WriteBoolean("is_active"u8, IsActive);
        WriteTime(json, UpdatedAt);
    }

    private void WriteStocks(Utf8JsonWriter json)
    {
        json.WriteStartArray("stocks"u8);
        if (Generic is { } generic)
        {
            WriteStock(json, null, generic);
        }

        using (var stocks = JsonDocument.Parse(Stocks))
        {
            foreach (var stock in stocks.RootElement.EnumerateObject().OrderBy(s => s.Name, StringComparer.Ordinal))
            {
                WriteStock(json, stock.Name, stock.Value.GetInt64());
            }
        }

        json.WriteEndArray();
    }

    private static void WriteStock(Utf8JsonWriter json, string? supplier, long level)
    {
        json.WriteStartObject();
        json.WriteString("supplier_code"u8, supplier);
        json.WriteNumber("stock"u8, level);
        json.WriteEndObject();
    }

    private static void WriteNumber(Utf8JsonWriter json, ReadOnlySpan<byte> name, decimal? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(name, number);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    /// <summary>UTC with whole seconds and Z, as documented.</summary>
    private static void WriteTime(Utf8JsonWriter json, DateTimeOffset time)
    {
        Span<byte> text = stackalloc byte[20];
        var utc = time.UtcDateTime;
        utc.TryFormat(text, out _, "yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
        json.WriteString("updated_at"u8, text);
    }

    private static string? Text(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    private static decimal? Number(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetDecimal(column);
}
