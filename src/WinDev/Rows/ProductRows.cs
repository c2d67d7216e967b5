using System.Text.Json;
using JasperFx.Events;
using Npgsql;
using PixeeEvents.Catalog;
using PixeeEvents.EventLog;
using PixeeEvents.Inventory;
using PixeeEvents.Pricing;

namespace PixeeEvents.WinDev.Rows;

/// <summary>Keeps the rows that the WinDev face shows, in the transaction that appends: clients read back what they wrote.</summary>
internal sealed class ProductRows : RowProjection
{
    /// <summary>Ordinals per row of page_blocks.</summary>
    public const int BlockSize = 1000;

    public override string Name => "WinDevProducts";

    public override string Schema => "windev";

    public override IReadOnlyList<string> Tables { get; } = ["products", "figures", "page_blocks", "ordinals"];

    public override void Project(EventBatch events, NpgsqlBatch statements, string schema)
    {
        var registered = new List<NewRow>();
        var rows = new Dictionary<Guid, NewRow>();
        var details = new Dictionary<Guid, DetailsDelta>();
        var figures = new Dictionary<Guid, FiguresDelta>();
        var destroyed = new List<Guid>();
        foreach (var (n, @event) in events.Numbered)
        {
            switch (@event.Data)
            {
                case ProductRegistered e:
                    var row = new NewRow(
                        @event.StreamId, new Dictionary<string,
                        JsonElement>(e.Fields, StringComparer.Ordinal))
                    { Version = @event.Version };
                    registered.Add(row);
                    rows[row.Product] = row;
                    Touch(@event.StreamId, n);
                    break;
                case ProductDetailsChanged e when rows.TryGetValue(@event.StreamId, out var added):
                    added.Apply(e);
                    added.Version = @event.Version;
                    Touch(@event.StreamId, n);
                    break;
                case ProductDetailsChanged e:
                    var delta = Details(@event, n);
                    foreach (var (field, change) in e.Changes)
                    {
                        delta.Changes[field] = change.After;
                    }

                    break;
                case ProductActivated or ProductDeactivated:
                    if (rows.TryGetValue(@event.StreamId, out var flipped))
                    {
                        flipped.IsActive = @event.Data is ProductActivated;
                        flipped.Version = @event.Version;
                        Touch(@event.StreamId, n);
                    }
                    else
                    {
                        Details(@event, n).IsActive = @event.Data is ProductActivated;
                    }

                    break;
                case ProductDestroyed:
                    Touch(@event.StreamId, n);
                    destroyed.Add(@event.StreamId);
                    break;
                case StockLevelSet e:
                    Touch(e.ProductId, n).SetStock(e.SupplierCode, e.Level);
                    break;
                case PriceSet e:
                    Touch(e.ProductId, n).Price = e;
                    break;
                default:
                    // Nothing that this face shows, but the version that a client's If-Match is compared with.
                    if (rows.TryGetValue(@event.StreamId, out var known))
                    {
                        known.Version = @event.Version;
                        Touch(@event.StreamId, n);
                    }
                    else
                    {
                        Details(@event, n);
                    }

                    break;
            }
        }

        ProductStatements.Insert(statements, schema, events.Tenant, registered);
        ProductStatements.Update(statements, schema, events.Tenant, details);
        FigureStatements.Insert(statements, schema, events.Tenant, [.. figures.Values.Where(f => rows.ContainsKey(f.Product))]);
        FigureStatements.Update(statements, schema, events.Tenant, [.. figures.Values.Where(f => !rows.ContainsKey(f.Product))]);
        ProductStatements.Destroy(statements, schema, events.Tenant, destroyed);

        FiguresDelta Touch(Guid product, int n)
        {
            if (!figures.TryGetValue(product, out var figure))
            {
                figures.Add(product, figure = new FiguresDelta(product));
            }

            figure.Last = n;
            return figure;
        }

        DetailsDelta Details(IEvent @event, int n)
        {
            if (!details.TryGetValue(@event.StreamId, out var delta))
            {
                details.Add(@event.StreamId, delta = new DetailsDelta());
            }

            delta.Version = @event.Version;
            Touch(@event.StreamId, n);
            return delta;
        }
    }
}

/// <summary>A product registered in this batch, with what happened to it since.</summary>
internal sealed class NewRow(Guid product, Dictionary<string, JsonElement> fields)
{
    public Guid Product => product;

    public Dictionary<string, JsonElement> Fields => fields;

    public long Version { get; set; }

    public bool IsActive { get; set; } = true;

    public string? Text(string field) => fields.TryGetValue(field, out var value) ? value.GetString() : null;

    public void Apply(ProductDetailsChanged e)
    {
        foreach (var (field, change) in e.Changes)
        {
            if (change.After is { } after)
            {
                fields[field] = after;
            }
            else
            {
                fields.Remove(field);
            }
        }
    }
}

/// <summary>Net change of a known product's cold columns: field → value, null = cleared.</summary>
internal sealed class DetailsDelta
{
    public Dictionary<string, JsonElement?> Changes { get; } = new(StringComparer.Ordinal);

    public bool? IsActive { get; set; }

    public long Version { get; set; }
}

/// <summary>Net change of a product's hot columns.</summary>
internal sealed class FiguresDelta(Guid product)
{
    public Guid Product => product;

    /// <summary>Number of the last event that touched the product, in its own stream, its stock's or its prices'.</summary>
    public int Last { get; set; }

    public PriceSet? Price { get; set; }

    public long? Generic { get; private set; }

    public Dictionary<string, long>? Suppliers { get; private set; }

    public void SetStock(string? supplier, long level)
    {
        if (supplier is null)
        {
            Generic = level;
        }
        else
        {
            (Suppliers ??= new Dictionary<string, long>(StringComparer.Ordinal))[supplier] = level;
        }
    }
}
