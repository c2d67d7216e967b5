using PixeeEvents.EventLog;

namespace PixeeEvents.Inventory;

/// <summary>States the stock of a product as of now, in units; an absolute figure, not a movement.</summary>
public sealed record ReportStock(Guid Product, string? SupplierCode, long Level)
{
    public Decision Decide(Stock stock)
    {
        if (Level < 0)
        {
            return new Refusal("negative_stock", "A stock level is never negative.");
        }

        var was = stock.At(SupplierCode);
        return was == Level ? Decision.Nothing : Decision.Of(new StockLevelSet(Product, SupplierCode, Level, was));
    }
}
