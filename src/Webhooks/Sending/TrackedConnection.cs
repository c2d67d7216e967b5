namespace PixeeEvents.Webhooks.Sending;

/// <summary>
/// A connection as HTTP sees it, above TLS. It knows whether anything was heard over it since a request began to leave, and whether
/// it has brought an answer before. An HTTP/1.1 request is written in the flow that sends it, so it meets its connection here.
/// </summary>
internal sealed class TrackedConnection(Stream connection, AsyncLocal<RequestRoute?> routes) : Stream
{
    private long _heard;

    /// <summary>Bytes that came over it.</summary>
    public long Heard => Interlocked.Read(ref _heard);

    /// <summary>It has brought an answer: the next request finds it in use.</summary>
    public bool HasAnswered { get; set; }

    public override bool CanRead => connection.CanRead;

    public override bool CanSeek => false;

    public override bool CanWrite => connection.CanWrite;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Count(connection.Read(buffer, offset, count));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        Count(await connection.ReadAsync(buffer, cancellationToken));

    public override void Write(byte[] buffer, int offset, int count)
    {
        Meet();
        connection.Write(buffer, offset, count);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Meet();
        return connection.WriteAsync(buffer, cancellationToken);
    }

    public override void Flush() => connection.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => connection.FlushAsync(cancellationToken);

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        await connection.DisposeAsync();
        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            connection.Dispose();
        }

        base.Dispose(disposing);
    }

    private int Count(int read)
    {
        Interlocked.Add(ref _heard, read);
        return read;
    }

    private void Meet() => routes.Value?.Meet(this);
}
