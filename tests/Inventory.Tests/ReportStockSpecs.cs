using PixeeEvents.EventLog;
using Xunit;
using static PixeeEvents.Inventory.Tests.StockDecision;

namespace PixeeEvents.Inventory.Tests;

public sealed class ReportStockSpecs
{
    private static readonly Guid Product = new("0198c000-0000-7000-8000-000000000001");

    [Fact]
    public void a_first_figure_is_set_and_was_unknown() =>
        Given().When(Report(null, 42)).Then(new StockLevelSet(Product, null, 42, null));

    [Fact]
    public void a_first_figure_of_zero_is_a_fact_too() =>
        Given().When(Report(null, 0)).Then(new StockLevelSet(Product, null, 0, null));

    [Fact]
    public void a_new_figure_replaces_the_old_one_and_remembers_it() =>
        Given(Set(null, 42)).When(Report(null, 38)).Then(new StockLevelSet(Product, null, 38, 42));

    [Fact]
    public void an_unchanged_figure_leaves_no_event() => Given(Set(null, 42)).When(Report(null, 42)).ThenNothing();

    [Fact]
    public void a_negative_figure_is_refused() => Given(Set(null, 42)).When(Report(null, -1)).ThenRefused("negative_stock");

    [Fact]
    public void a_suppliers_figure_stands_beside_the_generic_one()
    {
        Given(Set(null, 42)).When(Report("KIMEX", 42)).Then(new StockLevelSet(Product, "KIMEX", 42, null));
        Given(Set(null, 42), Set("KIMEX", 7)).When(Report("KIMEX", 7)).ThenNothing();
        Given(Set(null, 42), Set("KIMEX", 7)).When(Report(null, 42)).ThenNothing();
    }

    [Fact]
    public void supplier_codes_are_told_apart_by_case() =>
        Given(Set("KIMEX", 7)).When(Report("kimex", 7)).Then(new StockLevelSet(Product, "kimex", 7, null));

    [Fact]
    public void the_fold_keeps_one_figure_per_supplier()
    {
        var stock = Stock.Aggregate.Fold([Set(null, 1), Set("A", 2), Set("B", 3), Set("A", 4)]);
        Assert.Equal((1, 4, 3, null), (stock.Generic, stock.At("A"), stock.At("B"), stock.At("C")));
    }

    [Fact]
    public void a_products_stock_stream_is_always_the_same_and_not_its_price_stream()
    {
        Assert.Equal(Stock.StreamOf(Product), Stock.StreamOf(Product));
        Assert.NotEqual(StreamId.Of(Product, "price"), Stock.StreamOf(Product));
    }

    private static StockLevelSet Set(string? supplier, long level) => new(Product, supplier, level, null);

    private static Func<Stock, Decision> Report(string? supplier, long level) => new ReportStock(Product, supplier, level).Decide;
}
