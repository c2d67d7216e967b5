using System.Collections.Frozen;
using System.Globalization;
using PixeeEvents.Catalog.Settings;

namespace PixeeEvents.Catalog.Products;

public enum FieldKind
{
    Text,
    Ean,
    Country,
    Date,
    Integer,
    Number,
    Boolean,
    Document,
}

/// <summary>One field of a product: its kind and limits. Units stand in the comments of <see cref="ProductFields"/>.</summary>
/// <param name="MaxLength">Of text, in UTF-16 code units.</param>
/// <param name="IsClearable">False for what a product cannot be without.</param>
public sealed record ProductField(
    string Name, FieldKind Kind, decimal Min = 0, decimal Max = 1_000_000_000, int MaxLength = 255, bool IsClearable = true);

/// <summary>The fields of a product, by their stored names.</summary>
public static class ProductFields
{
    public const string Name = "name";
    public const string Ean = "ean";
    public const string Reference = "reference";
    public const string Brand = "brand";
    public const string SourceId = "source_id";
    public const string TargetStoreDate = "target_store_date";

    /// <summary>Ids of what a product belongs to: integers that whoever gives them has looked up.</summary>
    public const string Category = "category_id";
    public const string Season = "season_id";
    public const string Status = "status_id";
    public const string Owner = "owner_id";

    /// <summary>
    /// Why a reference is refused that no path can carry: clients and proxies take "." and ".." out of one, encoded or not.
    /// </summary>
    public const string UnreachableReference = "reference_unreachable";

    private const string CustomPrefix = "custom:";

    /// <summary>Long text is bounded so that one product fits in a message.</summary>
    private const int LongText = 20_000;

    /// <summary>The name under which the value of a company's own field is kept.</summary>
    public static string Custom(long field) => CustomPrefix + field.ToString(CultureInfo.InvariantCulture);

    /// <summary>The company's own field behind a name; null when it is none.</summary>
    public static long? CustomId(string name) =>
        name.StartsWith(CustomPrefix, StringComparison.Ordinal)
            ? long.Parse(name.AsSpan(CustomPrefix.Length), CultureInfo.InvariantCulture)
            : null;

    /// <summary>The fields that any caller may name; links and the company's own fields come on top.</summary>
    public static FrozenDictionary<string, ProductField> All { get; } = new ProductField[]
    {
        // Identifiers
        new(Name, FieldKind.Text, IsClearable: false),
        new(Ean, FieldKind.Ean),
        new(Reference, FieldKind.Text),
        new("asin", FieldKind.Text),
        new("upc", FieldKind.Text),
        new("gtin", FieldKind.Text),
        new("external_id", FieldKind.Text),
        new(SourceId, FieldKind.Text),
        new("url_slug", FieldKind.Text),

        // Content
        new(Brand, FieldKind.Text),
        new("short_description", FieldKind.Text, MaxLength: LongText),
        new("description", FieldKind.Text, MaxLength: LongText),
        new("promotional_text", FieldKind.Text, MaxLength: LongText),
        new("category", FieldKind.Text),

        // Status
        new("lifecycle_status", FieldKind.Text),
        new("discontinued", FieldKind.Boolean),
        new("end_of_life_date", FieldKind.Date),

        // Dimensions: kg and cm
        new("weight", FieldKind.Number),
        new("width", FieldKind.Number),
        new("height", FieldKind.Number),
        new("depth", FieldKind.Number),
        new("unit_of_measure", FieldKind.Text),

        // Packaging: cm and grams
        new("package_length", FieldKind.Number),
        new("package_width", FieldKind.Number),
        new("package_height", FieldKind.Number),
        new("package_weight", FieldKind.Integer),
        new("package_quantity", FieldKind.Integer, Min: 1),

        // B2B
        new("min_order_quantity", FieldKind.Integer, Min: 1),
        new("max_order_quantity", FieldKind.Integer, Min: 1),
        new("order_increment", FieldKind.Integer, Min: 1),
        new("lead_time_days", FieldKind.Integer),
        new("backorder_allowed", FieldKind.Boolean),
        new("preorder_available", FieldKind.Boolean),
        new("requires_quote", FieldKind.Boolean),
        new("is_b2b_only", FieldKind.Boolean),

        // Compliance
        new("hs_code", FieldKind.Text),
        new("country_of_origin", FieldKind.Country),
        new("dangerous_goods", FieldKind.Boolean),
        new("dangerous_goods_class", FieldKind.Text),
        new("reach_compliant", FieldKind.Boolean),
        new("rohs_compliant", FieldKind.Boolean),
        new("ce_marked", FieldKind.Boolean),
        new("weee_category", FieldKind.Text),

        // Energy
        new("energy_class", FieldKind.Text),
        new("recyclable", FieldKind.Boolean),
        new("eco_friendly", FieldKind.Boolean),
        new("carbon_footprint_kg", FieldKind.Number),

        // Warranty: months and days
        new("warranty_duration", FieldKind.Integer),
        new("warranty_type", FieldKind.Text),
        new("return_policy_days", FieldKind.Integer),
        new("return_allowed", FieldKind.Boolean),

        // Physical
        new("color", FieldKind.Text),
        new("color_secondary", FieldKind.Text),
        new("size", FieldKind.Text),
        new("material", FieldKind.Text),
        new("finish", FieldKind.Text),
        new("style", FieldKind.Text),
        new("pattern", FieldKind.Text),
        new("washcare", FieldKind.Text),
        new("dimensions", FieldKind.Text),
        new("formula", FieldKind.Text),

        // Range
        new("theme", FieldKind.Text),
        new("collection", FieldKind.Text),
        new(TargetStoreDate, FieldKind.Date),

        // JSON objects
        new("technical_specs", FieldKind.Document, MaxLength: LongText),
        new("compatibility", FieldKind.Document, MaxLength: LongText),
    }.ToFrozenDictionary(f => f.Name, StringComparer.Ordinal);
}
