using System.Text.Json;

namespace PixeeEvents.EventSourcing;

/// <summary>One event of the log with its metadata (promise P7: who, from which call, when).</summary>
/// <param name="Sequence">Position in the whole log; rises with <paramref name="Version"/> within a stream.</param>
/// <param name="Version">1-based position in its stream, without gaps.</param>
/// <param name="Timestamp">The database's clock, taken after every lock of the call was held.</param>
/// <param name="CorrelationId">Trace id of the call.</param>
/// <param name="CausationId">Request or message that caused it.</param>
public sealed record StoredEvent(
    long Sequence,
    Guid Id,
    string Tenant,
    Guid Stream,
    long Version,
    string Type,
    object Data,
    DateTimeOffset Timestamp,
    string? CorrelationId,
    string? CausationId,
    IReadOnlyDictionary<string, string> Headers);

/// <summary>Events of one tenant in log order, as a projection gets them.</summary>
public sealed record EventBatch(string Tenant, IReadOnlyList<StoredEvent> Events);

/// <summary>On whose behalf a unit of work runs; written to every event it appends.</summary>
/// <param name="CausationId">Unique to the unit of work: a message's events are found by it.</param>
/// <param name="Headers">traceparent, key, user and face.</param>
public sealed record Caller(string Tenant, string? CorrelationId, string? CausationId, IReadOnlyDictionary<string, string> Headers)
{
    private static readonly IReadOnlyDictionary<string, string> NoHeaders = new Dictionary<string, string>(StringComparer.Ordinal);

    public Caller(string tenant)
        : this(tenant, null, null, NoHeaders)
    {
    }

    internal byte[]? HeadersJson => Headers.Count == 0 ? null : JsonSerializer.SerializeToUtf8Bytes(Headers, EventTypes.Json);
}
