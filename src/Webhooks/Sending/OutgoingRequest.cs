namespace PixeeEvents.Webhooks.Sending;

/// <summary>One HTTP request to a subscriber.</summary>
/// <param name="Headers">All of them but Host and Content-Length.</param>
/// <param name="Timeout">Of the whole exchange, the answer's body included.</param>
public sealed record OutgoingRequest(
    Uri Url, IReadOnlyList<KeyValuePair<string, string>> Headers, ReadOnlyMemory<byte> Body, TimeSpan Timeout);
