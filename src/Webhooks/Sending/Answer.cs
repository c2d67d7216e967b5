namespace PixeeEvents.Webhooks.Sending;

/// <summary>What came of one request.</summary>
/// <param name="Status">Null when no complete answer arrived.</param>
/// <param name="FirstByte">From the start of the attempt to the first byte of the request on the wire.</param>
/// <param name="Response">The beginning of the answer's body, at most 16 KiB.</param>
/// <param name="RetryAfter">How long a 429 or 503 asks to be left alone.</param>
public sealed record Answer(
    int? Status, AttemptError? Error, TimeSpan Duration, TimeSpan? FirstByte, string? RemoteAddress, string? Response, TimeSpan? RetryAfter)
{
    public bool IsSuccess => Status is >= 200 and < 300 && Error is null;
}

/// <summary>Why an attempt failed; a closed list, stored in snake_case.</summary>
public enum AttemptError
{
    /// <summary>An answer outside 200 to 299.</summary>
    Status,

    /// <summary>Not on the public internet, nor in a network that the operator allows; or plain http where that is not allowed.</summary>
    AddressRefused,

    /// <summary>The name has no address.</summary>
    Dns,

    /// <summary>No connection, or not within its own deadline.</summary>
    Connect,

    /// <summary>No handshake, or a certificate that does not speak for the host.</summary>
    Tls,

    /// <summary>The answer, its body included, had not come when the deadline of the whole exchange passed.</summary>
    Timeout,

    /// <summary>The receiver cut the connection before the end of its answer.</summary>
    Reset,

    /// <summary>What came was no HTTP, or more headers than are read.</summary>
    Protocol,

    /// <summary>The node that was sending stopped or lost its lease before the answer.</summary>
    Interrupted,
}
