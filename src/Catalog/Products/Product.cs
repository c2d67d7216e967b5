using System.Text.Json;
using System.Text.Json.Serialization;
using PixeeEvents.Catalog.Files;
using PixeeEvents.Catalog.Settings;
using PixeeEvents.Catalog.Values;
using PixeeEvents.EventLog;

namespace PixeeEvents.Catalog.Products;

/// <summary>A product entered the catalogue, active, with everything that was known of it.</summary>
public sealed record ProductRegistered([property: JsonConverter(typeof(FieldsConverter))] IReadOnlyDictionary<string, JsonElement> Fields);

/// <summary>Fields of a product changed; only those, each with the value before and after (absent = null).</summary>
public sealed record ProductDetailsChanged(IReadOnlyDictionary<string, FieldChange> Changes);

public sealed record FieldChange(JsonElement? Before, JsonElement? After)
{
    /// <summary>What differs between fields and what somebody wants some of them to be, null for cleared.</summary>
    /// <remarks>Another padding of an EAN is no difference.</remarks>
    internal static Dictionary<string,
    FieldChange> Between(IReadOnlyDictionary<string, JsonElement> fields, IReadOnlyDictionary<string, JsonElement?> wanted)
    {
        var changes = new Dictionary<string, FieldChange>(StringComparer.Ordinal);
        foreach (var (field, after) in wanted)
        {
            JsonElement? before = fields.TryGetValue(field, out var value) ? value : null;
            if (!(before is null ? after is null : after is not null && IsSame(field, before.Value, after.Value)))
            {
                changes[field] = new FieldChange(before, after);
            }
        }

        return changes;
    }

    private static bool IsSame(string field, JsonElement one, JsonElement other) =>
        JsonElement.DeepEquals(one, other) || (field == ProductFields.Ean && Gtin.Same(one.GetString(), other.GetString()));

    internal static Dictionary<string,
    JsonElement> Apply(IReadOnlyDictionary<string, JsonElement> fields, IReadOnlyDictionary<string, FieldChange> changes)
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

/// <summary>The product is offered.</summary>
public sealed record ProductActivated;

/// <summary>The product is no longer offered; it stays in the catalogue.</summary>
public sealed record ProductDeactivated;

/// <summary>The product left the catalogue for good; its keys are free again.</summary>
public sealed record ProductDestroyed(string? Ean, string? Reference, IReadOnlyList<string>? VariantReferences = null);

/// <summary>
/// What decisions on a product need: its fields as in <see cref="ProductFields"/>, where it stands in its life, its variants and
/// its files.
/// </summary>
public sealed record Product(
    Guid Id, bool Exists, bool IsActive, [property: JsonConverter(typeof(FieldsConverter))] IReadOnlyDictionary<string, JsonElement> Fields)
{
    public static Aggregate<Product> Aggregate { get; } = new(Nothing, Evolve);

    /// <summary>Archived means inactive.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsArchived { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsCancelled { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsShowcased { get; init; }

    /// <summary>Users who like it; null for nobody.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<long>? LikedBy { get; init; }

    /// <summary>In the order in which they were added; null for none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<Variant>? Variants { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ProductFiles? Files { get; init; }

    [JsonIgnore]
    public long? Owner => Number(ProductFields.Owner);

    [JsonIgnore]
    public long? Category => Number(ProductFields.Category);

    public string? Ean => Text(ProductFields.Ean);

    public string? Reference => Text(ProductFields.Reference);

    public string? Text(string field) => Fields.TryGetValue(field, out var value) ? value.GetString() : null;

    public Variant? Variant(long id) => Variants?.FirstOrDefault(v => v.Id == id);

    public bool Likes(long user) => LikedBy?.Contains(user) == true;

    private static Product Nothing(Guid id) => new(id, false, false, new Dictionary<string, JsonElement>(StringComparer.Ordinal));

    private long? Number(string field) => Fields.TryGetValue(field, out var value) ? value.GetInt64() : null;

    private static Product Evolve(Product product, object @event) => @event switch
    {
        ProductRegistered e => new Product(product.Id, true, true, e.Fields),
        ProductDetailsChanged e => product with { Fields = FieldChange.Apply(product.Fields, e.Changes) },
        ProductActivated => product with { IsActive = true },
        ProductDeactivated => product with { IsActive = false },
        ProductArchived => product with { IsArchived = true },
        ProductUnarchived => product with { IsArchived = false },
        ProductCancelled => product with { IsCancelled = true },
        ProductUncancelled => product with { IsCancelled = false },
        ProductShowcased => product with { IsShowcased = true },
        ProductUnshowcased => product with { IsShowcased = false },
        ProductLiked e => product with { LikedBy = [.. product.LikedBy ?? [], e.User] },
        ProductUnliked e =>
            product with { LikedBy = product.LikedBy?.Where(u => u != e.User).ToList() is { Count: > 0 } others ? others : null },
        VariantAdded or VariantChanged or VariantRemoved => product with { Variants = Products.Variant.Evolve(product.Variants, @event) },
        ProductDestroyed => Nothing(product.Id),
        _ => product with { Files = ProductFiles.Evolve(product.Files, @event) },
    };
}
