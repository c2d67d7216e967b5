using Npgsql;
using PixeeEvents.Catalog.Planning;
using PixeeEvents.Catalog.Settings;
using PixeeEvents.Catalog.Values;
using PixeeEvents.EventLog;

namespace PixeeEvents.Catalog.Products;

/// <summary>
/// Which product owns which EAN and which reference, its variants' included. The primary key is the last guard against two owners.
/// </summary>
/// <remarks>
/// An EAN's key is its number as in <see cref="Gtin"/>. A log may hold two products with one number in two spellings from before it
/// was so; what has happened is not refused, so a table built anew keeps the later one as a twin of the first.
/// </remarks>
public sealed class ProductKeys : RowProjection
{
    /// <summary>The kind of key that variants' references are: unique among themselves.</summary>
    public const string VariantReference = "variant_reference";

    /// <summary>The constraint that a second owner of a key violates.</summary>
    public const string OneOwner = "product_keys_pkey";

    /// <summary>Whether a save failed because another product was given one of its keys since they were looked up.</summary>
    public static bool IsTaken(Exception failure) =>
        (failure as PostgresException ?? failure.InnerException as PostgresException)?.ConstraintName == OneOwner;

    public override string Name => "ProductKeys";

    public override string Schema => "catalog";

    public override IReadOnlyList<string> Tables { get; } = ["product_keys"];

    public override void Project(EventBatch events, NpgsqlBatch statements, string schema)
    {
        var freed = new HashSet<(string Kind, string Key, Guid Product)>();
        // Two owners of one key are both written: the primary key refuses them.
        var owned = new OrderedDictionary<(string Kind, string Key, Guid Product), string?>();
        foreach (var @event in events.Events)
        {
            switch (@event.Data)
            {
                case ProductRegistered e:
                    Own(ProductFields.Ean, e.Fields.TryGetValue(ProductFields.Ean, out var ean) ? ean.GetString() : null, @event.StreamId);
                    Own(
                        ProductFields.Reference,
                        e.Fields.TryGetValue(ProductFields.Reference, out var reference) ? reference.GetString() : null, @event.StreamId);
                    break;
                case ProductDetailsChanged e:
                    Change(e.Changes, ProductFields.Ean, ProductFields.Ean, @event.StreamId);
                    Change(e.Changes, ProductFields.Reference, ProductFields.Reference, @event.StreamId);
                    break;
                case ProductDestroyed e:
                    Free(ProductFields.Ean, e.Ean, @event.StreamId);
                    Free(ProductFields.Reference, e.Reference, @event.StreamId);
                    foreach (var own in e.VariantReferences ?? [])
                    {
                        Free(VariantReference, own, @event.StreamId);
                    }

                    break;
                case VariantAdded e:
                    Own(
                        VariantReference,
                        e.Fields.TryGetValue(ProductFields.Reference, out var variantReference) ? variantReference.GetString() : null,
                        @event.StreamId);
                    break;
                case VariantChanged e:
                    Change(e.Changes, ProductFields.Reference, VariantReference, @event.StreamId);
                    break;
                case VariantRemoved e:
                    Free(VariantReference, e.Reference, @event.StreamId);
                    break;
            }
        }

        if (freed.Count > 0)
        {
            statements.Add(
                $"""
                 delete from {schema}.product_keys k using unnest($2::text[], $3::text[], $4::uuid[]) as i(kind, key, product_id)
                 where k.tenant_id = $1 and k.kind = i.kind and k.key = i.key and k.product_id = i.product_id
                 """,
                Sql.Text(events.Tenant), Sql.Texts(freed.Select(k => k.Kind)), Sql.Texts(freed.Select(k => k.Key)),
                Sql.Uuids(freed.Select(k => k.Product)));
        }

        if (owned.Count > 0)
        {
            statements.Add(
                $"""
                 insert into {schema}.product_keys (tenant_id, kind, key, twin, product_id, spelling)
                 select $1, i.kind, i.key, {(schema == Schema ? "0" : Twin(schema))}, i.product_id, i.spelling
                 from unnest($2::text[], $3::text[], $4::uuid[], $5::text[])
                     with ordinality as i(kind, key, product_id, spelling, ordinality)
                 """,
                Sql.Text(events.Tenant), Sql.Texts(owned.Keys.Select(k => k.Kind)), Sql.Texts(owned.Keys.Select(k => k.Key)),
                Sql.Uuids(owned.Keys.Select(k => k.Product)), Sql.Texts(owned.Values));
        }

        void Change(IReadOnlyDictionary<string, FieldChange> changes, string field, string kind, Guid product)
        {
            if (changes.TryGetValue(field, out var change))
            {
                Free(kind, change.Before?.GetString(), product);
                Own(kind, change.After?.GetString(), product);
            }
        }

        void Own(string kind, string? key, Guid product)
        {
            if (key is not null)
            {
                var stored = Stored(kind, key);
                owned[(kind, stored, product)] = stored == key ? null : key;
            }
        }

        void Free(string kind, string? key, Guid product)
        {
            if (key is not null)
            {
                var stored = Stored(kind, key);
                freed.Add((kind, stored, product));
                owned.Remove((kind, stored, product));
            }
        }
    }

    /// <summary>How a key is kept and looked up.</summary>
    internal static string Stored(string kind, string key) => kind == ProductFields.Ean ? Gtin.Number(key) : key;

    private static string Twin(string schema) =>
        $"""
         case when i.kind <> '{ProductFields.Ean}' then 0 else
             coalesce((select max(k.twin) + 1 from {schema}.product_keys k where k.tenant_id = $1 and k.kind = i.kind and k.key = i.key), 0)
             + row_number() over (partition by i.kind, i.key order by i.ordinality) - 1 end
         """;
}
