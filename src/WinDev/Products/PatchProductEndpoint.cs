using System.Globalization;
using PixeeEvents.Catalog;
using PixeeEvents.EventLog;
using PixeeEvents.Inventory;
using PixeeEvents.Pricing;
using PixeeEvents.WinDev.Rows;
using PixeeEvents.WinDev.Wire;
using Wolverine.Http;

namespace PixeeEvents.WinDev.Products;

/// <summary>PATCH /products/{ref}, and its two shorthands activate and deactivate.</summary>
public static class PatchProductEndpoint
{
    private const int Tries = 3;

    [WolverinePatch(WinDevApi.Root + "/products/{reference}")]
    public static async Task<Envelope> Patch(
        HttpContext context, Caller caller, EventStore store, ProductPatches patches, string reference, CancellationToken stop)
    {
        var body = await Body.Object(context, stop);
        var input = ProductReader.ReadPatch(body, out var problem);
        if (input is null)
        {
            throw new RefusedCallException(StatusCodes.Status422UnprocessableEntity, problem!);
        }

        var row = await Change(caller, store, patches, WinDevApi.Stored(reference), input, ExpectedVersion(context.Request), stop);
        return Envelope.Ok(Messages.Updated, 1, row.WriteDetail);
    }

    [WolverinePost(WinDevApi.Root + "/products/{reference}/activate")]
    public static Task<Envelope> Activate(
        HttpContext context, Caller caller, EventStore store, ProductPatches patches, string reference, CancellationToken stop) =>
        Switch(context, caller, store, patches, reference, true, Messages.Activated, stop);

    [WolverinePost(WinDevApi.Root + "/products/{reference}/deactivate")]
    public static Task<Envelope> Deactivate(
        HttpContext context, Caller caller, EventStore store, ProductPatches patches, string reference, CancellationToken stop) =>
        Switch(context, caller, store, patches, reference, false, Messages.Deactivated, stop);

    private static async Task<Envelope> Switch(
        HttpContext context, Caller caller, EventStore store, ProductPatches patches, string reference, bool active, string message,
        CancellationToken stop)
    {
        var input = new ProductInput([], default, default, default, null, null, active);
        var product = await Change(caller, store, patches, WinDevApi.Stored(reference), input, ExpectedVersion(context.Request), stop);
        return Envelope.Ok(message, 1, json =>
        {
            json.WriteStartObject();
            json.WriteString("id"u8, product.Id);
            json.WriteBoolean("is_active"u8, active);
            json.WriteString("status"u8, active ? "active"u8 : "inactive"u8);
            json.WriteEndObject();
        });
    }

    /// <returns>What is shown of the product, as this call left it.</returns>
    private static async Task<ProductRow> Change(
        Caller caller, EventStore store, ProductPatches patches, string reference, ProductInput input, long? expected,
        CancellationToken cancellationToken)
    {
        if (input is { Ean: null, Reference: null, Stock: null, SetsPrice: false }
            && await patches.Write(new ProductPatch(caller, reference, input, expected), cancellationToken) is { } written)
        {
            return written;
        }

        for (var attempt = 1; ; attempt++)
        {
            await using var session = store.Open(caller, afterConflict: attempt > 1);
            var product = await Find(session, reference, input, cancellationToken);
            if (product is not null)
            {
                Revise(product, input, expected);
                await DecideFigures(session, product, input, cancellationToken);
                var readBack = new QueryBatch();
                var rows = readBack.Add(ProductQueries.ByIds(session.Tenant, [product.Id]));
                if (await session.SaveChanges(cancellationToken, readBack))
                {
                    return (await rows)[product.Id];
                }
            }

            if (attempt == Tries)
            {
                throw new RefusedCallException(StatusCodes.Status409Conflict, Messages.Busy);
            }
        }
    }

    /// <summary>The product; null when its keys changed while it was looked for, which asks for another try.</summary>
    private static async Task<EventStream<Product>?> Find(
        EventSession session, string reference, ProductInput input, CancellationToken cancellationToken)
    {
        List<(string, string)> keys = [(ProductFields.Reference, reference), (ProductFields.Ean, reference)];
        List<(string Kind, string Key)> wanted = [
            .. new[] { (ProductFields.Ean, input.Ean!), (ProductFields.Reference, input.Reference!) }.Where(k => k.Item2 is not null)
        ];
        if (wanted.Count > 0)
        {
            await CatalogModule.HoldKeys(session, cancellationToken);
        }

        var (owners, products) = await CatalogModule.LockAndFetch(session, [.. keys.Concat(wanted).Distinct()], cancellationToken);
        var product = Addressed(owners, products, reference);
        foreach (var (kind, key) in wanted)
        {
            if (product is not null && owners.Find(kind, key) is { } owner && owner.Product != product.Id)
            {
                throw new RefusedCallException(StatusCodes.Status409Conflict, Messages.KeyTaken(kind));
            }
        }

        return product;
    }

    private static async Task DecideFigures(
        EventSession session, EventStream<Product> product, ProductInput input, CancellationToken cancellationToken)
    {
        List<PendingStream> beside = [];
        if (input.Stock is not null)
        {
            if (input.SupplierCode is { } supplier
                && !(await InventoryModule.KnownSuppliers(session, [supplier], cancellationToken)).Contains(supplier))
            {
                throw new RefusedCallException(StatusCodes.Status422UnprocessableEntity, Messages.UnknownSupplier(supplier));
            }

            var stock = (await InventoryModule.StocksOf(session, [product.Id], cancellationToken))[product.Id];
            if (input.StockOf(product.Id, stock.State) is { } report && stock.Append(Heeded(report.Decide(stock.State))))
            {
                beside.Add(stock);
                session.Publish(Announcements.Batch("stock.updated", [ProductName.Of(product)], 1));
            }
        }

        if (input.SetsPrice)
        {
            var price = (await PricingModule.PricesOf(session, [product.Id], cancellationToken))[product.Id];
            if (price.Append(Heeded(input.PriceOf(product.Id).Decide(price.State))))
            {
                beside.Add(price);
                session.Publish(Announcements.Batch("price.updated", [ProductName.Of(product)], 1));
            }
        }

        if (product.Events.Count > 0 || beside.Count > 0)
        {
            session.Publish(Announcements.Single("product.updated", product, beside));
        }
    }

    /// <summary>The product that a key of the path names; null when its keys changed while it was looked for.</summary>
    /// <exception cref="RefusedCallException">404 when there is none.</exception>
    internal static EventStream<Product>? Addressed(
        KeyOwners owners, IReadOnlyDictionary<Guid, EventStream<Product>> products, string reference)
    {
        if ((owners.Find(ProductFields.Reference, reference) ?? owners.Find(ProductFields.Ean, reference)) is not var (id, _))
        {
            throw new RefusedCallException(StatusCodes.Status404NotFound, Messages.NotFound(reference));
        }

        return products.TryGetValue(id, out var product)
            && (product.State.Reference == reference || Gtin.Same(product.State.Ean, reference)) ? product : null;
    }

    /// <summary>Changes the product's own fields.</summary>
    /// <exception cref="RefusedCallException">412 when it is not at the version that was expected, 422 when it was refused.</exception>
    internal static void Revise(EventStream<Product> product, ProductInput input, long? expected)
    {
        if (expected is not null && expected != product.Version)
        {
            throw new RefusedCallException(StatusCodes.Status412PreconditionFailed, Messages.VersionConflict);
        }

        product.Append(Heeded(new ReviseProduct(input.Fields, input.IsActive).Decide(product.State)));
    }

    private static Decision Heeded(Decision decision) => decision.Refusal is { } refusal
        ? throw new RefusedCallException(StatusCodes.Status422UnprocessableEntity, Messages.Refused(refusal))
        : decision;

    /// <summary>If-Match carries the <c>version</c> that GET showed, quoted or bare, or the tag, which begins with it.</summary>
    private static long? ExpectedVersion(HttpRequest request)
    {
        var header = request.Headers.IfMatch.ToString().Trim('"');
        header = header.IndexOf('-', StringComparison.Ordinal) is > 0 and var end ? header[..end] : header;
        return header is "" or "*" ? null
            : long.TryParse(header, NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version
            : throw new RefusedCallException(StatusCodes.Status412PreconditionFailed, Messages.VersionConflict);
    }
}
