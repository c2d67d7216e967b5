using System.Collections.Frozen;
using System.Text.Json;
using JasperFx.Events;
using Npgsql;
using PixeeEvents.Catalog;
using PixeeEvents.EventLog;

namespace PixeeEvents.Winddle.Rows;

/// <summary>Keeps the rows that the Winddle face shows, in the transaction that appends: clients read back what they wrote.</summary>
/// <remarks>
/// A product's integer id is its place among the company's registrations. Whoever registers holds the company's keys until the
/// commit, so that this order is the log's, and a rebuild gives every product the id it had.
/// </remarks>
internal sealed class WinddleProducts : RowProjection
{
    public override string Name => "WinddleProducts";

    public override string Schema => "winddle";

    public override IReadOnlyList<string> Tables { get; } = ["products", "variants", "ordinals", "page_blocks"];

    /// <summary>The catalogue's fields that the face shows; the company's own fields come on top.</summary>
    public static FrozenSet<string> Fields { get; } = new[]
    {
        "name", "source_id", "reference", "material", "brand", "color", "size", "washcare", "description", "dimensions", "theme",
        "collection", "formula",
        "target_store_date", ProductFields.Category, ProductFields.Season, ProductFields.Status, ProductFields.Owner,
    }.ToFrozenSet(StringComparer.Ordinal);

    public override void Project(EventBatch events, NpgsqlBatch statements, string schema)
    {
        var registered = new List<ProductDelta>();
        var products = new Dictionary<Guid, ProductDelta>();
        var variants = new Dictionary<long, VariantDelta>();
        var destroyed = new List<Guid>();
        foreach (var (n, @event) in events.Numbered)
        {
            switch (@event.Data)
            {
                case ProductRegistered e:
                    var product = Product(@event, n);
                    product.Created = n;
                    product.Set(e.Fields.Select(f => (f.Key, (JsonElement?)f.Value)), n);
                    registered.Add(product);
                    break;
                case ProductDetailsChanged e when e.Changes.Keys.Any(IsShown):
                    Product(@event, n).Set(e.Changes.Select(c => (c.Key, c.Value.After)), n);
                    break;
                case ProductArchived or ProductUnarchived:
                    Product(@event, n).Archived = @event.Data is ProductArchived;
                    break;
                case ProductCancelled or ProductUncancelled:
                    Product(@event, n).Cancelled = @event.Data is ProductCancelled;
                    break;
                case ProductShowcased or ProductUnshowcased:
                    Product(@event, n).Showcased = @event.Data is ProductShowcased;
                    break;
                case ProductLiked e:
                    Product(@event, n).Like(e.User, true);
                    break;
                case ProductUnliked e:
                    Product(@event, n).Like(e.User, false);
                    break;
                case VariantAdded e:
                    Product(@event, n);
                    Variant(@event, n, e.Id).Created = n;
                    Variant(@event, n, e.Id).Set(e.Fields.Select(f => (f.Key, (JsonElement?)f.Value)), n);
                    break;
                case VariantChanged e:
                    Product(@event, n);
                    Variant(@event, n, e.Id).Set(e.Changes.Select(c => (c.Key, c.Value.After)), n);
                    break;
                case VariantRemoved e:
                    Product(@event, n);
                    Variant(@event, n, e.Id).IsGone = true;
                    break;
                case ImageSet or ImageRemoved or AttachmentAdded or AttachmentVersionAdded or AttachmentRenamed or AttachmentRemoved:
                    Product(@event, n);
                    break;
                case ProductDestroyed:
                    destroyed.Add(@event.StreamId);
                    break;
            }
        }

        WinddleStatements.Insert(statements, schema, events.Tenant, registered);
        WinddleStatements.Update(statements, schema, events.Tenant, [.. products.Values.Where(p => p.Created is null)]);
        WinddleStatements.Write(statements, schema, events.Tenant, variants.Values);
        WinddleStatements.Destroy(statements, schema, events.Tenant, destroyed);

        ProductDelta Product(IEvent @event, int n)
        {
            if (!products.TryGetValue(@event.StreamId, out var delta))
            {
                products.Add(@event.StreamId, delta = new ProductDelta(@event.StreamId));
            }

            delta.Updated = n;
            return delta;
        }

        VariantDelta Variant(IEvent @event, int n, long id)
        {
            if (!variants.TryGetValue(id, out var delta))
            {
                variants.Add(id, delta = new VariantDelta(@event.StreamId, id));
            }

            delta.Updated = n;
            return delta;
        }
    }

    internal static bool IsShown(string field) => Fields.Contains(field) || ProductFields.CustomId(field) is not null;
}

/// <summary>Net change of fields: those that are set, those that are cleared, and the company's own with their time.</summary>
internal abstract class FieldsDelta(Guid product)
{
    private readonly Dictionary<string, JsonElement?> _fields = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (JsonElement? Value, int At)> _customs = new(StringComparer.Ordinal);

    public Guid Product => product;

    /// <summary>Number of the event that made it; null for what was there before.</summary>
    public int? Created { get; set; }

    /// <summary>Number of the last event that touched it.</summary>
    public int Updated { get; set; }

    private static readonly byte[] Nothing = "{}"u8.ToArray();

    public byte[] FieldsSet =>
        JsonSerializer.SerializeToUtf8Bytes(
            _fields.Where(f => f.Value is not null).ToDictionary(f => f.Key, f => f.Value!.Value, StringComparer.Ordinal));

    public string FieldsCleared => string.Join(',', _fields.Where(f => f.Value is null).Select(f => f.Key));

    public byte[] CustomsSet => _customs.Count == 0 ? Nothing : JsonSerializer.SerializeToUtf8Bytes(
        _customs.Where(c => c.Value.Value is not null)
            .ToDictionary(c => c.Key, c => new { value = c.Value.Value!.Value, updated_at = c.Value.At }, StringComparer.Ordinal));

    public string CustomsCleared => string.Join(',', _customs.Where(c => c.Value.Value is null).Select(c => c.Key));

    public void Set(IEnumerable<(string Field, JsonElement? Value)> changes, int at)
    {
        foreach (var (field, value) in changes)
        {
            if (ProductFields.CustomId(field) is { } custom)
            {
                _customs[custom.ToString(System.Globalization.CultureInfo.InvariantCulture)] = (value, at);
            }
            else if (WinddleProducts.Fields.Contains(field))
            {
                _fields[field] = value;
            }
        }
    }
}

internal sealed class ProductDelta(Guid product) : FieldsDelta(product)
{
    private readonly Dictionary<long, bool> _likes = [];

    public bool? Archived { get; set; }

    public bool? Cancelled { get; set; }

    public bool? Showcased { get; set; }

    /// <summary>Users as text, because arrays of arrays do not differ in length.</summary>
    public string Liked => string.Join(',', _likes.Where(l => l.Value).Select(l => l.Key));

    public string Unliked => string.Join(',', _likes.Where(l => !l.Value).Select(l => l.Key));

    public void Like(long user, bool likes) => _likes[user] = likes;
}

internal sealed class VariantDelta(Guid product, long id) : FieldsDelta(product)
{
    public long Id => id;

    public bool IsGone { get; set; }
}
