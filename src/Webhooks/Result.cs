using PixeeEvents.EventLog;

namespace PixeeEvents.Webhooks;

/// <summary>What was asked for, or why not.</summary>
public sealed record Result<T>
    where T : class
{
    public Result(T value) => Value = value;

    public Result(Refusal refusal) => Refusal = refusal;

    public T? Value { get; }

    public Refusal? Refusal { get; }
}

/// <summary>One page of a list, and how long the whole list is.</summary>
public sealed record Page<T>(IReadOnlyList<T> Items, long Total);
