using System.Text.Json;
using PixeeEvents.Catalog.Products;
using PixeeEvents.EventLog;
using Xunit;

namespace PixeeEvents.Catalog.Tests.Products;

/// <summary>What a decision says about a product with a history.</summary>
internal sealed class ProductDecision(IEnumerable<object> history)
{
    private Decision _decision;

    public static ProductDecision Given(params IEnumerable<object> history) => new(history);

    public ProductDecision When(Func<Product, Decision> decide)
    {
        _decision = decide(Product.Aggregate.Fold(history));
        return this;
    }

    /// <summary>Compared as they are stored.</summary>
    public void Then(params IEnumerable<object> expected)
    {
        Assert.Null(_decision.Refusal);
        Assert.Equal(expected.Select(Stored), _decision.Events.Select(Stored));
    }

    public void ThenNothing() => Then();

    public void ThenRefused(string code)
    {
        Assert.Equal(code, _decision.Refusal?.Code);
        Assert.Empty(_decision.Events);
    }

    private static string Stored(object @event) =>
        @event.GetType().Name + JsonSerializer.Serialize(@event, @event.GetType(), EventLogOptions.Json);
}
