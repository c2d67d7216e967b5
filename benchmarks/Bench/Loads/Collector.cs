using System.Net;
using System.Net.Sockets;

namespace PixeeEvents.Bench.Loads;

/// <summary>A receiver of OTLP over HTTP that takes everything and keeps nothing.</summary>
internal sealed class Collector : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Task _serving;
    private readonly TaskCompletionSource _traces = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Collector()
    {
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            Url = new Uri($"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}/");
        }
        _listener.Prefixes.Add(Url.AbsoluteUri);
        _listener.Start();
        _serving = Serve();
    }

    public Uri Url { get; }

    /// <summary>Ends when a trace has come.</summary>
    public Task HasTraces => _traces.Task;

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _serving;
    }

    private async Task Serve()
    {
        try
        {
            while (true)
            {
                var call = await _listener.GetContextAsync();
                await call.Request.InputStream.CopyToAsync(Stream.Null);
                if (call.Request.Url?.AbsolutePath == "/v1/traces")
                    _traces.TrySetResult();
                call.Response.Close();
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException && !_listener.IsListening)
        {
            // Closed.
        }
    }
}
