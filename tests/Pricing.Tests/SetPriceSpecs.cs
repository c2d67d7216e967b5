using PixeeEvents.EventLog;
using Xunit;
using static PixeeEvents.Pricing.Tests.PriceDecision;

namespace PixeeEvents.Pricing.Tests;

public sealed class SetPriceSpecs
{
    private static readonly Guid Product = new("0198c000-0000-7000-8000-000000000001");
    private static readonly PriceSet Known = new(Product, 18.50m, 22.20m, 20m, null, null, null);

    [Fact]
    public void cost_and_selling_price_are_independent_figures() =>
        Given().When(new SetPrice(Product, Figure.Given(18.50m), Figure.Kept, Figure.Kept).Decide)
            .Then(new PriceSet(Product, 18.50m, null, null, null, null, null));

    [Fact]
    public void a_figure_that_is_not_given_is_kept() =>
        Given(Known).When(new SetPrice(Product, Figure.Kept, Figure.Given(9.99m), Figure.Kept).Decide)
            .Then(new PriceSet(Product, 18.50m, 9.99m, 20m, 18.50m, 22.20m, 20m));

    [Fact]
    public void nothing_is_derived_from_the_tax_rate() =>
        Given(Known).When(new SetPrice(Product, Figure.Kept, Figure.Kept, Figure.Given(5.5m)).Decide)
            .Then(new PriceSet(Product, 18.50m, 22.20m, 5.5m, 18.50m, 22.20m, 20m));

    [Fact]
    public void a_figure_given_as_nothing_is_cleared() =>
        Given(Known).When(new SetPrice(Product, Figure.Given(null), Figure.Kept, Figure.Kept).Decide)
            .Then(new PriceSet(Product, null, 22.20m, 20m, 18.50m, 22.20m, 20m));

    [Fact]
    public void an_unchanged_price_leaves_no_event() =>
        Given(Known).When(new SetPrice(Product, Figure.Given(18.50m), Figure.Given(22.20m), Figure.Given(20m)).Decide).ThenNothing();

    [Fact]
    public void the_same_amount_with_other_decimals_is_unchanged() =>
        Given(Known).When(new SetPrice(Product, Figure.Given(18.5m), Figure.Given(22.2000m), Figure.Kept).Decide).ThenNothing();

    [Fact]
    public void a_price_of_zero_is_a_price() =>
        Given(Known).When(new SetPrice(Product, Figure.Given(0m), Figure.Kept, Figure.Kept).Decide)
            .Then(new PriceSet(Product, 0m, 22.20m, 20m, 18.50m, 22.20m, 20m));

    [Fact]
    public void a_negative_price_is_refused()
    {
        Given(Known).When(new SetPrice(Product, Figure.Given(-0.01m), Figure.Kept, Figure.Kept).Decide).ThenRefused("negative_price");
        Given(Known).When(new SetPrice(Product, Figure.Kept, Figure.Given(-1m), Figure.Kept).Decide).ThenRefused("negative_price");
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(101)]
    public void a_tax_rate_lies_between_0_and_100(int rate) =>
        Given(Known).When(new SetPrice(Product, Figure.Kept, Figure.Kept, Figure.Given(rate)).Decide).ThenRefused("tax_rate_out_of_range");
}
