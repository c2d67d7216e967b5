using System.Text.Json;
using PixeeEvents.EventLog;
using PixeeEvents.Pricing;
using PixeeEvents.WinDev.Products;
using PixeeEvents.WinDev.Wire;
using Wolverine.Http;

namespace PixeeEvents.WinDev.Figures;

/// <summary>POST /prices/update: up to 5,000 prices, by EAN. price_ht is kept as cost, price_ttc as selling price.</summary>
public static class UpdatePricesEndpoint
{
    private sealed record Item(Figure PriceHt, Figure PriceTtc);

    [WolverinePost(WinDevApi.Root + "/prices/update")]
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
                return batch.Answer(Messages.Prices);
            }
        }

        throw new RefusedCallException(StatusCodes.Status409Conflict, Messages.Busy);
    }

    private static FigureOutcome<Item> Read(JsonElement item)
    {
        var ean = FigureItem.Ean(item, out var problem);
        var (ht, ttc) = problem is null ? FigureItem.Prices(item, out problem) : default;
        return problem is null
            ? new FigureOutcome<Item>(ean, new Item(ht, ttc), null)
            : new FigureOutcome<Item>(ean ?? ProductReader.Key(item, "ean"), null, problem);
    }

    private static async Task Decide(EventSession session, FigureBatch<Item> batch, CancellationToken cancellationToken)
    {
        var products = await batch.Lock(session, cancellationToken);
        var prices = await PricingModule.PricesOf(session, products.Products, cancellationToken);
        var changed = new List<Guid>();
        foreach (var (outcome, item, product) in batch.Found(products))
        {
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

        await FigureBatch.Announce(session, "price.updated", changed, cancellationToken);
    }
}
