namespace PixeeEvents.Webhooks.Nodes;

/// <summary>How long is kept what nobody needs any more; what somebody still needs stays, however old.</summary>
public sealed record Retention
{
    /// <summary>Deliveries that were delivered, superseded or cancelled, with their attempts; replays that ended.</summary>
    public TimeSpan Settled { get; init; } = TimeSpan.FromDays(30);

    /// <summary>Deliveries that were exhausted, with their attempts; notices.</summary>
    public TimeSpan Exhausted { get; init; } = TimeSpan.FromDays(90);

    /// <summary>
    /// Messages of the outbox that became deliveries, or that nobody wanted: what a replay reads, and what links in events lead to.
    /// </summary>
    public TimeSpan Messages { get; init; } = TimeSpan.FromDays(90);
}
