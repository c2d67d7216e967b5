using System.Globalization;
using PixeeEvents.EventLog;
using PixeeEvents.Webhooks.Subscriptions;

namespace PixeeEvents.Webhooks.Signing;

/// <summary>The headers of one attempt, and which ones a subscriber may add.</summary>
public static class DeliveryHeaders
{
    public const string UserAgent = "PixeeEvents-Webhooks/1";

    private const int MaxCount = 20;
    private const int MaxName = 64;
    private const int MaxValue = 2048;

    private static readonly HashSet<string> Reserved = new(StringComparer.OrdinalIgnoreCase)
    {
        // Ours.
        "User-Agent", "traceparent", "tracestate", "baggage",

        // Of the request itself and of the hop.
        "Host", "Connection", "Keep-Alive", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "HTTP2-Settings", "Expect", "Via",
        "Accept-Encoding", "Cookie", "Set-Cookie",

        // Who is asking, to whoever believes them.
        "Forwarded", "X-Real-IP", "X-Client-IP", "X-Cluster-Client-IP", "True-Client-IP", "CF-Connecting-IP", "Fastly-Client-IP",

        // What the metadata services of the clouds ask for.
        "Metadata", "Metadata-Flavor", "Metadata-Token", "X-Metadata-Token",
    };

    private static readonly string[] ReservedPrefixes =
        ["webhook-", "X-PM-", "Content-", "Proxy-", "X-Forwarded-", "X-aws-", "X-Amzn-", "X-Google-"];

    /// <summary>The form in which an event is named to subscribers; the same on every attempt.</summary>
    public static string IdOf(Guid eventId) => "evt_" + eventId.ToString("N");

    /// <summary>Why a subscriber may not have these headers sent; null when they may.</summary>
    public static Refusal? Refuse(IReadOnlyDictionary<string, string> headers) =>
        headers.Count > MaxCount
            ? new Refusal("invalid_header", $"At most {MaxCount} headers.")
            : headers.Select(h => Refuse(h.Key, h.Value)).FirstOrDefault(r => r is not null);

    /// <summary>Why a subscriber may not have this header sent; null when it may.</summary>
    public static Refusal? Refuse(string name, string value) =>
        Problem(name, value) is { } problem ? new Refusal("invalid_header", problem) : null;

    /// <summary>Signed anew for each attempt: the same id and body under another time make another signature.</summary>
    /// <param name="secrets">All that are live, newest first; never empty.</param>
    /// <param name="keys">Those that sign <c>v1a</c>.</param>
    internal static IReadOnlyList<KeyValuePair<string, string>> Of(
        Subscription subscription, IReadOnlyList<Secret> secrets, IReadOnlyList<SigningKey> keys,
        Guid eventId, string type, string? traceparent, DateTimeOffset at, ReadOnlySpan<byte> body)
    {
        var id = IdOf(eventId);
        var timestamp = at.ToUnixTimeSeconds();
        var signature = Signature.Standard(
            subscription.Signatures.Contains("v1") ? secrets : [], subscription.Signatures.Contains("v1a") ? keys : [], id, timestamp,
            body);
        List<KeyValuePair<string, string>> headers =
        [
            new("webhook-id", id),
            new("webhook-timestamp", timestamp.ToString(CultureInfo.InvariantCulture)),
            new("webhook-signature", signature),
            new("X-PM-Signature", Signature.Documented(secrets[0], body)),
            new("X-PM-Event", type),
            new("Content-Type", subscription.CloudEvents ? "application/cloudevents+json" : "application/json"),
            new("User-Agent", UserAgent),
        ];
        if (traceparent is not null)
        {
            headers.Add(new("traceparent", traceparent));
        }

        headers.AddRange(subscription.Headers);
        return headers;
    }

    private static string? Problem(string name, string value)
    {
        if (name.Length is 0 or > MaxName || !name.All(IsTokenCharacter))
        {
            return $"A header's name has 1 to {MaxName} letters, digits or characters of !#$%&'*+-.^_`|~.";
        }

        if (Reserved.Contains(name) || ReservedPrefixes.Any(p => name.StartsWith(p, StringComparison.OrdinalIgnoreCase)))
        {
            return $"The header {name} is not a subscriber's to set.";
        }

        return value.Length <= MaxValue && value.All(c => c is >= ' ' and <= '~') && value.Trim().Length == value.Length
            ? null
            : $"The value of {name} has at most {MaxValue} visible ASCII characters and spaces, and no space at its ends.";
    }

    private static bool IsTokenCharacter(char c) => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal);
}
