using System.Globalization;
using Npgsql;
using PixeeEvents.Accounts;
using PixeeEvents.Catalog;
using PixeeEvents.EventLog;
using PixeeEvents.Inventory;
using PixeeEvents.WinDev.Rows;
using PixeeEvents.WinDev.Wire;
using Wolverine.Http;

namespace PixeeEvents.WinDev.Products;

/// <summary>GET /products/{ref}: by reference, then by EAN.</summary>
public static class GetProductEndpoint
{
    [WolverineGet(WinDevApi.Root + "/products/{reference}")]
    public static async Task<IResult> Get(
        HttpContext context, ApiKey key, NpgsqlDataSource database, string reference, CancellationToken stop)
    {
        reference = WinDevApi.Stored(reference);
        if (reference.Contains('\0', StringComparison.Ordinal)
            || await ProductQueries.ByKey(key.Tenant, reference).Run(database, stop) is not { } product)
        {
            throw new RefusedCallException(StatusCodes.Status404NotFound, Messages.NotFound(reference));
        }

        // Stock and prices have no part in the version.
        return EntityTags.IsKnown(context, $"{product.Version}-{product.Sequence}")
            ? Results.Empty
            : Envelope.Ok(Messages.Found, 1, product.WriteDetail);
    }
}
