using System.Collections.Frozen;
using System.Text.Json;
using PixeeEvents.Catalog;
using PixeeEvents.Inventory;
using PixeeEvents.Pricing;
using PixeeEvents.WinDev.Wire;

namespace PixeeEvents.WinDev.Products;

/// <summary>A product as sync and PATCH give it, parsed: nothing half-valid exists.</summary>
/// <param name="Fields">Catalogue fields to set, or to clear with null.</param>
internal sealed record ProductInput(
    Dictionary<string, JsonElement?> Fields, Figure PriceHt, Figure PriceTtc, Figure TaxRate, long? Stock, string? SupplierCode,
    bool? IsActive)
{
    public string? Ean => Fields.TryGetValue(ProductFields.Ean, out var value) ? value?.GetString() : null;

    public string? Reference => Fields.TryGetValue(ProductFields.Reference, out var value) ? value?.GetString() : null;

    /// <summary>What <c>status</c> says of it, as it is shown beside <c>is_active</c>.</summary>
    public bool? Status { get; init; }

    /// <summary>The product that it was read from, when it is what the API showed.</summary>
    public Guid? ShownId { get; init; }

    /// <summary>The sum of the suppliers' stocks shown with it; null when there was a generic figure, or nothing was shown.</summary>
    public long? ShownSum { get; init; }

    public bool SetsPrice => PriceHt.IsGiven || PriceTtc.IsGiven || TaxRate.IsGiven;

    public SetPrice PriceOf(Guid product) => new(product, PriceHt, PriceTtc, TaxRate);

    /// <summary>
    /// The stock to report, null for none. A product without a generic figure shows the sum over its suppliers: sent back as it was shown,
    /// that is no figure of anybody's.
    /// </summary>
    public ReportStock? StockOf(Guid product, Inventory.Stock stock)
    {
        if (Stock is not { } level)
        {
            return null;
        }

        var wasSum = ShownId == product && level == ShownSum;
        var isSum = stock.Generic is null && level == stock.BySupplier.Values.Sum() && (stock.BySupplier.Count > 0 || ShownId == product);
        return SupplierCode is null && (wasSum || isSum) ? null : new ReportStock(product, SupplierCode, level);
    }
}

/// <summary>Reads the fields of one product. The first problem of an item is its error; it names the field and the rule.</summary>
internal static class ProductReader
{
    private static readonly ProductField PriceHt = new("price_ht", FieldKind.Number);
    private static readonly ProductField PriceTtc = new("price_ttc", FieldKind.Number);
    private static readonly ProductField TaxRate = new("tax_rate", FieldKind.Number, Max: 100);
    private static readonly ProductField Stock = new("stock", FieldKind.Integer, IsClearable: false);
    private static readonly ProductField SupplierCode = new("supplier_code", FieldKind.Text);
    private static readonly ProductField IsActive = new("is_active", FieldKind.Boolean, IsClearable: false);

    /// <summary>What is shown of a product and set by nobody, beside its id and stocks.</summary>
    private static readonly FrozenSet<string> ShownFields = new[] { "version", "updated_at" }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>The fields that the sync table documents; the rest of the catalogue's are for PATCH.</summary>
    public static FrozenSet<string> SyncFields { get; } = new[]
    {
        "reference", "ean", "name", "brand", "short_description", "description", "weight", "width", "height", "depth", "unit_of_measure",
        "package_weight", "package_quantity", "upc", "gtin", "external_id", "min_order_quantity", "lead_time_days", "hs_code",
        "country_of_origin", "dangerous_goods", "color", "size", "material", "warranty_duration", "category",
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>An item of sync: unknown fields are ignored, null means "not given", a key is required.</summary>
    /// <param name="needsName">Whether a name is required, too.</param>
    public static ProductInput? ReadItem(JsonElement item, bool needsName, out string? problem)
    {
        if (item.ValueKind != JsonValueKind.Object)
        {
            problem = Messages.ItemNotAnObject;
            return null;
        }

        var input = Read(item, patch: false, out problem);
        if (input is null)
        {
            return null;
        }

        // Programs send "" for a key they do not have; it takes no key away from a product.
        foreach (var key in (ReadOnlySpan<string>)[ProductFields.Ean, ProductFields.Reference])
        {
            if (input.Fields.TryGetValue(key, out var value) && value is null)
            {
                input.Fields.Remove(key);
            }
        }

        var lacksName = input.Fields.TryGetValue(ProductFields.Name, out var name) ? name is null : needsName;
        problem = lacksName ? Messages.Required(ProductFields.Name)
            : input.Ean is null && input.Reference is null ? Messages.KeyRequired
            : null;
        return problem is null ? input : null;
    }

    /// <summary>The body of a PATCH: unknown fields are refused, null clears. What GET shows beside the fields says nothing.</summary>
    public static ProductInput? ReadPatch(JsonElement body, out string? problem)
    {
        var input = Read(body, patch: true, out problem);
        return input is null ? null : input with { IsActive = input.IsActive ?? input.Status };
    }

    /// <summary>The reference or EAN of an item, good or bad, to name it in an error.</summary>
    public static string? Key(JsonElement item, string name) =>
        item.ValueKind == JsonValueKind.Object && FieldValue.TryGetProperty(item, name, out var value) ? Key(value) : null;

    private static string? Key(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String when FieldValue.TryGetString(value, out var text) => text,
        JsonValueKind.Number => value.GetRawText(),
        _ => null,
    };

    private static ProductInput? Read(JsonElement source, bool patch, out string? problem)
    {
        var input = new ProductInput(
            new Dictionary<string, JsonElement?>(StringComparer.Ordinal), default, default, default, null, null, null);
        foreach (var property in source.EnumerateObject())
        {
            if (!FieldValue.TryGetName(property, out var name))
            {
                problem = Messages.UnreadableName;
                return null;
            }

            if (!patch && property.Value.ValueKind == JsonValueKind.Null)
            {
                continue;
            }

            input = ReadField(input, name, property.Value, patch, out problem);
            if (problem is not null)
            {
                return null;
            }
        }

        problem = null;
        return input;
    }

    private static ProductInput ReadField(ProductInput input, string name, JsonElement value, bool patch, out string? problem)
    {
        switch (name)
        {
            case "price_ht":
                return input with { PriceHt = Given(PriceHt, value, out problem) };
            case "price_ttc":
                return input with { PriceTtc = Given(PriceTtc, value, out problem) };
            case "tax_rate":
                return input with { TaxRate = Given(TaxRate, value, out problem) };
            case "stock" or "is_active" when FieldValue.IsBlank(value):
                problem = null;
                return input;
            case "stock":
                var stock = Parse(Stock, value, out problem);
                return input with { Stock = stock?.GetInt64() };
            case "supplier_code":
                var supplier = Parse(SupplierCode, value, out problem);
                return input with { SupplierCode = supplier?.GetString() };
            case "is_active" when patch:
                var active = Parse(IsActive, value, out problem);
                return input with { IsActive = active?.GetBoolean() };
            case "status" when patch:
                return input with { Status = StatusOf(value, out problem) };
            case "id":
                problem = null;
                return input with { ShownId = Guid.TryParse(Key(value), out var id) ? id : null };
            case "stocks":
                problem = null;
                return input with { ShownSum = SumOf(value) };
        }

        if (!ProductFields.All.TryGetValue(name, out var field) || (!patch && !SyncFields.Contains(name)))
        {
            problem = patch && !ShownFields.Contains(name) ? Messages.UnknownField(name) : null;
            return input;
        }

        if (field.Kind == FieldKind.Ean && Gtin.IsNone(value))
        {
            problem = null;
            return input;
        }

        input.Fields[name] = Parse(field, value, out problem);
        return input;
    }

    private static Figure Given(ProductField field, JsonElement value, out string? problem) =>
        Figure.Given(Parse(field, value, out problem)?.GetDecimal());

    private static bool? StatusOf(JsonElement value, out string? problem)
    {
        var status = Key(value) switch { "active" => true, "inactive" => false, _ => (bool?)null };
        problem = status is null && value.ValueKind != JsonValueKind.Null && !FieldValue.IsBlank(value) ? Messages.BadStatus : null;
        return status;
    }

    /// <summary>Null when there is a generic figure among them, or anything else that is no supplier's.</summary>
    private static long? SumOf(JsonElement stocks)
    {
        if (stocks.ValueKind != JsonValueKind.Array)
        {
            return null;
        }

        var sum = 0L;
        foreach (var stock in stocks.EnumerateArray())
        {
            if (stock.ValueKind != JsonValueKind.Object
                || !stock.TryGetProperty("supplier_code", out var supplier) || supplier.ValueKind != JsonValueKind.String
                || !stock.TryGetProperty("stock", out var level) || level.ValueKind != JsonValueKind.Number
                || !level.TryGetInt32(out var known))
            {
                return null;
            }

            sum += known;
        }

        return sum;
    }

    private static JsonElement? Parse(ProductField field, JsonElement value, out string? problem)
    {
        var parsed = FieldValue.Parse(field, value, out var fieldProblem);
        if (parsed is null && fieldProblem == FieldProblem.None && !field.IsClearable)
        {
            fieldProblem = FieldProblem.Required;
        }

        problem = fieldProblem == FieldProblem.None ? null : Messages.Problem(field, fieldProblem);
        return parsed;
    }
}
