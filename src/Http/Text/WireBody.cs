using System.Buffers;

namespace PixeeEvents.Http.Text;

/// <summary>The bytes of a body, whole, in memory that goes back to the pool.</summary>
internal sealed class WireBody : IDisposable
{
    /// <summary>Of a body that no face says otherwise of.</summary>
    public const long MaxBytes = 16 * 1024 * 1024;

    /// <summary>A length that is only announced takes no more than this.</summary>
    private const int MaxAnnounced = 1024 * 1024;

    private byte[] _buffer;
    private int _length;

    private WireBody(int expected) => _buffer = ArrayPool<byte>.Shared.Rent(expected);

    public ReadOnlyMemory<byte> Bytes => _buffer.AsMemory(0, _length);

    /// <summary>Reads to the end; the server bounds how far that is.</summary>
    public static async Task<WireBody> Read(HttpRequest request, CancellationToken cancellationToken)
    {
        var body = new WireBody((int)Math.Min(request.ContentLength + 1 ?? 16 * 1024, MaxAnnounced));
        try
        {
            while (await request.Body.ReadAsync(body._buffer.AsMemory(body._length), cancellationToken) is var read and > 0)
            {
                body._length += read;
                if (body._length == body._buffer.Length)
                {
                    body.Grow();
                }
            }

            return body;
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        (_buffer, _length) = ([], 0);
    }

    private void Grow()
    {
        var larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
        Bytes.Span.CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
