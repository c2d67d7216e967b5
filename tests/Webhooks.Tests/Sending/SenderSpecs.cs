using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using PixeeEvents.Webhooks.Sending;
using PixeeEvents.Webhooks.Signing;
using PixeeEvents.Webhooks.Tests.Testing;
using Xunit;

namespace PixeeEvents.Webhooks.Tests.Sending;

public sealed class SenderSpecs
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(300);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task the_receiver_gets_the_bytes_and_the_headers_as_they_were_given()
    {
        await using var receiver = await Receiver.Start(Answers.Status(200, "ok"));
        using var sender = Samples.Sender();
        var body = Encoding.UTF8.GetBytes("""{ "name" : "Câble 4K",  "n":1.50 }""");
        var answer = await sender.Send(
            new OutgoingRequest(
                receiver.Url,
                [
                    new("webhook-id", "evt_1"), new("Content-Type", "application/json"), new("User-Agent", DeliveryHeaders.UserAgent),
                    new("Authorization", "Bearer x")],
                body,
                TimeSpan.FromSeconds(10)),
            Cancelled);
        var request = Assert.Single(receiver.Requests);
        Assert.True(answer.IsSuccess);
        Assert.Equal((200, "ok", "127.0.0.1"), (answer.Status!.Value, answer.Response, answer.RemoteAddress));
        Assert.Equal(("POST", "/hook"), (request.Method, request.Path));
        Assert.Equal(body, request.Body);
        Assert.Equal(
            new Dictionary<string, string>
            {
                ["webhook-id"] = "evt_1",
                ["Content-Type"] = "application/json",
                ["User-Agent"] = DeliveryHeaders.UserAgent,
                ["Authorization"] = "Bearer x",
                ["Host"] = $"127.0.0.1:{receiver.Port}",
                ["Content-Length"] = body.Length.ToString(),
            },
            request.Headers);
        Assert.InRange(answer.FirstByte!.Value, TimeSpan.Zero, answer.Duration);
    }

    [Theory]
    [InlineData(200, true)]
    [InlineData(201, true)]
    [InlineData(204, true)]
    [InlineData(299, true)]
    [InlineData(300, false)]
    [InlineData(304, false)]
    [InlineData(400, false)]
    [InlineData(410, false)]
    [InlineData(429, false)]
    [InlineData(500, false)]
    [InlineData(599, false)]
    public async Task only_200_to_299_succeeds(int status, bool success)
    {
        await using var receiver = await Receiver.Start(Answers.Status(status));
        using var sender = Samples.Sender();
        var answer = await sender.Send(Samples.Request(receiver.Url), Cancelled);
        Assert.Equal(status, answer.Status);
        Assert.Equal(success, answer.IsSuccess);
        Assert.Equal(success ? null : AttemptError.Status, answer.Error);
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(303)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task a_redirect_is_a_failure_and_its_target_gets_no_request(int status)
    {
        await using var target = await Receiver.Start();
        await using var receiver = await Receiver.Start(Answers.Redirect(status, target.Url));
        using var sender = Samples.Sender();
        var answer = await sender.Send(Samples.Request(receiver.Url), Cancelled);
        Assert.Equal((status, AttemptError.Status), (answer.Status!.Value, answer.Error));
        Assert.Empty(target.Requests);
    }

    [Theory]
    [InlineData(429, true)]
    [InlineData(503, true)]
    [InlineData(500, false)]
    [InlineData(200, false)]
    public async Task retry_after_is_read_from_429_and_503_alone(int status, bool isRead)
    {
        await using var receiver = await Receiver.Start(Answers.RetryAfter(status, "120"));
        using var sender = Samples.Sender();
        var answer = await sender.Send(Samples.Request(receiver.Url), Cancelled);
        Assert.Equal(isRead ? TimeSpan.FromSeconds(120) : null, answer.RetryAfter);
    }

    [Fact]
    public async Task a_retry_after_date_counts_from_the_answer()
    {
        var time = new FakeTimeProvider(Samples.Noon);
        await using var receiver = await Receiver.Start(Answers.RetryAfter(503, Samples.Noon.AddMinutes(5)));
        using var sender = Samples.Sender(time: time);
        Assert.Equal(TimeSpan.FromMinutes(5), (await sender.Send(Samples.Request(receiver.Url), Cancelled)).RetryAfter);
    }

    public static TheoryData<string, Misbehaviour> EndlessAnswers => new()
    {
        { "never answers", RawReceiver.Silent() },
        { "half a status line", RawReceiver.Says("HTTP/1.1 20") },
        { "headers one by one", RawReceiver.Repeats("HTTP/1.1 200 OK\r\n", "a: b\r\n", TimeSpan.FromMilliseconds(20)) },
        { "100 Continue for ever", RawReceiver.Repeats("", "HTTP/1.1 100 Continue\r\n\r\n", TimeSpan.FromMilliseconds(20)) },
        { "body byte by byte", RawReceiver.Repeats(
            "HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n", ".", TimeSpan.FromMilliseconds(20)) },
        { "chunk by chunk", RawReceiver.Repeats(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\n.\r\n", TimeSpan.FromMilliseconds(20)) },
        { "body without end", RawReceiver.Says("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfour") },
        { "connection kept open instead of an end", RawReceiver.Says("HTTP/1.1 200 OK\r\n\r\nbody") },
    };

    [Theory]
    [MemberData(nameof(EndlessAnswers), DisableDiscoveryEnumeration = true)]
    public async Task an_answer_without_end_is_cut_at_the_one_deadline(string what, Misbehaviour misbehaviour)
    {
        await using var receiver = RawReceiver.Start(misbehaviour);
        using var sender = Samples.Sender();
        var answer = await sender.Send(Samples.Request(receiver.Url, Short), Cancelled);
        Assert.True(answer is { Status: null, Error: AttemptError.Timeout, IsSuccess: false }, $"{what}: {answer}");
    }

    [Fact]
    public async Task no_subscriber_may_wait_longer_than_the_operator_allows()
    {
        var time = new FakeTimeProvider();
        await using var receiver = await Receiver.Start(Answers.Never());
        using var sender = Samples.Sender(time: time);
        var sending = sender.Send(Samples.Request(receiver.Url, TimeSpan.FromHours(1)), Cancelled);
        await receiver.Next(Cancelled);
        time.Advance(TimeSpan.FromSeconds(19.9));
        Assert.False(sending.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(0.1));
        var answer = await sending;
        Assert.Equal((AttemptError.Timeout, TimeSpan.FromSeconds(20)), (answer.Error, answer.Duration));
        Assert.Equal((TimeSpan.Zero, "127.0.0.1"), (answer.FirstByte, answer.RemoteAddress));
    }

    [Theory]
    [InlineData(15, null)]
    [InlineData(17, AttemptError.Protocol)]
    public async Task headers_are_read_up_to_sixteen_kibibytes(int kibibytes, AttemptError? error)
    {
        var headers = string.Concat(Enumerable.Repeat($"a: {new string('b', 1019)}\r\n", kibibytes));
        await using var receiver = RawReceiver.Start(RawReceiver.SaysAndCloses($"HTTP/1.1 204 No Content\r\n{headers}\r\n"));
        using var sender = Samples.Sender();
        Assert.Equal(error, (await sender.Send(Samples.Request(receiver.Url), Cancelled)).Error);
    }

    [Fact]
    public async Task headers_without_end_are_cut()
    {
        await using var receiver = RawReceiver.Start(
            RawReceiver.Repeats("HTTP/1.1 200 OK\r\n", "a: " + new string('b', 1000) + "\r\n", TimeSpan.Zero));
        using var sender = Samples.Sender();
        Assert.Equal(AttemptError.Protocol, (await sender.Send(Samples.Request(receiver.Url), Cancelled)).Error);
    }

    public static TheoryData<string, Misbehaviour, AttemptError> BrokenAnswers => new()
    {
        { "hangs up at once", RawReceiver.SaysAndCloses(""), AttemptError.Reset },
        { "hangs up in the headers", RawReceiver.SaysAndCloses("HTTP/1.1 200 OK\r\nContent-"), AttemptError.Reset },
        { "hangs up in the body", RawReceiver.SaysAndCloses("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"), AttemptError.Reset },
        { "speaks another protocol", RawReceiver.SaysAndCloses("220 smtp.example ESMTP\r\n"), AttemptError.Protocol },
        { "chunks of no size", RawReceiver.SaysAndCloses(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), AttemptError.Protocol },
    };

    [Theory]
    [MemberData(nameof(BrokenAnswers), DisableDiscoveryEnumeration = true)]
    public async Task a_broken_answer_is_no_answer(string what, Misbehaviour misbehaviour, AttemptError error)
    {
        await using var receiver = RawReceiver.Start(misbehaviour);
        using var sender = Samples.Sender();
        var answer = await sender.Send(Samples.Request(receiver.Url), Cancelled);
        Assert.True(answer.Status is null && answer.Error == error, $"{what}: {answer}");
    }

    [Fact]
    public async Task a_cut_connection_is_a_reset()
    {
        await using var receiver = await Receiver.Start(Answers.InTurn(Answers.Reset(), Answers.ResetInBody()));
        using var sender = Samples.Sender();
        Assert.Equal(AttemptError.Reset, (await sender.Send(Samples.Request(receiver.Url), Cancelled)).Error);
        Assert.Equal(AttemptError.Reset, (await sender.Send(Samples.Request(receiver.Url), Cancelled)).Error);
        Assert.Equal(2, receiver.Requests.Count);
    }

    [Fact]
    public async Task a_port_where_nobody_listens_is_a_failed_connection()
    {
        Uri url;
        await using (var gone = await Receiver.Start())
        {
            url = gone.Url;
        }

        using var sender = Samples.Sender();
        var answer = await sender.Send(Samples.Request(url), Cancelled);
        Assert.Equal((AttemptError.Connect, null, null), (answer.Error, answer.FirstByte, answer.RemoteAddress));
    }

    [Fact]
    public async Task a_cancelled_attempt_is_interrupted()
    {
        await using var receiver = await Receiver.Start(Answers.Never());
        using var sender = Samples.Sender();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var sending = sender.Send(Samples.Request(receiver.Url), stop.Token);
        await receiver.Next(Cancelled);
        await stop.CancelAsync();
        Assert.Equal(AttemptError.Interrupted, (await sending).Error);
    }

    [Fact]
    public async Task sixty_four_kibibytes_are_read_and_sixteen_kept()
    {
        var pushed = new TaskCompletionSource<long>();
        await using var receiver = RawReceiver.Start(async (connection, stop) =>
        {
            await connection.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n"u8.ToArray(), stop);
            var piece = Encoding.ASCII.GetBytes(new string('x', 4096));
            var count = 0L;
            try
            {
                for (; ; count += piece.Length)
                {
                    await connection.WriteAsync(piece, stop);
                }
            }
            finally
            {
                pushed.SetResult(count);
            }
        });
        using var sender = Samples.Sender();
        var answer = await sender.Send(Samples.Request(receiver.Url), Cancelled);
        Assert.True(answer.IsSuccess);
        Assert.Equal(new string('x', 16 * 1024), answer.Response);

        // What was not read fills the buffers of the two sockets, and the end of the connection ends it.
        Assert.InRange(await pushed.Task.WaitAsync(Cancelled), 0, 32 * 1024 * 1024);
    }

    [Fact]
    public async Task a_compressed_body_is_not_inflated()
    {
        await using var receiver = await Receiver.Start(Answers.GzipBomb(50 * 1024 * 1024));
        using var sender = Samples.Sender();
        var answer = await sender.Send(Samples.Request(receiver.Url), Cancelled);
        Assert.True(answer.IsSuccess);
        Assert.InRange(answer.Response!.Length, 100, 16 * 1024);
        Assert.False(Assert.Single(receiver.Requests).Headers.ContainsKey("Accept-Encoding"));
    }

    [Fact]
    public async Task the_kept_text_is_one_that_the_database_takes()
    {
        await using var receiver = await Receiver.Start(
            async (context, _) => await context.Response.Body.WriteAsync(new byte[] { 0x61, 0, 0xff, 0xc3, 0xa9, 0 }));
        using var sender = Samples.Sender();
        Assert.Equal("a\ufffdé", (await sender.Send(Samples.Request(receiver.Url), Cancelled)).Response);
    }

    [Fact]
    public async Task neither_trace_nor_cookie_is_added_to_a_request()
    {
        await using var receiver = await Receiver.Start(Answers.Status(200, null, ("Set-Cookie", "a=b; Path=/")));
        using var sender = Samples.Sender();
        using var activity = new System.Diagnostics.Activity("command").Start();
        await sender.Send(Samples.Request(receiver.Url), Cancelled);
        await sender.Send(
            Samples.Request(receiver.Url, null, ("traceparent", "00-11111111111111111111111111111111-2222222222222222-01")), Cancelled);
        Assert.Equal(2, receiver.Requests.Count);
        Assert.All(receiver.Requests, r => Assert.False(r.Headers.ContainsKey("Cookie")));
        Assert.False(receiver.Requests[0].Headers.ContainsKey("traceparent"));
        Assert.Equal("00-11111111111111111111111111111111-2222222222222222-01", receiver.Requests[1].Headers["traceparent"]);
    }

    [Fact]
    public async Task requests_to_one_receiver_share_a_connection()
    {
        await using var receiver = await Receiver.Start();
        using var sender = Samples.Sender();
        await sender.Send(Samples.Request(receiver.Url), Cancelled);
        await sender.Send(Samples.Request(receiver.Url), Cancelled);
        Assert.Equal(2, receiver.Requests.Count);
        Assert.Single(receiver.Requests.Select(r => r.Connection).Distinct());
    }
}
