using System.Text.Json;
using PixeeEvents.EventLog;
using Xunit;

namespace PixeeEvents.Pricing.Tests;

/// <summary>What a decision says about a price with a history.</summary>
internal sealed class PriceDecision(IEnumerable<object> history)
{
    private Decision _decision;

    public static PriceDecision Given(params IEnumerable<object> history) => new(history);

    public PriceDecision When(Func<Price, Decision> decide)
    {
        _decision = decide(Price.Aggregate.Fold(history));
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
