namespace PixeeEvents.EventLog;

/// <summary>An expected no. The code is stable and named in the module's README; a face chooses status and words.</summary>
public sealed record Refusal(string Code, string Reason);

/// <summary>What a pure <c>Decide</c> returns: events, nothing, or a refusal.</summary>
public readonly struct Decision
{
    /// <summary>Nothing to say: the input equals the state (promise P6).</summary>
    public static Decision Nothing => default;

    public IReadOnlyList<object> Events { get => field ?? []; private init; }

    public Refusal? Refusal { get; private init; }

    public static Decision Of(params IReadOnlyList<object> events) => new() { Events = events };

    public static implicit operator Decision(Refusal refusal) => new() { Refusal = refusal };

    public static Decision FromRefusal(Refusal refusal) => refusal;
}
