using Npgsql;
using PixeeEvents.EventLog;

namespace PixeeEvents.Catalog;

/// <summary>Which product owns which EAN and which reference, its variants' included. The primary key is the last guard against two owners.</summary>
public sealed class ProductKeys : RowProjection
{
    /// <summary>The kind of key that variants' references are: unique among themselves.</summary>
    public const string VariantReference = "variant_reference";

    /// <summary>The constraint that a second owner of a key violates.</summary>
    public const string OneOwner = "product_keys_pkey";

    /// <summary>Whether a save failed because another product was given one of its keys since they were looked up.</summary>
    public static bool IsTaken(Exception failure) => (failure as PostgresException ?? failure.InnerException as PostgresException)?.ConstraintName == OneOwner;

    public override string Name => "ProductKeys";

    public override string Schema => "catalog";

    public override IReadOnlyList<string> Tables { get; } = ["product_keys"];

    public override void Project(EventBatch events, NpgsqlBatch statements, string schema)
    {
        var freed = new HashSet<(string Kind, string Key)>();
        // Two owners of one key are both written: the primary key refuses them.
        var owned = new HashSet<(string Kind, string Key, Guid Product)>();
        foreach (var @event in events.Events)
        {
            switch (@event.Data)
            {
                case ProductRegistered e:
                    Own(ProductFields.Ean, e.Fields.TryGetValue(ProductFields.Ean, out var ean) ? ean.GetString() : null, @event.StreamId);
                    Own(ProductFields.Reference, e.Fields.TryGetValue(ProductFields.Reference, out var reference) ? reference.GetString() : null, @event.StreamId);
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
                    Own(VariantReference, e.Fields.TryGetValue(ProductFields.Reference, out var variantReference) ? variantReference.GetString() : null, @event.StreamId);
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
                $"delete from {schema}.product_keys k using unnest($2::text[], $3::text[]) as i(kind, key) where k.tenant_id = $1 and k.kind = i.kind and k.key = i.key",
                Sql.Text(events.Tenant), Sql.Texts(freed.Select(k => k.Kind)), Sql.Texts(freed.Select(k => k.Key)));
        }

        if (owned.Count > 0)
        {
            statements.Add(
                $"""
                 insert into {schema}.product_keys (tenant_id, kind, key, product_id)
                 select $1, i.kind, i.key, i.product_id from unnest($2::text[], $3::text[], $4::uuid[]) as i(kind, key, product_id)
                 """,
                Sql.Text(events.Tenant), Sql.Texts(owned.Select(k => k.Kind)), Sql.Texts(owned.Select(k => k.Key)), Sql.Uuids(owned.Select(k => k.Product)));
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
                owned.Add((kind, key, product));
            }
        }

        void Free(string kind, string? key, Guid product)
        {
            if (key is not null)
            {
                freed.Add((kind, key));
                owned.Remove((kind, key, product));
            }
        }
    }
}
