using System.Globalization;
using Npgsql;
using PixeeEvents.Accounts;
using PixeeEvents.Catalog;
using PixeeEvents.EventLog;
using PixeeEvents.Inventory;
using PixeeEvents.WinDev.Rows;
using PixeeEvents.WinDev.Since;
using PixeeEvents.WinDev.Wire;
using Wolverine.Http;

namespace PixeeEvents.WinDev.Products;

/// <summary>GET /products: the catalogue by pages, in the order of registration.</summary>
public static class ListProductsEndpoint
{
    [WolverineGet(WinDevApi.Root + "/products")]
    public static async Task<Envelope> List(
        HttpContext context, ApiKey key, NpgsqlDataSource database, SettledMark mark, CancellationToken stop)
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
