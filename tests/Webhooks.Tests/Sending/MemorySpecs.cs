using System.IO.Compression;
using PixeeEvents.Webhooks.Sending;
using PixeeEvents.Webhooks.Tests.Testing;
using Xunit;

namespace PixeeEvents.Webhooks.Tests.Sending;

/// <summary>What the whole process allocates is counted, so nothing else may run.</summary>
[CollectionDefinition("alone", DisableParallelization = true)]
public sealed class Alone;

[Collection("alone")]
public sealed class MemorySpecs
{
    [Fact]
    public async Task statement_9_an_answer_of_50_KiB_that_inflates_to_50_MB_costs_less_than_1_MiB()
    {
        using var bomb = new MemoryStream();
        await using (var gzip = new GZipStream(bomb, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            await gzip.WriteAsync(new byte[50_000_000], TestContext.Current.CancellationToken);
        }

        byte[] answer =
        [
            .. System.Text.Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {bomb.Length}\r\n\r\n"),
            .. bomb.ToArray(),
        ];
        Assert.InRange(answer.Length, 40_000, 60_000);
        await using var receiver = RawReceiver.Start((connection, stop) => connection.WriteAsync(answer, stop).AsTask());
        using var sender = Samples.Sender();
        var before = GC.GetTotalAllocatedBytes(precise: true);
        var got = await sender.Send(Samples.Request(receiver.Url), TestContext.Current.CancellationToken);
        var allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
        Assert.True(got.IsSuccess);
        Assert.InRange(allocated, 1, 1024 * 1024);
    }
}
