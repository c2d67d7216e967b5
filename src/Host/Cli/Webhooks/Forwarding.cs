using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;

namespace PixeeEvents.Host.Cli.Webhooks;

/// <summary>
/// Passes a request on to another address with its headers and bytes, and brings the answer back: what fails there has failed, and is
/// tried again as if the server had called it.
/// </summary>
internal sealed class Forwarding(Uri to) : IDisposable
{
    /// <summary>What belongs to the connection it came by.</summary>
    private static readonly HashSet<string> OfConnection = new(
        ["Connection", "Content-Length", "Expect", "Host", "Keep-Alive", "TE", "Trailer", "Transfer-Encoding", "Upgrade"],
        StringComparer.OrdinalIgnoreCase);

    /// <summary>How long it may take is for the caller to say, who hangs up.</summary>
    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        ActivityHeadersPropagator = null,
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(5),
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <returns>Whether the answer is a success, and what to show of it.</returns>
    public async Task<(bool Succeeded, string Shown)> Pass(HttpContext context, byte[] body)
    {
        var started = Stopwatch.GetTimestamp();
        using var request = new HttpRequestMessage(HttpMethod.Post, to) { Content = new ByteArrayContent(body) };
        foreach (var (name, values) in context.Request.Headers.Where(h => !OfConnection.Contains(h.Key)))
        {
            if (!request.Headers.TryAddWithoutValidation(name, values.AsEnumerable()))
            {
                request.Content.Headers.TryAddWithoutValidation(name, values.AsEnumerable());
            }
        }

        try
        {
            using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, context.RequestAborted);
            context.Response.StatusCode = (int)answer.StatusCode;
            context.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
            if (answer.Headers.RetryAfter is { } retry)
            {
                context.Response.Headers.RetryAfter = retry.ToString();
            }

            await answer.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
            return (answer.IsSuccessStatusCode, Shown(((int)answer.StatusCode).ToString(CultureInfo.InvariantCulture), started));
        }
        catch (HttpRequestException failure)
        {
            if (context.Response.HasStarted)
            {
                context.Abort();
            }
            else
            {
                context.Response.StatusCode = StatusCodes.Status502BadGateway;
                await context.Response.WriteAsync(failure.Message, context.RequestAborted);
            }

            return (false, Shown(failure.Message, started));
        }
    }

    public void Dispose() => _http.Dispose();

    private string Shown(string outcome, long started) =>
        string.Create(CultureInfo.InvariantCulture, $"{outcome} {to} in {Stopwatch.GetElapsedTime(started).TotalMilliseconds:N0} ms");
}
