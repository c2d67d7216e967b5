using System.Net;
using System.Net.Sockets;
using System.Text;
using PixeeEvents.Webhooks.Sending;
using PixeeEvents.Webhooks.Tests.Testing;
using Xunit;

namespace PixeeEvents.Webhooks.Tests.Sending;

/// <summary>Receivers that keep a connection open, and close it when the next request is under way.</summary>
public sealed class KeptConnectionSpecs
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task a_request_that_met_a_kept_connection_closed_without_a_word_is_sent_again_at_once_as_the_same_attempt()
    {
        await using var receiver = new KeptConnections(connection => connection == 1 ? [Ok, ""] : [Ok]);
        using var sender = Samples.Sender();
        Assert.Equal(200, (await Send(sender, receiver)).Status);
        var answer = await Send(sender, receiver);
        Assert.Equal((200, null, "127.0.0.1"), (answer.Status, answer.Error, answer.RemoteAddress));
        Assert.Equal([1, 1, 2], receiver.Requests);
        Assert.InRange(answer.FirstByte!.Value, TimeSpan.Zero, answer.Duration);
    }

    [Fact]
    public async Task it_goes_over_a_fresh_connection_though_others_were_kept()
    {
        using var together = new Barrier(2);
        await using var receiver = new KeptConnections(connection => connection <= 2 ? [Ok, ""] : [Ok], () =>
            together.SignalAndWait(TimeSpan.FromSeconds(10)));
        using var sender = Samples.Sender();
        var first = await Task.WhenAll(Task.Run(() => Send(sender, receiver)), Task.Run(() => Send(sender, receiver)));
        Assert.All(first, a => Assert.Equal(200, a.Status));
        Assert.Equal(200, (await Send(sender, receiver)).Status);
        Assert.Equal(3, receiver.Requests[^1]);
    }

    [Fact]
    public async Task it_is_sent_again_once_and_no_more()
    {
        await using var receiver = new KeptConnections(connection => connection == 1 ? [Ok, ""] : [""]);
        using var sender = Samples.Sender();
        await Send(sender, receiver);
        Assert.Equal(AttemptError.Reset, (await Send(sender, receiver)).Error);
        Assert.Equal([1, 1, 2], receiver.Requests);
    }

    [Fact]
    public async Task on_a_new_connection_a_close_without_a_word_is_an_answer_that_did_not_come()
    {
        await using var receiver = new KeptConnections(_ => [""]);
        using var sender = Samples.Sender();
        Assert.Equal(AttemptError.Reset, (await Send(sender, receiver)).Error);
        Assert.Equal([1], receiver.Requests);
    }

    [Theory]
    [InlineData("H")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")]
    public async Task after_one_byte_of_the_answer_it_is_not_sent_again(string beginning)
    {
        await using var receiver = new KeptConnections(_ => [Ok, beginning]);
        using var sender = Samples.Sender();
        await Send(sender, receiver);
        Assert.NotNull((await Send(sender, receiver)).Error);
        Assert.Equal([1, 1], receiver.Requests);
    }

    private static Task<Answer> Send(Sender sender, KeptConnections receiver) => sender.Send(Samples.Request(receiver.Url), Cancel);

    /// <summary>A server whose connections say one thing to each request on them, and close after the last.</summary>
    private sealed class KeptConnections : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly CancellationTokenSource _stop = new();
        private readonly List<int> _requests = [];
        private readonly Task _accepting;

        /// <param name="says">What the connection of this number says.</param>
        /// <param name="first">Runs when the first request of one of the first two connections came.</param>
        public KeptConnections(Func<int, string[]> says, Action? first = null)
        {
            _listener.Start();
            _accepting = Accept(says, first ?? (() => { }));
        }

        public Uri Url => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/hook");

        /// <summary>The numbers of the connections that requests came over.</summary>
        public IReadOnlyList<int> Requests
        {
            get
            {
                lock (_requests)
                {
                    return [.. _requests];
                }
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _accepting;
            _listener.Dispose();
            _stop.Dispose();
        }

        private async Task Accept(Func<int, string[]> says, Action first)
        {
            var open = new List<Task>();
            try
            {
                for (var connection = 1; ; connection++)
                {
                    var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                    var number = connection;
                    open.Add(Task.Run(() => Serve(client, number, says(number), first)));
                }
            }
            catch (OperationCanceledException)
            {
                await Task.WhenAll(open);
            }
        }

        private async Task Serve(TcpClient client, int connection, string[] says, Action first)
        {
            using (client)
            {
                try
                {
                    foreach (var (n, text) in says.Index())
                    {
                        if (!await Request(client.GetStream()))
                        {
                            return;
                        }

                        lock (_requests)
                        {
                            _requests.Add(connection);
                        }

                        if (n == 0 && connection <= 2)
                        {
                            first();
                        }

                        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(text), _stop.Token);
                    }
                }
                catch (Exception e) when (e is IOException or OperationCanceledException)
                {
                    // The sender hung up, or the spec is over.
                }
            }
        }

        /// <summary>Reads the head and the body, which is the same of every request here.</summary>
        private async Task<bool> Request(NetworkStream stream)
        {
            var (buffer, length) = (new byte[64 * 1024], 0);
            while (!buffer.AsSpan(0, length).EndsWith(Samples.Body))
            {
                var read = await stream.ReadAsync(buffer.AsMemory(length), _stop.Token);
                if (read == 0)
                {
                    return false;
                }

                length += read;
            }

            return true;
        }
    }
}
