using System.Collections.Concurrent;
using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using PixeeEvents.Webhooks.Sending;

namespace PixeeEvents.Webhooks.Tests.Testing;

/// <summary>One request as it arrived; a header sent twice has its values joined by commas.</summary>
public sealed record ReceivedRequest(
    string Method, string Path, string Protocol, IReadOnlyDictionary<string, string> Headers, byte[] Body, string Connection,
    DateTimeOffset At);

/// <summary>
/// How a receiver answers; <see cref="HttpContext.RequestAborted"/> ends when the sender hangs up or the receiver is disposed.
/// </summary>
public delegate Task Reaction(HttpContext context, ReceivedRequest request);

/// <summary>A subscriber's server on a port of its own, that notes each request and then answers as it is told.</summary>
public sealed class Receiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly TimeProvider _time;
    private readonly ConcurrentQueue<ReceivedRequest> _requests = new();
    private readonly Channel<ReceivedRequest> _arrivals = Channel.CreateUnbounded<ReceivedRequest>();
    private readonly CancellationTokenSource _stop = new();

    private Receiver(WebApplication app, TimeProvider time)
    {
        _app = app;
        _time = time;
    }

    public Reaction Reaction { get; set; } = Answers.Status(200);

    public Uri Url { get; private set; } = null!;

    public int Port => Url.Port;

    public IReadOnlyList<ReceivedRequest> Requests => [.. _requests];

    public static async Task<Receiver> Start(
        Reaction? reaction = null, X509Certificate2? certificate = null, HttpProtocols protocols = HttpProtocols.Http1AndHttp2,
        TimeProvider? time = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                listen.Protocols = protocols;
                if (certificate is not null)
                {
                    // Offline, or the server would look for the issuer of its own certificate.
                    var context = SslStreamCertificateContext.Create(certificate, null, offline: true);
                    listen.UseHttps(new TlsHandshakeCallbackOptions
                    {
                        OnConnection = _ => ValueTask.FromResult(new SslServerAuthenticationOptions { ServerCertificateContext = context }),
                    });
                }
            });
        });
        builder.WebHost.UseKestrelHttpsConfiguration();
        var app = builder.Build();
        var receiver = new Receiver(app, time ?? TimeProvider.System);
        receiver.Reaction = reaction ?? receiver.Reaction;
        app.Run(receiver.Receive);
        await app.StartAsync();
        receiver.Url = new Uri(new Uri(app.Urls.Single()), "/hook");
        return receiver;
    }

    /// <summary>The next request that nobody has taken yet; waits for it.</summary>
    /// <exception cref="TimeoutException">None comes.</exception>
    public Task<ReceivedRequest> Next(CancellationToken cancellationToken) =>
        _arrivals.Reader.ReadAsync(cancellationToken).AsTask().WaitAsync(TimeSpan.FromMinutes(1), cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _app.DisposeAsync();
        _stop.Dispose();
    }

    private async Task Receive(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        var request = new ReceivedRequest(
            context.Request.Method,
            context.Request.Path + context.Request.QueryString,
            context.Request.Protocol,
            context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase),
            body.ToArray(),
            context.Connection.Id,
            _time.GetUtcNow());
        _requests.Enqueue(request);
        _arrivals.Writer.TryWrite(request);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _stop.Token);
        context.RequestAborted = end.Token;
        try
        {
            await Reaction(context, request);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            context.Abort();
        }
    }
}

/// <summary>Good and bad answers.</summary>
public static class Answers
{
    public static Reaction Status(int status, string? body = null, params (string Name, string Value)[] headers) => async (context, _) =>
    {
        context.Response.StatusCode = status;
        foreach (var (name, value) in headers)
        {
            context.Response.Headers[name] = value;
        }

        if (body is not null)
        {
            await context.Response.WriteAsync(body, context.RequestAborted);
        }
    };

    public static Reaction RetryAfter(int status, string value) => Status(status, null, ("Retry-After", value));

    public static Reaction RetryAfter(int status, DateTimeOffset at) => RetryAfter(status, at.ToString("R", CultureInfo.InvariantCulture));

    public static Reaction Redirect(int status, Uri target) => Status(status, null, ("Location", target.ToString()));

    /// <summary>Each in turn; the last one stays.</summary>
    public static Reaction InTurn(params Reaction[] reactions)
    {
        var calls = 0;
        return (context, request) => reactions[Math.Min(Interlocked.Increment(ref calls), reactions.Length) - 1](context, request);
    }

    /// <summary>After the gate opens.</summary>
    public static Reaction After(Task gate, Reaction reaction) => async (context, request) =>
    {
        await gate.WaitAsync(context.RequestAborted);
        await reaction(context, request);
    };

    /// <summary>After a while on the given clock.</summary>
    public static Reaction Late(TimeSpan delay, TimeProvider time, Reaction reaction) => async (context, request) =>
    {
        await Task.Delay(delay, time, context.RequestAborted);
        await reaction(context, request);
    };

    public static Reaction Never() => (context, _) => Task.Delay(Timeout.Infinite, context.RequestAborted);

    /// <summary>200 at once, then one byte of the body now and then, for ever.</summary>
    public static Reaction Drip(TimeSpan? pause = null) => async (context, _) =>
    {
        while (true)
        {
            await context.Response.Body.WriteAsync("."u8.ToArray(), context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            await Task.Delay(pause ?? TimeSpan.FromMilliseconds(20), context.RequestAborted);
        }
    };

    /// <summary>The connection is cut instead of an answer.</summary>
    public static Reaction Reset() => (context, _) =>
    {
        context.Abort();
        return Task.CompletedTask;
    };

    /// <summary>200 and a part of the body, then the connection is cut.</summary>
    public static Reaction ResetInBody() => async (context, _) =>
    {
        context.Response.ContentLength = 1000;
        await context.Response.WriteAsync("half of", context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
        context.Abort();
    };

    /// <summary>A few KiB that inflate to <paramref name="inflated"/> bytes, asked for or not.</summary>
    public static Reaction GzipBomb(int inflated) => async (context, _) =>
    {
        context.Response.Headers.ContentEncoding = "gzip";
        context.Features.Get<IHttpResponseBodyFeature>()!.DisableBuffering();
        await using var gzip = new GZipStream(context.Response.Body, CompressionLevel.SmallestSize, leaveOpen: true);
        var zeros = new byte[64 * 1024];
        for (var written = 0; written < inflated; written += zeros.Length)
        {
            await gzip.WriteAsync(zeros, context.RequestAborted);
        }
    };
}
