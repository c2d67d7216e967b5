using System.Text.Json;
using PixeeEvents.EventSourcing;

namespace PixeeEvents.Catalog;

/// <summary>Fields as a caller gives them: a value, or null to clear. What is not named stays.</summary>
public sealed record RegisterProduct(IReadOnlyDictionary<string, JsonElement?> Fields)
{
    public Decision Decide(Product product)
    {
        if (product.Exists)
        {
            return new Refusal("product_exists", "The product is in the catalogue already.");
        }

        var given = Fields.Where(f => f.Value is not null).ToDictionary(f => f.Key, f => f.Value!.Value, StringComparer.Ordinal);
        return !given.ContainsKey(ProductFields.Name)
            ? new Refusal("name_required", "A product has a name.")
            : !given.ContainsKey(ProductFields.Ean) && !given.ContainsKey(ProductFields.Reference)
                ? new Refusal("key_required", "A product has an EAN or a reference.")
                : Decision.Of(new ProductRegistered(given));
    }
}

/// <summary>Changes some fields of a product and, when given, whether it is active.</summary>
public sealed record ReviseProduct(IReadOnlyDictionary<string, JsonElement?> Fields, bool? IsActive = null)
{
    public Decision Decide(Product product)
    {
        if (!product.Exists)
        {
            return new Refusal("no_such_product", "There is no such product.");
        }

        var events = new List<object>(2);
        Dictionary<string, FieldChange>? changes = null;
        foreach (var (field, after) in Fields)
        {
            JsonElement? before = product.Fields.TryGetValue(field, out var value) ? value : null;
            if (!Same(before, after))
            {
                (changes ??= new Dictionary<string, FieldChange>(StringComparer.Ordinal))[field] = new FieldChange(before, after);
            }
        }

        if (changes is not null)
        {
            if (Cleared(changes, ProductFields.Name))
            {
                return new Refusal("name_required", "A product has a name.");
            }

            if (!Remains(product, changes, ProductFields.Ean) && !Remains(product, changes, ProductFields.Reference))
            {
                return new Refusal("key_required", "A product has an EAN or a reference.");
            }

            events.Add(new ProductDetailsChanged(changes));
        }

        if (IsActive is { } active && active != product.IsActive)
        {
            events.Add(active ? new ProductActivated() : new ProductDeactivated());
        }

        return events.Count == 0 ? Decision.Nothing : Decision.Of([.. events]);
    }

    private static bool Same(JsonElement? a, JsonElement? b) => a is null ? b is null : b is not null && JsonElement.DeepEquals(a.Value, b.Value);

    private static bool Cleared(Dictionary<string, FieldChange> changes, string field) => changes.TryGetValue(field, out var change) && change.After is null;

    private static bool Remains(Product product, Dictionary<string, FieldChange> changes, string field) =>
        changes.TryGetValue(field, out var change) ? change.After is not null : product.Fields.ContainsKey(field);
}

/// <summary>Takes a product out of the catalogue for good.</summary>
public sealed record DestroyProduct
{
    public static Decision Decide(Product product) => product.Exists ? Decision.Of(new ProductDestroyed(product.Ean, product.Reference)) : Decision.Nothing;
}
