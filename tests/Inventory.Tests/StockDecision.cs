using System.Text.Json;
using PixeeEvents.EventLog;
using Xunit;

namespace PixeeEvents.Inventory.Tests;

/// <summary>What a decision says about a stock with a history.</summary>
internal sealed class StockDecision(IEnumerable<object> history)
{
    private Decision _decision;

    public static StockDecision Given(params IEnumerable<object> history) => new(history);

    public StockDecision When(Func<Stock, Decision> decide)
    {
        _decision = decide(Stock.Aggregate.Fold(history));
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
