using System.Net;
using System.Text;
using PixeeEvents.Webhooks.Sending;
using PixeeEvents.Webhooks.Tests.Testing;
using Xunit;

namespace PixeeEvents.Webhooks.Tests.Sending;

public sealed class FetchSpecs
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task a_file_comes_as_it_is()
    {
        var bytes = new byte[300_000];
        new Random(1).NextBytes(bytes);
        await using var server = await Receiver.Start(async (context, _) =>
        {
            context.Response.ContentType = "image/png";
            await context.Response.Body.WriteAsync(bytes);
        });
        using var file = new MemoryStream();
        var download = await Fetch(server.Url, file, 300_000);
        Assert.Equal(new Download(200, null, false, 300_000, "image/png"), download);
        Assert.True(download.IsSuccess);
        Assert.Equal(bytes, file.ToArray());
        Assert.Equal("GET", Assert.Single(server.Requests).Method);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task a_file_that_is_too_large_is_cut_at_the_limit(bool announced)
    {
        await using var server = await Receiver.Start(async (context, _) =>
        {
            context.Response.ContentLength = announced ? 200_000 : null;
            await context.Response.Body.WriteAsync(new byte[200_000]);
        });
        using var file = new MemoryStream();
        var download = await Fetch(server.Url, file, 199_999);
        Assert.True(download.IsTooLarge);
        Assert.False(download.IsSuccess);
        Assert.Equal(file.Length, download.Length);
        Assert.InRange(file.Length, 0, announced ? 0 : 199_999);
    }

    [Fact]
    public async Task a_compressed_file_is_not_inflated()
    {
        await using var server = await Receiver.Start(Answers.GzipBomb(50 * 1024 * 1024));
        using var file = new MemoryStream();
        Assert.True((await Fetch(server.Url, file, 1024 * 1024)).IsSuccess);
        Assert.InRange(file.Length, 1, 1024 * 1024);
    }

    [Fact]
    public async Task a_download_follows_no_redirect()
    {
        await using var target = await Receiver.Start();
        await using var server = await Receiver.Start(Answers.Redirect(302, target.Url));
        var download = await Fetch(server.Url, Stream.Null, 10);
        Assert.Equal((302, AttemptError.Status), (download.Status, download.Error));
        Assert.Empty(target.Requests);
    }

    [Fact]
    public async Task a_download_goes_to_no_refused_address()
    {
        await using var server = RawReceiver.Start(RawReceiver.Silent());
        using var sender = Samples.Sender(new SenderOptions { AllowHttp = true }, names: _ => [IPAddress.Loopback]);
        var download = await new Fetch(sender).Download(new Uri($"http://files.example:{server.Port}/"), Stream.Null, 10, Long, Cancelled);
        Assert.Equal(AttemptError.AddressRefused, download.Error);
        using var strict = Samples.Sender(Samples.Local with { AllowHttp = false });
        Assert.Equal(AttemptError.AddressRefused, (await new Fetch(strict).Download(server.Url, Stream.Null, 10, Long, Cancelled)).Error);
        Assert.Equal(0, server.Connections);
    }

    [Fact]
    public async Task a_download_without_end_is_cut_at_its_deadline()
    {
        await using var server = await Receiver.Start(Answers.Drip());
        using var sender = Samples.Sender();
        var download = await new Fetch(sender).Download(server.Url, Stream.Null, 1_000_000, TimeSpan.FromMilliseconds(300), Cancelled);
        Assert.Equal(AttemptError.Timeout, download.Error);
    }

    [Fact]
    public async Task half_a_file_is_no_file()
    {
        await using var server = RawReceiver.Start(RawReceiver.SaysAndCloses("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"));
        using var file = new MemoryStream();
        var download = await Fetch(server.Url, file, 100);
        Assert.Equal((AttemptError.Reset, false, 4L), (download.Error, download.IsSuccess, download.Length));
        Assert.Equal("half", Encoding.ASCII.GetString(file.ToArray()));
    }

    [Fact]
    public async Task a_file_that_cannot_be_kept_is_no_failure_of_the_server()
    {
        await using var server = await Receiver.Start(Answers.Status(200, "file"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => Fetch(server.Url, new FullDisk(), 100));
    }

    [Fact]
    public async Task a_cancelled_download_throws()
    {
        await using var server = await Receiver.Start(Answers.Drip());
        using var sender = Samples.Sender();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var downloading = new Fetch(sender).Download(server.Url, Stream.Null, 1_000_000, Long, stop.Token);
        await server.Next(Cancelled);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => downloading);
    }

    private static async Task<Download> Fetch(Uri url, Stream destination, long maxBytes)
    {
        using var sender = Samples.Sender();
        return await new Fetch(sender).Download(url, destination, maxBytes, Long, Cancelled);
    }

    private sealed class FullDisk : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            throw new IOException("No space left on device");
    }
}
