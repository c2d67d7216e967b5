namespace PixeeEvents.Webhooks.Replays;

/// <summary>A walk over past events that sends them again.</summary>
/// <param name="OnlyFailed">Those that were exhausted and have not arrived since; every one otherwise.</param>
public sealed record Replay(
    Guid Id,
    DateTimeOffset? Since,
    DateTimeOffset? Until,
    IReadOnlyList<string>? Types,
    bool OnlyFailed,
    string State,
    long Enqueued,
    DateTimeOffset CreatedAt,
    DateTimeOffset? EndedAt);
