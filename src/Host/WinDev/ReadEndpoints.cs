using System.Globalization;
using PixeeEvents.Accounts;
using PixeeEvents.Host.Http;

namespace PixeeEvents.Host.WinDev;

/// <summary>GET /status: open to everyone.</summary>
internal static class StatusEndpoint
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

    public static Task Handle(HttpContext context, TimeProvider time) => Envelope.Ok(context, Messages.Status, 1, json =>
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
internal static class ListProductsEndpoint
{
    public static async Task Handle(HttpContext context, Pixee pixee)
    {
        var (page, limit) = Query.Paging(context);
        var activeOnly = Query.Boolean(context, "active_only", absent: true);
        var (search, ean) = (Query.Text(context, "search"), Query.Text(context, "ean"));
        var (tenant, offset) = (context.Features.Get<ApiKey>()!.Tenant, (page - 1L) * limit);
        if (page == 1 && search is null && ean is null)
        {
            await Bookmark.BeginWithList(pixee, tenant, context.Features.Get<ApiKey>()!.Id, context.RequestAborted);
        }

        var (rows, total) = search is null && ean is null
            ? await ProductQueries.Page(pixee.DataSource, tenant, activeOnly, offset, limit, context.RequestAborted)
            : await ProductQueries.Search(
                pixee.DataSource, tenant, search is null ? [] : SearchText.Patterns(search), ean, activeOnly, offset, limit, context.RequestAborted);
        await Envelope.Ok(
            context,
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
internal static class GetProductEndpoint
{
    public static async Task Handle(HttpContext context, Pixee pixee, string reference)
    {
        var tenant = context.Features.Get<ApiKey>()!.Tenant;
        if (reference.Contains('\0', StringComparison.Ordinal) || await ProductQueries.ByKey(tenant, reference).Run(pixee.DataSource, context.RequestAborted) is not { } product)
        {
            throw new RefusedCallException(StatusCodes.Status404NotFound, Messages.NotFound(reference));
        }

        // Stock and prices have no part in the version.
        if (EntityTags.IsKnown(context, $"{product.Version}-{product.Sequence}"))
        {
            return;
        }

        await Envelope.Ok(context, Messages.Found, 1, product.WriteDetail);
    }
}

/// <summary>GET /categories and GET /suppliers: whole, without pages.</summary>
internal static class SettingsEndpoints
{
    public static async Task Categories(HttpContext context, Pixee pixee)
    {
        var categories = await pixee.Catalog.Categories.List(context.Features.Get<ApiKey>()!.Tenant, context.RequestAborted);
        await Envelope.Ok(context, Messages.Categories(categories.Count), categories.Count, json =>
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

    public static async Task Suppliers(HttpContext context, Pixee pixee)
    {
        var suppliers = await pixee.Inventory.Suppliers(context.Features.Get<ApiKey>()!.Tenant, context.RequestAborted);
        await Envelope.Ok(context, Messages.Suppliers(suppliers.Count), suppliers.Count, json =>
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
