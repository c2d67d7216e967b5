using System.Text.Json;
using PixeeEvents.EventSourcing;

namespace PixeeEvents.Catalog;

/// <summary>A product entered the catalogue, active, with everything that was known of it.</summary>
public sealed record ProductRegistered(IReadOnlyDictionary<string, JsonElement> Fields);

/// <summary>Fields of a product changed; only those, each with the value before and after (absent = null).</summary>
public sealed record ProductDetailsChanged(IReadOnlyDictionary<string, FieldChange> Changes);

public sealed record FieldChange(JsonElement? Before, JsonElement? After);

/// <summary>The product is offered.</summary>
public sealed record ProductActivated;

/// <summary>The product is no longer offered; it stays in the catalogue.</summary>
public sealed record ProductDeactivated;

/// <summary>The product left the catalogue for good; its keys are free again.</summary>
public sealed record ProductDestroyed(string? Ean, string? Reference);

/// <summary>What decisions on a product need: its fields as in <see cref="ProductFields"/>, and whether it is active.</summary>
public sealed record Product(bool Exists, bool IsActive, IReadOnlyDictionary<string, JsonElement> Fields)
{
    private static readonly Product Nothing = new(false, false, new Dictionary<string, JsonElement>(StringComparer.Ordinal));

    public static Aggregate<Product> Aggregate { get; } = new("product", "catalog", "products", Nothing, Evolve);

    public string? Ean => Text(ProductFields.Ean);

    public string? Reference => Text(ProductFields.Reference);

    public string? Text(string field) => Fields.TryGetValue(field, out var value) ? value.GetString() : null;

    private static Product Evolve(Product product, object @event) => @event switch
    {
        ProductRegistered e => new Product(true, true, e.Fields),
        ProductDetailsChanged e => product with { Fields = With(product.Fields, e.Changes) },
        ProductActivated => product with { IsActive = true },
        ProductDeactivated => product with { IsActive = false },
        ProductDestroyed => Nothing,
        _ => product,
    };

    private static Dictionary<string, JsonElement> With(IReadOnlyDictionary<string, JsonElement> fields, IReadOnlyDictionary<string, FieldChange> changes)
    {
        var next = new Dictionary<string, JsonElement>(fields, StringComparer.Ordinal);
        foreach (var (field, change) in changes)
        {
            if (change.After is { } after)
            {
                next[field] = after;
            }
            else
            {
                next.Remove(field);
            }
        }

        return next;
    }
}
