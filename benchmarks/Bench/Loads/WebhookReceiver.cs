using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PixeeEvents.Bench.Loads;

/// <summary>
/// A subscriber's server below any framework: answers 200 at once, or never under <c>/hang</c>, and notes when each request began
/// to arrive.
/// </summary>
internal sealed class WebhookReceiver : IAsyncDisposable
{
    private static readonly byte[] Ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8.ToArray();
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<(string Id, string Trace, long At)> _arrivals = new();
    private readonly Task _accepting;
    private int _hanging;

    public WebhookReceiver()
    {
        _listener.Start(1024);
        _accepting = Accept();
    }

    public Uri Url => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/hook");

    public Uri Hanging => new(Url, "/hang");

    /// <summary>
    /// The requests that were answered: their event, the trace of the call that caused it, and the timestamp of their first byte.
    /// </summary>
    public IReadOnlyCollection<(string Id, string Trace, long At)> Arrivals => _arrivals;

    /// <summary>Requests that wait for an answer in vain now.</summary>
    public int HangingNow => Volatile.Read(ref _hanging);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _accepting;
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task Accept()
    {
        var open = new List<Task>();
        try
        {
            while (true)
                open.Add(Serve(await _listener.AcceptSocketAsync(_stop.Token)));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(open);
        }
    }

    private async Task Serve(Socket socket)
    {
        using var _ = socket;
        socket.NoDelay = true;
        try
        {
            var buffer = new byte[16 * 1024];
            while (await ReadRequest(socket, buffer) is var (head, at))
            {
                if (head.StartsWith("POST /hang", StringComparison.Ordinal))
                {
                    Interlocked.Increment(ref _hanging);
                    await socket.ReceiveAsync(buffer, _stop.Token);
                    Interlocked.Decrement(ref _hanging);
                    return;
                }
                _arrivals.Enqueue((Header(head, "webhook-id"), Header(head, "traceparent").Split('-')[1], at));
                await socket.SendAsync(Ok, _stop.Token);
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            // The sender hung up, or the trial is over.
        }
    }

    private async Task<(string Head, long At)?> ReadRequest(Socket socket, byte[] buffer)
    {
        var (length, at) = (0, 0L);
        while (true)
        {
            var read = await socket.ReceiveAsync(buffer.AsMemory(length), _stop.Token);
            if (read == 0)
                return null;
            at = length == 0 ? Stopwatch.GetTimestamp() : at;
            length += read;
            var end = buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8);
            if (end < 0)
                continue;
            var head = Encoding.ASCII.GetString(buffer, 0, end + 2);
            if (length >= end + 4 + int.Parse(Header(head, "Content-Length"), CultureInfo.InvariantCulture))
                return (head, at);
        }
    }

    private static string Header(string head, string name)
    {
        var start = head.IndexOf($"\r\n{name}: ", StringComparison.OrdinalIgnoreCase) + name.Length + 4;
        return head[start..head.IndexOf('\r', start)];
    }
}
