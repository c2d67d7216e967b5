using System.Collections.Frozen;
using System.Text.Json;

namespace PixeeEvents.EventSourcing;

/// <summary>
/// The stored names of the events. A name is a storage format: once written it is kept for ever, and an event class
/// may be renamed freely. Bodies are stored with the property names of the records (Marten's default), enums as integers.
/// </summary>
public sealed class EventTypes
{
    /// <summary>How every event and snapshot is written and read.</summary>
    public static JsonSerializerOptions Json { get; } = new() { Converters = { new FieldsConverter() } };

    private readonly FrozenDictionary<Type, string> _names;
    private readonly FrozenDictionary<string, Func<byte[], object>> _readers;

    private EventTypes(Dictionary<Type, string> names, Dictionary<string, Func<byte[], object>> readers)
    {
        _names = names.ToFrozenDictionary();
        _readers = readers.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary>Every stored name that can be read, old versions included.</summary>
    public IEnumerable<string> Names => _readers.Keys;

    /// <summary>The stored name of an event.</summary>
    /// <exception cref="InvalidOperationException">The class was never registered: a bug, found by the first append.</exception>
    public string NameOf(Type type) =>
        _names.TryGetValue(type, out var name) ? name : throw new InvalidOperationException($"{type} is not a registered event.");

    /// <summary>False when no reader knows the stored name; the caller reports the stream and the version.</summary>
    public bool TryRead(string name, byte[] data, out object? body)
    {
        body = _readers.TryGetValue(name, out var read) ? read(data) : null;
        return body is not null;
    }

    /// <summary>Collects the registrations of all modules and refuses two meanings for one name.</summary>
    public sealed class Builder
    {
        private readonly Dictionary<Type, string> _names = [];
        private readonly Dictionary<string, Func<byte[], object>> _readers = new(StringComparer.Ordinal);

        /// <summary>Registers the current version of an event.</summary>
        public Builder Add<T>(string name)
            where T : class
        {
            _names.Add(typeof(T), name);
            _readers.Add(name, data => JsonSerializer.Deserialize<T>(data, Json)!);
            return this;
        }

        /// <summary>Registers an old version: what was stored under <paramref name="name"/> is read as today's event.</summary>
        public Builder Upcast<TOld>(string name, Func<TOld, object> upcast)
            where TOld : class
        {
            _readers.Add(name, data => upcast(JsonSerializer.Deserialize<TOld>(data, Json)!));
            return this;
        }

        public EventTypes Build() => new(_names, _readers);
    }
}
