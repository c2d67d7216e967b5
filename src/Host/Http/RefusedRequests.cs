using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.AspNetCore.WebUtilities;
using PixeeEvents.Winddle;
using PixeeEvents.Winddle.Wire;

namespace PixeeEvents.Host.Http;

/// <summary>
/// Gives the words of a face to what Kestrel refuses before any middleware runs: a path with <c>%00</c>, headers that are none or too
/// long, a length that is no number. Kestrel tells of such a request when the status of its answer is known and nothing of it is
/// written; its connection closes behind the answer. Over TLS or HTTP/2 the refusal stays without a body.
/// </summary>
internal static class RefusedRequests
{
    private const string BadRequest = "Microsoft.AspNetCore.Server.Kestrel.BadRequest";

    public static void UseRefusedRequests(this KestrelServerOptions kestrel) =>
        kestrel.ConfigureEndpointDefaults(listen => listen.Use(next => connection =>
    {
        connection.Transport = new Transport(connection.Transport.Input, new LastWord(connection.Transport.Output));
        return next(connection);
    }));

    /// <summary>The server tells of what it refuses through the diagnostic source that it is given.</summary>
    public static void AddRefusedRequests(this IServiceCollection services) => services.AddSingleton<DiagnosticSource, Refused>();

    private static byte[] Answer(IServiceProvider services, IFeatureCollection refused)
    {
        var (request, status) = (
            refused.GetRequiredFeature<IHttpRequestFeature>(), refused.GetRequiredFeature<IHttpResponseFeature>().StatusCode);
        using var body = new MemoryStream();
        var context = new DefaultHttpContext { RequestServices = services };
        context.Response.Body = body;
        context.Request.Path = new PathString(RequestTarget.PathOf(request.RawTarget ?? ""));
        if (WinddleApi.Owns(context.Request.Path))
        {
            Formats.TakeSuffix(context);
        }

        var written = services.GetRequiredService<Faces>().Of(context.Request.Path).Refuse(context, status);
        Debug.Assert(written.IsCompletedSuccessfully, "Nothing is waited for in memory.");
        AnswerHeaders.Complete(context.Response);
        var head = new StringBuilder()
            .Append(
                CultureInfo.InvariantCulture,
                $"HTTP/1.1 {status} {ReasonPhrases.GetReasonPhrase(status)}\r\nConnection: close\r\nContent-Length: {body.Length}\r\n");
        foreach (var (name, value) in context.Response.Headers)
        {
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        }

        return [.. Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()), .. HttpMethods.IsHead(request.Method) ? [] : body.ToArray()];
    }

    private sealed class Refused(IServiceProvider services) : DiagnosticSource
    {
        public override bool IsEnabled(string name) => name == BadRequest;

        public override void Write(string name, object? value)
        {
            if (name == BadRequest && value is IFeatureCollection request
                && request.Get<IHttpResponseFeature>() is { HasStarted: false }
                && request.Get<IHttp2StreamIdFeature>() is null
                && request.Get<IConnectionTransportFeature>()?.Transport.Output is LastWord output)
            {
                output.Say(Answer(services, request));
            }
        }
    }

    private sealed record Transport(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    /// <summary>The way out of a connection; once the last word is said, whatever comes behind is dropped.</summary>
    private sealed class LastWord(PipeWriter output) : PipeWriter
    {
        private byte[]? _dropped;

        public override bool CanGetUnflushedBytes => output.CanGetUnflushedBytes;

        public override long UnflushedBytes => output.UnflushedBytes;

        public void Say(byte[] word)
        {
            _dropped = new byte[4096];
            output.Write(word);
        }

        public override Memory<byte> GetMemory(int sizeHint = 0) => _dropped is null ? output.GetMemory(sizeHint) : Dropped(sizeHint);

        public override Span<byte> GetSpan(int sizeHint = 0) => _dropped is null ? output.GetSpan(sizeHint) : Dropped(sizeHint);

        public override void Advance(int bytes)
        {
            if (_dropped is null)
            {
                output.Advance(bytes);
            }
        }

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) =>
            output.FlushAsync(cancellationToken);

        public override void CancelPendingFlush() => output.CancelPendingFlush();

        public override void Complete(Exception? exception = null) => output.Complete(exception);

        public override ValueTask CompleteAsync(Exception? exception = null) => output.CompleteAsync(exception);

        private byte[] Dropped(int size) => _dropped!.Length >= size ? _dropped : _dropped = new byte[size];
    }
}
