using PixeeEvents.EventLog;

namespace PixeeEvents.Pricing;

/// <summary>One figure of a price: left as it is, cleared, or given.</summary>
public readonly record struct Figure(bool IsGiven, decimal? Value)
{
    public static Figure Kept { get; }

    public static Figure Given(decimal? value) => new(true, value);

    internal decimal? Over(decimal? current) => IsGiven ? Value : current;
}

/// <summary>Sets what is given of a product's prices and keeps the rest. Two decimals or twenty: compared by value.</summary>
public sealed record SetPrice(Guid Product, Figure Cost, Figure SellingPrice, Figure TaxRate)
{
    public Decision Decide(Price price)
    {
        var next =
            price with
            {
                Cost = Cost.Over(price.Cost),
                SellingPrice = SellingPrice.Over(price.SellingPrice),
                TaxRate = TaxRate.Over(price.TaxRate),
            };
        if (next.Cost < 0 || next.SellingPrice < 0)
        {
            return new Refusal("negative_price", "A price is never negative.");
        }

        if (next.TaxRate is < 0 or > 100)
        {
            return new Refusal("tax_rate_out_of_range", "A tax rate lies between 0 and 100 percent.");
        }

        return next == price
            ? Decision.Nothing
            : Decision.Of(new PriceSet(Product, next.Cost, next.SellingPrice, next.TaxRate, price.Cost, price.SellingPrice, price.TaxRate));
    }
}
