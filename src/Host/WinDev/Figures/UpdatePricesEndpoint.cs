using System.Text.Json;
using PixeeEvents.Catalog;
using PixeeEvents.EventLog;
using PixeeEvents.Host.WinDev.Products;
using PixeeEvents.Host.WinDev.Wire;
using PixeeEvents.Pricing;
using Wolverine.Http;

namespace PixeeEvents.Host.WinDev.Figures;

/// <summary>POST /prices/update: up to 5,000 prices, by EAN. price_ht is kept as cost, price_ttc as selling price.</summary>
public static class UpdatePricesEndpoint
{
    private sealed record Item(Figure PriceHt, Figure PriceTtc);

    [WolverinePost(WinDevApi.Root + "/prices/update")]
    public static Task<Envelope> Update(HttpContext context, Caller caller, EventStore store, CancellationToken stop) =>
        FigureBatch.Run<Item>(context, caller, store, "price.updated", Messages.Prices, Read, Decide, stop);

    private static FigureOutcome<Item> Read(JsonElement item)
    {
        var ean = FigureItem.Ean(item, out var problem);
        var (ht, ttc) = problem is null ? FigureItem.Prices(item, out problem) : default;
        return problem is null
            ? new FigureOutcome<Item>(ean, new Item(ht, ttc), null)
            : new FigureOutcome<Item>(ean ?? ProductReader.Key(item, "ean"), null, problem);
    }

    private static async Task<List<Guid>> Decide(
        EventSession session, IReadOnlyList<FigureOutcome<Item>> outcomes, KeyOwners products, CancellationToken cancellationToken)
    {
        var prices = await PricingModule.PricesOf(session, products.Products, cancellationToken);
        var changed = new List<Guid>();
        foreach (var outcome in outcomes)
        {
            if (outcome.Command is not { } item || products.Find(ProductFields.Ean, outcome.Ean) is not var (product, _))
            {
                continue;
            }

            var price = prices[product];
            var decision = new SetPrice(product, item.PriceHt, item.PriceTtc, Figure.Kept).Decide(price.State);
            if (decision.Refusal is { } refusal)
            {
                (outcome.Status, outcome.Problem) = (FigureStatus.Error, Messages.Refused(refusal));
                continue;
            }

            if (price.Append(decision))
            {
                changed.Add(product);
            }

            outcome.Status = FigureStatus.Ok;
        }

        return changed;
    }
}
