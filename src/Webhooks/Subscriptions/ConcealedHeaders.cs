namespace PixeeEvents.Webhooks.Subscriptions;

/// <summary>The values of a subscriber's own headers are its credentials: shown to nobody, as a receiver may send them back.</summary>
public static class ConcealedHeaders
{
    /// <summary>Stands for a value that is not shown.</summary>
    public const string Mask = "***";

    /// <summary>Shorter values are no credentials, and occur in any text by chance.</summary>
    private const int ShortestCredential = 4;

    /// <summary>A text without the values, and without what follows the scheme of one such as <c>Bearer …</c>.</summary>
    public static string? In(string? text, IReadOnlyDictionary<string, string> headers) =>
        text is null || headers.Count == 0 ? text : headers.Values
            .SelectMany(v => (string[])[v, v[(v.IndexOf(' ', StringComparison.Ordinal) + 1)..]])
            .Where(v => v.Length >= ShortestCredential).OrderByDescending(v => v.Length)
            .Aggregate(text, (concealed, value) => concealed.Replace(value, Mask, StringComparison.Ordinal));

    /// <summary>Headers as an owner gives them, in which the mask stands for the value that is stored under the same name.</summary>
    /// <returns>The stored ones themselves when nothing is changed; else the name of a header that is masked and not stored, if there is
    /// one.</returns>
    public static (IReadOnlyDictionary<string, string> Headers, string? Unknown) Kept(
        IReadOnlyDictionary<string, string> given, IReadOnlyDictionary<string, string> stored)
    {
        if (given.FirstOrDefault(g => g.Value == Mask && !stored.ContainsKey(g.Key)).Key is { } unknown)
        {
            return (given, unknown);
        }

        return given.Count == stored.Count && given.Values.All(v => v == Mask)
            ? (stored, null)
            : (given.ToDictionary(g => g.Key, g => g.Value == Mask ? stored[g.Key] : g.Value, StringComparer.OrdinalIgnoreCase), null);
    }
}
