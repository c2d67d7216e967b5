using System.Buffers;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace PixeeEvents.Webhooks.Sending;

/// <summary>What the operator allows and how long is waited.</summary>
public sealed record SenderOptions
{
    /// <summary>Networks that may be called although they are not of the public internet.</summary>
    public IReadOnlyList<IPNetwork> AllowedNetworks { get; init; } = [];

    /// <summary>Whether plain http may be called; for development.</summary>
    public bool AllowHttp { get; init; }

    /// <summary>From the look-up of the name to the end of the TLS handshake.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The most that a subscriber may ask for one attempt, the answer's body included.</summary>
    public TimeSpan TotalTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Certificate authorities to trust instead of the machine's; empty for those.</summary>
    public IReadOnlyList<X509Certificate2> TrustedRoots { get; init; } = [];
}

/// <summary>
/// Sends one request to a subscriber and says what came of it: never an exception for what a receiver does. It is sent once; once
/// more, at once and over a fresh connection, only if it met one that the receiver had kept open before and closed without a word.
/// An answer counts when its headers came and its body ended, or reached the 64 KiB that are read of it, before the one deadline of the
/// whole exchange; a receiver that answers 200 and then drips or breaks its body has not answered.
/// </summary>
public sealed class Sender : IDisposable
{
    private const int ReadAtMost = 64 * 1024;
    private const int KeepAtMost = 16 * 1024;

    /// <param name="resolve">Looks up a name; the machine's resolver when null.</param>
    public Sender(SenderOptions options, TimeProvider time, Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null)
    {
        Options = options;
        Time = time;
        Connections = new VettedConnections(options, resolve ?? Dns.GetHostAddressesAsync);
    }

    internal SenderOptions Options { get; }

    internal TimeProvider Time { get; }

    internal VettedConnections Connections { get; }

    /// <summary>A cancelled one ends as <see cref="AttemptError.Interrupted"/>.</summary>
    public async Task<Answer> Send(OutgoingRequest request, CancellationToken cancellationToken)
    {
        var start = Time.GetTimestamp();
        if (!UrlRules.IsAllowedScheme(request.Url, Options))
        {
            return new Answer(null, AttemptError.AddressRefused, Time.GetElapsedTime(start), null, null, null, null);
        }

        using var deadline = new CancellationTokenSource(
            request.Timeout < Options.TotalTimeout ? request.Timeout : Options.TotalTimeout, Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        var route = new RequestRoute();
        var answer = await Exchange(request, route, fresh: false, start, either.Token);

        // The receiver closed a connection that it had kept, just as the request came: it has not looked at it.
        answer = answer.Error is AttemptError.Reset && route.IsUnheardOnUsedConnection && !either.IsCancellationRequested
            ? await Exchange(request, new RequestRoute(), fresh: true, start, either.Token)
            : answer;
        return answer.Status is not null || !either.IsCancellationRequested ? answer
            : answer with { Error = cancellationToken.IsCancellationRequested ? AttemptError.Interrupted : AttemptError.Timeout };
    }

    public void Dispose() => Connections.Dispose();

    private async Task<Answer> Exchange(
        OutgoingRequest request, RequestRoute route, bool fresh, long start, CancellationToken cancellationToken)
    {
        using var body = new RequestBody(request.Body, Time);
        using var message = MessageOf(request, body);
        Answer Ended(int? status, AttemptError? error, string? text = null, TimeSpan? retryAfter = null) => new(
            status, error, Time.GetElapsedTime(start), body.Started is { } first ? Time.GetElapsedTime(start, first) : null,
            body.Started is null ? null : Connections.AddressOf(route, request.Url)?.ToString(), text, retryAfter);

        try
        {
            using var response = await Connections.Send(message, route, cancellationToken, fresh);
            var text = await Text(response, cancellationToken);
            return Ended((int)response.StatusCode, response.IsSuccessStatusCode ? null : AttemptError.Status, text, Asked(response));
        }
        catch (Exception e) when (HttpFailure.Of(e) is { } error)
        {
            return Ended(null, error);
        }
    }

    private static HttpRequestMessage MessageOf(OutgoingRequest request, RequestBody body)
    {
        var message = new HttpRequestMessage(HttpMethod.Post, request.Url)
        {
            Content = body,
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        foreach (var (name, value) in request.Headers)
        {
            if (!message.Headers.TryAddWithoutValidation(name, value))
            {
                body.Headers.TryAddWithoutValidation(name, value);
            }
        }

        return message;
    }

    /// <summary>The beginning of the body as PostgreSQL can keep it: what is not UTF-8 replaced, NUL left out.</summary>
    private static async Task<string?> Text(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var buffer = ArrayPool<byte>.Shared.Rent(ReadAtMost);
        try
        {
            int total = 0, read;
            do
            {
                read = await stream.ReadAsync(buffer.AsMemory(total, ReadAtMost - total), cancellationToken);
                total += read;
            }
            while (read > 0 && total < ReadAtMost);

            return total == 0
                ? null
                : Encoding.UTF8.GetString(buffer.AsSpan(0, Math.Min(total, KeepAtMost))).Replace("\0", "", StringComparison.Ordinal);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private TimeSpan? Asked(HttpResponseMessage response) =>
        response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable
        && response.Headers.NonValidated.TryGetValues("Retry-After", out var values)
            ? values.Max(v => RetryAfter.Parse(v, Time.GetUtcNow()))
            : null;

    /// <summary>Notes when its first byte is written, which is when the headers before it leave.</summary>
    private sealed class RequestBody(ReadOnlyMemory<byte> bytes, TimeProvider time) : HttpContent
    {
        public long? Started { get; private set; }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            Started ??= time.GetTimestamp();
            await stream.WriteAsync(bytes, cancellationToken);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = bytes.Length;
            return true;
        }
    }
}
