using System.Globalization;
using System.Text.Json;
using Npgsql;
using PixeeEvents.Catalog;

namespace PixeeEvents.Winddle.Rows;

/// <summary>The fields of a product or variant as they are kept, and the values of the company's own fields.</summary>
internal sealed record ShownFields(JsonElement Fields, JsonElement Customs)
{
    public static ShownFields Read(NpgsqlDataReader reader, int column) => new(
        JsonSerializer.Deserialize<JsonElement>(reader.GetFieldValue<byte[]>(column)),
        JsonSerializer.Deserialize<JsonElement>(reader.GetFieldValue<byte[]>(column + 1)));

    public long? Category => Number(ProductFields.Category);

    public long? Season => Number(ProductFields.Season);

    public long? Status => Number(ProductFields.Status);

    public long? Owner => Number(ProductFields.Owner);

    public string? Text(string field) => Fields.TryGetProperty(field, out var value) ? value.GetString() : null;

    public DateOnly? Date(string field) =>
        Text(field) is { } text ? DateOnly.ParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture) : null;

    public (string Value, DateTimeOffset UpdatedAt)? Custom(long field) =>
        Customs.TryGetProperty(field.ToString(CultureInfo.InvariantCulture), out var custom)
            ? (custom.GetProperty("value").GetString()!, custom.GetProperty("updated_at").GetDateTimeOffset())
            : null;

    private long? Number(string field) => Fields.TryGetProperty(field, out var value) ? value.GetInt64() : null;
}

/// <summary>A product as the face keeps it. Reads columns in the order of <see cref="Columns"/>.</summary>
internal sealed record ProductRow(
    Guid Product,
    long Id,
    bool Archived,
    bool Cancelled,
    bool Showcased,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    ShownFields Shown,
    IReadOnlyList<long> LikedBy)
{
    public const string Columns =
        "p.product_id, p.id, p.archived, p.cancelled, p.showcased, p.created_at, p.updated_at, p.fields, p.customs, p.liked_by";

    public const int ColumnCount = 10;

    public static ProductRow Read(NpgsqlDataReader reader) => new(
        reader.GetGuid(0),
        reader.GetInt64(1),
        reader.GetBoolean(2),
        reader.GetBoolean(3),
        reader.GetBoolean(4),
        reader.GetFieldValue<DateTimeOffset>(5),
        reader.GetFieldValue<DateTimeOffset>(6),
        ShownFields.Read(reader, 7),
        reader.GetFieldValue<long[]>(9));
}

/// <summary>A variant as the face keeps it. Reads columns in the order of <see cref="Columns"/>.</summary>
internal sealed record VariantRow(Guid Product, long Id, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, ShownFields Shown)
{
    public const string Columns = "v.product_id, v.id, v.created_at, v.updated_at, v.fields, v.customs";

    public static VariantRow Read(NpgsqlDataReader reader) => new(
        reader.GetGuid(0),
        reader.GetInt64(1),
        reader.GetFieldValue<DateTimeOffset>(2),
        reader.GetFieldValue<DateTimeOffset>(3),
        ShownFields.Read(reader, 4));
}
