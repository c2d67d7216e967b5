using System.Text.Json;
using PixeeEvents.Catalog;
using PixeeEvents.Pricing;

namespace PixeeEvents.Host.WinDev;

/// <summary>Items of the stock and price batches; both are found by EAN.</summary>
internal static class FigureItem
{
    private static readonly ProductField EanField = ProductFields.All[ProductFields.Ean];
    private static readonly ProductField Level = new("stock", FieldKind.Integer);
    private static readonly ProductField Supplier = new("supplier_code", FieldKind.Text);
    private static readonly ProductField PriceHt = new("price_ht", FieldKind.Number);
    private static readonly ProductField PriceTtc = new("price_ttc", FieldKind.Number);

    public static string? Ean(JsonElement item, out string? problem)
    {
        if (item.ValueKind != JsonValueKind.Object)
        {
            problem = Messages.ItemNotAnObject;
            return null;
        }

        var ean = Read(item, EanField, out problem);
        problem ??= ean is null ? Messages.Required(EanField.Name) : null;
        return ean?.GetString();
    }

    public static (long Level, string? Supplier) Stock(JsonElement item, out string? problem)
    {
        var level = Read(item, Level, out problem);
        problem ??= level is null ? Messages.Required(Level.Name) : null;
        var supplier = problem is null ? Read(item, Supplier, out problem) : null;
        return (level?.GetInt64() ?? 0, supplier?.GetString());
    }

    public static (Figure PriceHt, Figure PriceTtc) Prices(JsonElement item, out string? problem)
    {
        var ht = Read(item, PriceHt, out problem);
        var ttc = problem is null ? Read(item, PriceTtc, out problem) : null;
        problem ??= ht is null && ttc is null ? Messages.PriceRequired : null;
        return (Of(ht), Of(ttc));

        static Figure Of(JsonElement? value) => value is { } v ? Figure.Given(v.GetDecimal()) : Figure.Kept;
    }

    private static JsonElement? Read(JsonElement item, ProductField field, out string? problem)
    {
        problem = null;
        if (!item.TryGetProperty(field.Name, out var value))
        {
            return null;
        }

        var parsed = FieldValue.Parse(field, value, out var fieldProblem);
        problem = fieldProblem == FieldProblem.None ? null : Messages.Problem(field, fieldProblem);
        return parsed;
    }
}
