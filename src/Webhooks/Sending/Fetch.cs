using System.Buffers;
using System.Net;
using PixeeEvents.Webhooks.Signing;

namespace PixeeEvents.Webhooks.Sending;

/// <summary>What came of one download.</summary>
/// <param name="Status">Null when no answer arrived.</param>
/// <param name="Error">Why the file did not come whole; null for one that did, or that is too large.</param>
/// <param name="Length">How many bytes were written.</param>
/// <param name="ContentType">As the server says; to be doubted.</param>
public sealed record Download(int? Status, AttemptError? Error, bool IsTooLarge, long Length, string? ContentType)
{
    public bool IsSuccess => Error is null && !IsTooLarge;
}

/// <summary>
/// Downloads a file from a URL that a client gave, over the connections of <paramref name="sender"/>: the same addresses are refused,
/// and no redirect is followed.
/// </summary>
public sealed class Fetch(Sender sender)
{
    /// <summary>
    /// Writes the file as it arrives. What was written is worthless unless the download succeeds; at most <paramref name="maxBytes"/>
    /// are written, and nothing of a file that is announced as larger. A cancelled call throws.
    /// </summary>
    /// <param name="timeout">Of the whole download.</param>
    public async Task<Download> Download(Uri url, Stream destination, long maxBytes, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (!UrlRules.IsAllowedScheme(url, sender.Options) || url.UserInfo.Length > 0)
        {
            return new Download(null, AttemptError.AddressRefused, false, 0, null);
        }

        using var deadline = new CancellationTokenSource(timeout, sender.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        using var message = new HttpRequestMessage(HttpMethod.Get, url)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
            Headers = { { "User-Agent", DeliveryHeaders.UserAgent }, { "Accept", "*/*" }, { "Accept-Encoding", "identity" } },
        };
        var status = (int?)null;
        var length = 0L;
        Download Failed(AttemptError error) =>
            new(status, deadline.IsCancellationRequested ? AttemptError.Timeout : error, false, length, null);

        var buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
        try
        {
            using var response = await sender.Connections.Send(message, new RequestRoute(), either.Token);
            status = (int)response.StatusCode;
            var type = response.Content.Headers.ContentType?.ToString();
            if (response.StatusCode != HttpStatusCode.OK)
            {
                return new Download(status, AttemptError.Status, false, 0, type);
            }

            if (response.Content.Headers.ContentLength > maxBytes)
            {
                return new Download(status, null, true, 0, type);
            }

            await using var body = await response.Content.ReadAsStreamAsync(either.Token);
            while (await body.ReadAsync(buffer, either.Token) is > 0 and var read)
            {
                if (length + read > maxBytes)
                {
                    return new Download(status, null, true, length, type);
                }

                await Write(destination, buffer.AsMemory(0, read), either.Token);
                length += read;
            }

            return new Download(status, null, false, length, type);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested && HttpFailure.Of(e) is { } error)
        {
            return Failed(error);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>What goes wrong on our side is not the server's failure.</summary>
    private static async Task Write(Stream destination, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            await destination.WriteAsync(bytes, cancellationToken);
        }
        catch (IOException e)
        {
            throw new InvalidOperationException("The downloaded file could not be kept.", e);
        }
    }
}
