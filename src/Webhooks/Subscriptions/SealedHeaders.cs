using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using PixeeEvents.Webhooks.Signing;

namespace PixeeEvents.Webhooks.Subscriptions;

/// <summary>
/// A subscriber's own headers as they are stored: names in clear, each value encrypted until somebody reads it in order to send it.
/// </summary>
internal sealed class SealedHeaders : IReadOnlyDictionary<string, string>
{
    private readonly Dictionary<string, byte[]> _values;
    private readonly ISecretProtection _protection;

    private SealedHeaders(Dictionary<string, byte[]> values, ISecretProtection protection) => (_values, _protection) = (values, protection);

    public IEnumerable<string> Keys => _values.Keys;

    public IEnumerable<string> Values => _values.Values.Select(_protection.Unprotect);

    public int Count => _values.Count;

    public string this[string key] => _protection.Unprotect(_values[key]);

    public static SealedHeaders Read(string json, ISecretProtection protection) => new(
        new Dictionary<string, byte[]>(JsonSerializer.Deserialize<Dictionary<string, byte[]>>(json)!, StringComparer.OrdinalIgnoreCase),
            protection);

    /// <summary>What is stored of headers; those that were read from there stay as they are.</summary>
    public static string Write(IReadOnlyDictionary<string, string> headers, ISecretProtection protection) => JsonSerializer.Serialize(
        headers is SealedHeaders known ? known._values : headers.ToDictionary(h => h.Key, h => protection.Protect(h.Value)));

    public bool ContainsKey(string key) => _values.ContainsKey(key);

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out string value)
    {
        value = _values.TryGetValue(key, out var stored) ? _protection.Unprotect(stored) : null;
        return value is not null;
    }

    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() =>
        _values.Select(v => KeyValuePair.Create(v.Key, _protection.Unprotect(v.Value))).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
