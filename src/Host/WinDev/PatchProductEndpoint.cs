using System.Globalization;
using PixeeEvents.Catalog;
using PixeeEvents.EventLog;
using PixeeEvents.Inventory;
using PixeeEvents.Pricing;

namespace PixeeEvents.Host.WinDev;

/// <summary>PATCH /products/{ref}, and its two shorthands activate and deactivate.</summary>
internal static class PatchProductEndpoint
{
    private const int Tries = 3;

    public static async Task Patch(HttpContext context, Pixee pixee, string reference)
    {
        var body = await Body.Object(context, context.RequestAborted);
        var input = ProductReader.ReadPatch(body, out var problem);
        if (input is null)
        {
            throw new RefusedCallException(StatusCodes.Status422UnprocessableEntity, problem!);
        }

        var (_, row) = await Change(context, pixee, reference, input);
        await Envelope.Ok(context, Messages.Updated, 1, json => row!.WriteDetail(json));
    }

    public static Task Activate(HttpContext context, Pixee pixee, string reference) => Switch(context, pixee, reference, true, Messages.Activated);

    public static Task Deactivate(HttpContext context, Pixee pixee, string reference) => Switch(context, pixee, reference, false, Messages.Deactivated);

    private static async Task Switch(HttpContext context, Pixee pixee, string reference, bool active, string message)
    {
        var (product, _) = await Change(context, pixee, reference, new ProductInput([], default, default, default, null, null, active));
        await Envelope.Ok(context, message, 1, json =>
        {
            json.WriteStartObject();
            json.WriteString("id"u8, product);
            json.WriteBoolean("is_active"u8, active);
            json.WriteString("status"u8, active ? "active"u8 : "inactive"u8);
            json.WriteEndObject();
        });
    }

    /// <returns>The product and what is shown of it, as this call left it.</returns>
    private static async Task<(Guid Id, ProductRow? Row)> Change(HttpContext context, Pixee pixee, string reference, ProductInput input)
    {
        var expected = ExpectedVersion(context);
        for (var attempt = 1; ; attempt++)
        {
            await using var session = pixee.Store.Open(WinDevApi.CallerOf(context), afterConflict: attempt > 1);
            var product = await Find(pixee, session, reference, input, context.RequestAborted);
            if (product is not null)
            {
                if (expected is not null && expected != product.Version)
                {
                    throw new RefusedCallException(StatusCodes.Status412PreconditionFailed, Messages.VersionConflict);
                }

                await Decide(session, product, input, context.RequestAborted);
                var readBack = new QueryBatch();
                var row = readBack.Add(ProductQueries.ById(session.Tenant, product.Id));
                if (await session.SaveChanges(context.RequestAborted, readBack))
                {
                    return (product.Id, await row);
                }
            }

            if (attempt == Tries)
            {
                throw new RefusedCallException(StatusCodes.Status409Conflict, Messages.Busy);
            }
        }
    }

    /// <summary>The product; null when its keys changed while it was looked for, which asks for another try.</summary>
    private static async Task<EventStream<Product>?> Find(Pixee pixee, EventSession session, string reference, ProductInput input, CancellationToken cancellationToken)
    {
        List<(string, string)> keys = [(ProductFields.Reference, reference), (ProductFields.Ean, reference)];
        List<(string Kind, string Key)> wanted = [.. new[] { (ProductFields.Ean, input.Ean!), (ProductFields.Reference, input.Reference!) }.Where(k => k.Item2 is not null)];
        if (wanted.Count > 0)
        {
            await CatalogModule.HoldKeys(session, cancellationToken);
        }

        // One who writes the product's stream alone needs no lock of it: its version is guard enough.
        var writesAlone = wanted.Count == 0 && input.Stock is null && !input.SetsPrice;
        var (owners, products) = writesAlone
            ? (await CatalogModule.OwnersOf(session.Tenant, keys).Run(pixee.DataSource, cancellationToken), null)
            : await CatalogModule.LockAndFetch(session, [.. keys.Concat(wanted).Distinct()], cancellationToken);
        if ((owners.Find(ProductFields.Reference, reference) ?? owners.Find(ProductFields.Ean, reference)) is not var (id, _))
        {
            throw new RefusedCallException(StatusCodes.Status404NotFound, Messages.NotFound(reference));
        }

        foreach (var (kind, key) in wanted)
        {
            if (owners.Find(kind, key) is { } owner && owner.Product != id)
            {
                throw new RefusedCallException(StatusCodes.Status409Conflict, Messages.KeyTaken(kind));
            }
        }

        var product = products is null ? await session.FetchForWriting(Product.Aggregate, id, cancellationToken) : products.GetValueOrDefault(id);
        return product is not null && (product.State.Reference == reference || Gtin.Same(product.State.Ean, reference)) ? product : null;
    }

    private static async Task Decide(EventSession session, EventStream<Product> product, ProductInput input, CancellationToken cancellationToken)
    {
        product.Append(Heeded(new ReviseProduct(input.Fields, input.IsActive).Decide(product.State)));
        List<PendingStream> beside = [];
        if (input.Stock is not null)
        {
            if (input.SupplierCode is { } supplier && !(await InventoryModule.KnownSuppliers(session, [supplier], cancellationToken)).Contains(supplier))
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

    private static Decision Heeded(Decision decision) => decision.Refusal is { } refusal
        ? throw new RefusedCallException(StatusCodes.Status422UnprocessableEntity, Messages.Refused(refusal))
        : decision;

    /// <summary>If-Match carries the <c>version</c> that GET showed, quoted or bare, or the tag, which begins with it.</summary>
    private static long? ExpectedVersion(HttpContext context)
    {
        var header = context.Request.Headers.IfMatch.ToString().Trim('"');
        header = header.IndexOf('-', StringComparison.Ordinal) is > 0 and var end ? header[..end] : header;
        return header is "" or "*" ? null
            : long.TryParse(header, NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version
            : throw new RefusedCallException(StatusCodes.Status412PreconditionFailed, Messages.VersionConflict);
    }
}
