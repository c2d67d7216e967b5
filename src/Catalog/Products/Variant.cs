using System.Text.Json;
using System.Text.Json.Serialization;
using Npgsql;
using PixeeEvents.Catalog.Settings;
using PixeeEvents.Catalog.Values;
using PixeeEvents.EventLog;

namespace PixeeEvents.Catalog.Products;

/// <summary>A product got a variant; fields it does not name are the product's.</summary>
/// <param name="Id">No other variant has it, in any company.</param>
public sealed record VariantAdded(
    long Id, [property: JsonConverter(typeof(FieldsConverter))] IReadOnlyDictionary<string, JsonElement> Fields);

/// <summary>Fields of a variant changed; only those, each with the value before and after (absent = null).</summary>
public sealed record VariantChanged(long Id, IReadOnlyDictionary<string, FieldChange> Changes);

/// <summary>A variant left its product; its reference is free again.</summary>
public sealed record VariantRemoved(long Id, string? Reference);

/// <summary>What decisions on a variant need: fields as in <see cref="ProductFields"/>, without keys of trade and category.</summary>
public sealed record Variant(long Id, [property: JsonConverter(typeof(FieldsConverter))] IReadOnlyDictionary<string, JsonElement> Fields)
{
    /// <summary>How many variants one product may have.</summary>
    public const int MaxPerProduct = 500;

    public string? Reference => Text(ProductFields.Reference);

    public string? Text(string field) => Fields.TryGetValue(field, out var value) ? value.GetString() : null;

    /// <summary>Integers that no other variant has.</summary>
    public static async Task<long[]> Numbers(EventSession session, int count, CancellationToken cancellationToken)
    {
        await using var batch = await session.Batch(cancellationToken);
        batch.Add("select array_agg(nextval('catalog.variant_numbers')) from generate_series(1, $1::bigint)", Sql.Long(count));
        return (long[])(await batch.ExecuteScalarAsync(cancellationToken))!;
    }

    internal static IReadOnlyList<Variant>? Evolve(IReadOnlyList<Variant>? variants, object @event)
    {
        IReadOnlyList<Variant>? after = @event switch
        {
            VariantAdded e => [.. variants ?? [], new Variant(e.Id, e.Fields)],
            VariantChanged e =>
                [.. (variants ?? []).Select(v => v.Id == e.Id ? v with { Fields = FieldChange.Apply(v.Fields, e.Changes) } : v)],
            VariantRemoved e => [.. (variants ?? []).Where(v => v.Id != e.Id)],
            _ => variants,
        };
        return after is [] ? null : after;
    }
}

/// <summary>Adds a variant to a product.</summary>
public sealed record AddVariant(long Id, IReadOnlyDictionary<string, JsonElement?> Fields)
{
    public Decision Decide(Product product)
    {
        var given = Fields.Where(f => f.Value is not null).ToDictionary(f => f.Key, f => f.Value!.Value, StringComparer.Ordinal);
        return !product.Exists ? new Refusal("no_such_product", "There is no such product.")
            : !given.ContainsKey(ProductFields.Name) ? new Refusal("name_required", "A variant has a name.")
            : product.Variants?.Count >= Variant.MaxPerProduct ? new Refusal(
                "too_many_variants", $"A product has at most {Variant.MaxPerProduct} variants.")
            : Decision.Of(new VariantAdded(Id, given));
    }
}

/// <summary>Changes some fields of a variant. What is not named stays.</summary>
public sealed record ReviseVariant(long Id, IReadOnlyDictionary<string, JsonElement?> Fields)
{
    public Decision Decide(Product product)
    {
        if (product.Variant(Id) is not { } variant)
        {
            return new Refusal("no_such_variant", "The product has no such variant.");
        }

        var changes = FieldChange.Between(variant.Fields, Fields);
        return changes.TryGetValue(ProductFields.Name, out var name)
            && name.After is null ? new Refusal("name_required", "A variant has a name.")
            : changes.Count == 0 ? Decision.Nothing
            : Decision.Of(new VariantChanged(Id, changes));
    }
}

/// <summary>Takes a variant away, unless something uses it.</summary>
public sealed record RemoveVariant(long Id, bool IsInUse)
{
    public Decision Decide(Product product) =>
        product.Variant(Id) is not { } variant ? new Refusal("no_such_variant", "The product has no such variant.")
        : IsInUse ? new Refusal("variant_in_use", "The variant is in use by a project line.")
        : Decision.Of(new VariantRemoved(Id, variant.Reference));
}
