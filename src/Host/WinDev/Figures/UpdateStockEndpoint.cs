using System.Text.Json;
using PixeeEvents.Catalog;
using PixeeEvents.EventLog;
using PixeeEvents.Host.WinDev.Products;
using PixeeEvents.Host.WinDev.Wire;
using PixeeEvents.Inventory;
using Wolverine.Http;

namespace PixeeEvents.Host.WinDev.Figures;

/// <summary>POST /stock/update: up to 5,000 absolute figures, by EAN, generic or per supplier.</summary>
public static class UpdateStockEndpoint
{
    private sealed record Item(long Level, string? Supplier);

    [WolverinePost(WinDevApi.Root + "/stock/update")]
    public static Task<Envelope> Update(HttpContext context, Caller caller, EventStore store, CancellationToken stop) =>
        FigureBatch.Run<Item>(context, caller, store, "stock.updated", Messages.Stocks, Read, Decide, stop);

    private static FigureOutcome<Item> Read(JsonElement item)
    {
        var ean = FigureItem.Ean(item, out var problem);
        var (level, supplier) = problem is null ? FigureItem.Stock(item, out problem) : default;
        return problem is null
            ? new FigureOutcome<Item>(ean, new Item(level, supplier), null)
            : new FigureOutcome<Item>(ean ?? ProductReader.Key(item, "ean"), null, problem);
    }

    private static async Task<List<Guid>> Decide(
        EventSession session, IReadOnlyList<FigureOutcome<Item>> outcomes, KeyOwners products, CancellationToken cancellationToken)
    {
        var suppliers = await InventoryModule.KnownSuppliers(session, [.. outcomes.Select(o => o.Command?.Supplier).OfType<string>().Distinct(StringComparer.Ordinal)], cancellationToken);
        var stocks = await InventoryModule.StocksOf(session, products.Products, cancellationToken);
        var changed = new List<Guid>();
        foreach (var outcome in outcomes)
        {
            if (outcome.Command is not { } item || products.Find(ProductFields.Ean, outcome.Ean) is not var (product, _))
            {
                continue;
            }

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

        return changed;
    }
}
