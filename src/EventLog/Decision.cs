namespace PixeeEvents.EventLog;

/// <summary>An expected no. The code is stable and named in the module's README; a face chooses status and words.</summary>
public sealed record Refusal(string Code, string Reason);

/// <summary>What a pure <c>Decide</c> returns: events, nothing, or a refusal.</summary>
public readonly struct Decision
{
    private readonly IReadOnlyList<object>? _events;

    private Decision(IReadOnlyList<object>? events, Refusal? refusal)
    {
        _events = events;
        Refusal = refusal;
    }

    /// <summary>Nothing to say: the input equals the state (promise P6).</summary>
    public static Decision Nothing { get; }

    public IReadOnlyList<object> Events => _events ?? [];

    public Refusal? Refusal { get; }

    public static Decision Of(params IReadOnlyList<object> events) => new(events, null);

    public static implicit operator Decision(Refusal refusal) => new(null, refusal);

    public static Decision FromRefusal(Refusal refusal) => refusal;
}
