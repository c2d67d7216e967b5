using System.Text.Json;
using PixeeEvents.EventLog;
using PixeeEvents.Inventory;
using PixeeEvents.WinDev.Products;
using PixeeEvents.WinDev.Wire;
using Wolverine.Http;

namespace PixeeEvents.WinDev.Figures;

/// <summary>POST /stock/update: up to 5,000 absolute figures, by EAN, generic or per supplier.</summary>
public static class UpdateStockEndpoint
{
    private sealed record Item(long Level, string? Supplier);

    [WolverinePost(WinDevApi.Root + "/stock/update")]
    public static async Task<Envelope> Update(HttpContext context, Caller caller, EventStore store, CancellationToken stop)
    {
        var items = await Body.Array(context, FigureBatch.Limit, stop);
        for (var attempt = 1; attempt <= FigureBatch.Tries; attempt++)
        {
            var batch = new FigureBatch<Item>(items.ConvertAll(Read));
            await using var session = store.Open(caller, afterConflict: attempt > 1);
            if (batch.Commands.Any())
            {
                await Decide(session, batch, stop);
            }

            if (await session.SaveChanges(stop))
            {
                return batch.Answer(Messages.Stocks);
            }
        }

        throw new RefusedCallException(StatusCodes.Status409Conflict, Messages.Busy);
    }

    private static FigureOutcome<Item> Read(JsonElement item)
    {
        var ean = FigureItem.Ean(item, out var problem);
        var (level, supplier) = problem is null ? FigureItem.Stock(item, out problem) : default;
        return problem is null
            ? new FigureOutcome<Item>(ean, new Item(level, supplier), null)
            : new FigureOutcome<Item>(ean ?? ProductReader.Key(item, "ean"), null, problem);
    }

    private static async Task Decide(EventSession session, FigureBatch<Item> batch, CancellationToken cancellationToken)
    {
        var products = await batch.Lock(session, cancellationToken);
        var suppliers = await InventoryModule.KnownSuppliers(
            session, [.. batch.Commands.Select(c => c.Supplier).OfType<string>().Distinct(StringComparer.Ordinal)], cancellationToken);
        var stocks = await InventoryModule.StocksOf(session, products.Products, cancellationToken);
        var changed = new List<Guid>();
        foreach (var (outcome, item, product) in batch.Found(products))
        {
            if (item.Supplier is not null && !suppliers.Contains(item.Supplier))
            {
                (outcome.Status, outcome.Problem) = (FigureStatus.Error, Messages.UnknownSupplier(item.Supplier));
                continue;
            }

            var stock = stocks[product];
            var decision = new ReportStock(product, item.Supplier, item.Level).Decide(stock.State);
            if (decision.Refusal is { } refusal)
            {
                (outcome.Status, outcome.Problem) = (FigureStatus.Error, Messages.Refused(refusal));
                continue;
            }

            if (stock.Append(decision))
            {
                changed.Add(product);
            }

            outcome.Status = FigureStatus.Ok;
        }

        await FigureBatch.Announce(session, "stock.updated", changed, cancellationToken);
    }
}
