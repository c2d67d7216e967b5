using System.Text.Json;
using Npgsql;

namespace PixeeEvents.EventSourcing;

internal static class EventReader
{
    private static readonly Dictionary<string, string> NoHeaders = [];

    public static async Task<List<StoredEvent>> ReadAll(NpgsqlDataReader reader, EventTypes types, CancellationToken cancellationToken)
    {
        var events = new List<StoredEvent>();
        while (await reader.ReadAsync(cancellationToken))
        {
            events.Add(Read(reader, types));
        }

        return events;
    }

    /// <summary>Reads the current row, whose columns are <see cref="EventStore.EventColumns"/>.</summary>
    public static StoredEvent Read(NpgsqlDataReader reader, EventTypes types)
    {
        var type = reader.GetString(5);
        if (!types.TryRead(type, reader.GetFieldValue<byte[]>(6), out var data))
        {
            throw new UnknownEventTypeException(type, reader.GetGuid(3), reader.GetInt64(4), reader.GetInt64(0));
        }

        return new StoredEvent(
            reader.GetInt64(0),
            reader.GetGuid(1),
            reader.GetString(2),
            reader.GetGuid(3),
            reader.GetInt64(4),
            type,
            data!,
            reader.GetFieldValue<DateTimeOffset>(7),
            reader.IsDBNull(8) ? null : reader.GetString(8),
            reader.IsDBNull(9) ? null : reader.GetString(9),
            reader.IsDBNull(10) ? NoHeaders : Headers(reader.GetFieldValue<byte[]>(10)));
    }

    private static Dictionary<string, string> Headers(byte[] json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.ValueKind != JsonValueKind.Object
            ? NoHeaders
            : document.RootElement.EnumerateObject().ToDictionary(p => p.Name, p => p.Value.ToString(), StringComparer.Ordinal);
    }
}
