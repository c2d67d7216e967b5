using System.Globalization;
using Npgsql;
using PixeeEvents.Accounts;
using PixeeEvents.Catalog;
using PixeeEvents.EventLog;
using PixeeEvents.Host.Http;
using PixeeEvents.Inventory;
using Wolverine.Http;

namespace PixeeEvents.Host.WinDev;

/// <summary>GET /status: open to everyone.</summary>
public static class StatusEndpoint
{
    /// <summary>As documented, to the letter: ten lines, GET padded with two spaces where the document pads it.</summary>
    private static readonly string[] Endpoints =
    [
        "GET  /api/v1/windev/status",
        "GET  /api/v1/windev/products",
        "POST /api/v1/windev/products/sync",
        "GET  /api/v1/windev/products/since/{timestamp}",
        "PATCH /api/v1/windev/products/{ref}",
        "GET  /api/v1/windev/products/{ref}",
        "POST /api/v1/windev/stock/update",
        "POST /api/v1/windev/prices/update",
        "GET  /api/v1/windev/categories",
        "GET  /api/v1/windev/suppliers",
    ];

    [WolverineGet(WinDevApi.Root + "/status")]
    public static Envelope Status(TimeProvider time) => Envelope.Ok(Messages.Status, 1, json =>
    {
        json.WriteStartObject();
        json.WriteString("api"u8, "ProductsManager WinDev API"u8);
        json.WriteString("version"u8, "1.1"u8);
        json.WriteString("timestamp"u8, time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        json.WriteStartArray("endpoints"u8);
        foreach (var endpoint in Endpoints)
        {
            json.WriteStringValue(endpoint);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });
}

/// <summary>GET /products: the catalogue by pages, in the order of registration.</summary>
public static class ListProductsEndpoint
{
    [WolverineGet(WinDevApi.Root + "/products")]
    public static async Task<Envelope> List(HttpContext context, ApiKey key, NpgsqlDataSource database, SettledMark mark, CancellationToken stop)
    {
        var (page, limit) = Query.Paging(context);
        var activeOnly = Query.Boolean(context, "active_only", absent: true);
        var (search, ean) = (Query.Text(context, "search"), Query.Text(context, "ean"));
        var offset = (page - 1L) * limit;
        if (page == 1 && search is null && ean is null)
        {
            await Bookmark.BeginWithList(database, mark, key, stop);
        }

        var (rows, total) = search is null && ean is null
            ? await ProductQueries.Page(database, key.Tenant, activeOnly, offset, limit, stop)
            : await ProductQueries.Search(
                database, key.Tenant, search is null ? [] : SearchText.Patterns(search), ean, activeOnly, offset, limit, stop);
        return Envelope.Ok(
            Messages.Products(total),
            rows.Count,
            json =>
            {
                json.WriteStartArray();
                foreach (var row in rows)
                {
                    row.WriteListed(json);
                }

                json.WriteEndArray();
            },
            new Paging(page, limit, total));
    }
}

/// <summary>GET /products/{ref}: by reference, then by EAN.</summary>
public static class GetProductEndpoint
{
    [WolverineGet(WinDevApi.Root + "/products/{reference}")]
    public static async Task<IResult> Get(HttpContext context, ApiKey key, NpgsqlDataSource database, string reference, CancellationToken stop)
    {
        reference = WinDevApi.Stored(reference);
        if (reference.Contains('\0', StringComparison.Ordinal) || await ProductQueries.ByKey(key.Tenant, reference).Run(database, stop) is not { } product)
        {
            throw new RefusedCallException(StatusCodes.Status404NotFound, Messages.NotFound(reference));
        }

        // Stock and prices have no part in the version.
        return EntityTags.IsKnown(context, $"{product.Version}-{product.Sequence}") ? Results.Empty : Envelope.Ok(Messages.Found, 1, product.WriteDetail);
    }
}

/// <summary>GET /categories and GET /suppliers: whole, without pages.</summary>
public static class SettingsEndpoints
{
    [WolverineGet(WinDevApi.Root + "/categories")]
    public static async Task<Envelope> Categories(ApiKey key, CatalogModule catalog, CancellationToken stop)
    {
        var categories = await catalog.Categories.List(key.Tenant, stop);
        return Envelope.Ok(Messages.Categories(categories.Count), categories.Count, json =>
        {
            json.WriteStartArray();
            foreach (var category in categories)
            {
                json.WriteStartObject();
                json.WriteString("id"u8, category.Id);
                json.WriteString("name"u8, category.Name);
                json.WriteString("slug"u8, category.Slug);
                if (category.ParentId is { } parent)
                {
                    json.WriteString("parent_id"u8, parent);
                }
                else
                {
                    json.WriteNull("parent_id"u8);
                }

                json.WriteNumber("level"u8, category.Level);
                json.WriteNumber("sort_order"u8, category.SortOrder);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
    }

    [WolverineGet(WinDevApi.Root + "/suppliers")]
    public static async Task<Envelope> Suppliers(ApiKey key, InventoryModule inventory, CancellationToken stop)
    {
        var suppliers = await inventory.Suppliers(key.Tenant, stop);
        return Envelope.Ok(Messages.Suppliers(suppliers.Count), suppliers.Count, json =>
        {
            json.WriteStartArray();
            foreach (var supplier in suppliers)
            {
                json.WriteStartObject();
                json.WriteString("id"u8, supplier.Id);
                json.WriteString("name"u8, supplier.Name);
                json.WriteString("code"u8, supplier.Code);
                json.WriteBoolean("is_active"u8, supplier.IsActive);
                json.WriteString("country"u8, supplier.Country);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
    }
}
