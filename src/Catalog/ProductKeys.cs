using Npgsql;
using PixeeEvents.EventSourcing;

namespace PixeeEvents.Catalog;

/// <summary>Which product owns which EAN and which reference. The primary key is the last guard against two owners.</summary>
public sealed class ProductKeys : IProjection
{
    public string Name => "ProductKeys";

    public string Schema => "catalog";

    public IReadOnlyList<string> Tables { get; } = ["product_keys"];

    public void Project(EventBatch events, NpgsqlBatch statements, string schema)
    {
        var freed = new HashSet<(string Kind, string Key)>();
        var owned = new Dictionary<(string Kind, string Key), Guid>();
        foreach (var @event in events.Events)
        {
            switch (@event.Data)
            {
                case ProductRegistered e:
                    Own(ProductFields.Ean, e.Fields.TryGetValue(ProductFields.Ean, out var ean) ? ean.GetString() : null, @event.Stream);
                    Own(ProductFields.Reference, e.Fields.TryGetValue(ProductFields.Reference, out var reference) ? reference.GetString() : null, @event.Stream);
                    break;
                case ProductDetailsChanged e:
                    Change(e, ProductFields.Ean, @event.Stream);
                    Change(e, ProductFields.Reference, @event.Stream);
                    break;
                case ProductDestroyed e:
                    Free(ProductFields.Ean, e.Ean, @event.Stream);
                    Free(ProductFields.Reference, e.Reference, @event.Stream);
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
                Sql.Text(events.Tenant), Sql.Texts(owned.Keys.Select(k => k.Kind)), Sql.Texts(owned.Keys.Select(k => k.Key)), Sql.Uuids(owned.Values));
        }

        void Change(ProductDetailsChanged e, string kind, Guid product)
        {
            if (e.Changes.TryGetValue(kind, out var change))
            {
                Free(kind, change.Before?.GetString(), product);
                Own(kind, change.After?.GetString(), product);
            }
        }

        void Own(string kind, string? key, Guid product)
        {
            if (key is not null)
            {
                owned[(kind, key)] = product;
            }
        }

        void Free(string kind, string? key, Guid product)
        {
            if (key is not null)
            {
                freed.Add((kind, key));
                if (owned.TryGetValue((kind, key), out var owner) && owner == product)
                {
                    owned.Remove((kind, key));
                }
            }
        }
    }
}
