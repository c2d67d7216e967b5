using System.Text.Json;
using PixeeEvents.Catalog.Settings;
using PixeeEvents.EventLog;

namespace PixeeEvents.Catalog.Products;

/// <summary>Fields as a caller gives them: a value, or null to clear. What is not named stays.</summary>
/// <param name="NeedsKey">The caller finds products by EAN or reference alone, so one without either would be lost to it.</param>
public sealed record RegisterProduct(IReadOnlyDictionary<string, JsonElement?> Fields, bool NeedsKey = true)
{
    /// <summary>The refusal of a reference that no path can carry.</summary>
    internal static Refusal? Unreachable(IReadOnlyDictionary<string, JsonElement?> fields) =>
        fields.TryGetValue(ProductFields.Reference, out var reference) && reference is { } given
            && (given.ValueEquals(".") || given.ValueEquals(".."))
            ? new Refusal(ProductFields.UnreachableReference, "is no reference: no address can carry it")
            : null;

    public Decision Decide(Product product)
    {
        if (product.Exists)
        {
            return new Refusal("product_exists", "The product is in the catalogue already.");
        }

        var given = Fields.Where(f => f.Value is not null).ToDictionary(f => f.Key, f => f.Value!.Value, StringComparer.Ordinal);
        return Unreachable(Fields) is { } refusal ? refusal
            : !given.ContainsKey(ProductFields.Name)
            ? new Refusal("name_required", "A product has a name.")
            : NeedsKey && !given.ContainsKey(ProductFields.Ean) && !given.ContainsKey(ProductFields.Reference)
                ? new Refusal("key_required", "A product has an EAN or a reference.")
                : Decision.Of(new ProductRegistered(given));
    }
}

/// <summary>
/// Changes some fields of a product and, when given, whether it is active. An archived one is made active by taking it out of the
/// archive.
/// </summary>
/// <param name="NeedsKey">As in <see cref="RegisterProduct"/>.</param>
public sealed record ReviseProduct(IReadOnlyDictionary<string, JsonElement?> Fields, bool? IsActive = null, bool NeedsKey = true)
{
    public Decision Decide(Product product)
    {
        if (!product.Exists)
        {
            return new Refusal("no_such_product", "There is no such product.");
        }

        var events = new List<object>(2);
        var changes = FieldChange.Between(product.Fields, Fields);
        if (changes.Count > 0)
        {
            if (changes.ContainsKey(ProductFields.Reference) && RegisterProduct.Unreachable(Fields) is { } unreachable)
            {
                return unreachable;
            }

            if (Cleared(changes, ProductFields.Name))
            {
                return new Refusal("name_required", "A product has a name.");
            }

            if (NeedsKey && !Remains(product, changes, ProductFields.Ean) && !Remains(product, changes, ProductFields.Reference))
            {
                return new Refusal("key_required", "A product has an EAN or a reference.");
            }

            events.Add(new ProductDetailsChanged(changes));
        }

        if (IsActive is { } active && active != product.IsActive)
        {
            events.AddRange(
                !active
                    ? [new ProductDeactivated()]
                    : product.IsArchived ? [new ProductUnarchived(), new ProductActivated()] : [new ProductActivated()]);
        }

        return events.Count == 0 ? Decision.Nothing : Decision.Of([.. events]);
    }

    private static bool Cleared(Dictionary<string, FieldChange> changes, string field) =>
        changes.TryGetValue(field, out var change) && change.After is null;

    private static bool Remains(Product product, Dictionary<string, FieldChange> changes, string field) =>
        changes.TryGetValue(field, out var change) ? change.After is not null : product.Fields.ContainsKey(field);
}

/// <summary>Takes a product out of the catalogue for good, with its variants, unless something uses it.</summary>
public sealed record DestroyProduct(bool IsInUse = false)
{
    public Decision Decide(Product product) =>
        !product.Exists ? Decision.Nothing
        : IsInUse ? new Refusal("product_in_use", "The product is in use by a project line.")
        : Decision.Of(new ProductDestroyed(
            product.Ean, product.Reference,
            product.Variants?.Select(v => v.Reference).OfType<string>().ToList() is { Count: > 0 } references ? references : null));
}
