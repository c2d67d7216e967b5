using System.Text.Json;
using PixeeEvents.Catalog;
using PixeeEvents.Pricing;
using PixeeEvents.WinDev.Wire;

namespace PixeeEvents.WinDev.Figures;

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

        var ean = Text(item, EanField, out problem);
        problem ??= ean is null ? Messages.Required(EanField.Name) : null;
        return ean;
    }

    public static (long Level, string? Supplier) Stock(JsonElement item, out string? problem)
    {
        var level = Number(item, Level, out problem);
        problem ??= level is null ? Messages.Required(Level.Name) : null;
        var supplier = problem is null ? Text(item, Supplier, out problem) : null;
        problem ??= UnreadableName(item);
        return ((long)(level ?? 0), supplier);
    }

    public static (Figure PriceHt, Figure PriceTtc) Prices(JsonElement item, out string? problem)
    {
        var ht = Number(item, PriceHt, out problem);
        var ttc = problem is null ? Number(item, PriceTtc, out problem) : null;
        problem ??= ht is null && ttc is null ? Messages.PriceRequired : UnreadableName(item);
        return (Of(ht), Of(ttc));

        static Figure Of(decimal? value) => value is null ? Figure.Kept : Figure.Given(value);
    }

    private static string? UnreadableName(JsonElement item) => FieldValue.NamesAreText(item) ? null : Messages.UnreadableName;

    private static string? Text(JsonElement item, ProductField field, out string? problem)
    {
        var (value, wrong) = (default(string), FieldProblem.None);
        if (FieldValue.TryGetProperty(item, field.Name, out var given) && given.ValueKind != JsonValueKind.Null)
        {
            value = FieldValue.Text(field, given, out wrong);
        }

        problem = wrong == FieldProblem.None ? null : Messages.Problem(field, wrong);
        return value;
    }

    private static decimal? Number(JsonElement item, ProductField field, out string? problem)
    {
        var (value, wrong) = (default(decimal?), FieldProblem.None);
        if (FieldValue.TryGetProperty(item, field.Name, out var given) && given.ValueKind != JsonValueKind.Null)
        {
            value = FieldValue.Number(field, given, out wrong);
        }

        problem = wrong == FieldProblem.None ? null : Messages.Problem(field, wrong);
        return value;
    }
}
