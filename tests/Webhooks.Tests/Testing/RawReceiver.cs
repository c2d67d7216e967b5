using System.Net;
using System.Net.Sockets;
using System.Text;

namespace PixeeEvents.Webhooks.Tests.Testing;

/// <summary>What a broken server does with a connection once a request has begun to arrive.</summary>
public delegate Task Misbehaviour(Stream connection, CancellationToken stop);

/// <summary>A server below HTTP, for the faults that no web server can be made to commit.</summary>
public sealed class RawReceiver : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Misbehaviour _misbehaviour;
    private readonly Task _accepting;
    private int _connections;

    private RawReceiver(Misbehaviour misbehaviour)
    {
        _misbehaviour = misbehaviour;
        _listener.Start();
        _accepting = Accept();
    }

    public Uri Url => new($"http://127.0.0.1:{Port}/hook");

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public int Connections => _connections;

    public static RawReceiver Start(Misbehaviour misbehaviour) => new(misbehaviour);

    /// <summary>Reads and keeps silent.</summary>
    public static Misbehaviour Silent() => (_, stop) => Task.Delay(Timeout.Infinite, stop);

    /// <summary>These bytes, then silence on an open connection.</summary>
    public static Misbehaviour Says(string text) => async (connection, stop) =>
    {
        await connection.WriteAsync(Encoding.Latin1.GetBytes(text), stop);
        await Task.Delay(Timeout.Infinite, stop);
    };

    /// <summary>These bytes, then the end of the connection.</summary>
    public static Misbehaviour SaysAndCloses(string text) =>
        (connection, stop) => connection.WriteAsync(Encoding.Latin1.GetBytes(text), stop).AsTask();

    /// <summary>A beginning, then one piece again and again.</summary>
    public static Misbehaviour Repeats(string beginning, string piece, TimeSpan pause) => async (connection, stop) =>
    {
        await connection.WriteAsync(Encoding.Latin1.GetBytes(beginning), stop);
        while (true)
        {
            await connection.WriteAsync(Encoding.Latin1.GetBytes(piece), stop);
            await Task.Delay(pause, stop);
        }
    };

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
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                open.Add(Task.Run(() => Serve(client)));
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            await Task.WhenAll(open);
        }
    }

    private async Task Serve(TcpClient client)
    {
        Interlocked.Increment(ref _connections);
        using (client)
        {
            await using var stream = client.GetStream();
            try
            {
                // All of a short request: to close on unread bytes would reset the connection and lose what was said.
                if (await stream.ReadAsync(new byte[64 * 1024], _stop.Token) > 0)
                {
                    await _misbehaviour(stream, _stop.Token);
                }
            }
            catch (Exception e) when (e is IOException or OperationCanceledException)
            {
                // The sender hung up, which is what most of these faults are for.
            }
        }
    }
}
