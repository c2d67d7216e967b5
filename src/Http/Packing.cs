using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;

namespace PixeeEvents.Http;

/// <summary>
/// Unpacks what is whole, and nothing else. The streams of .NET take a cut body for its end and pass over what follows one.
/// </summary>
internal static class Packing
{
    /// <summary>A member behind the body's: it comes out if, and only if, all before it was whole members.</summary>
    private static readonly byte[] End = [.. "the end of a body"u8];

    private static readonly byte[] EndMember = Packed(End);

    /// <summary>How a content coding is undone; null for one that is not known.</summary>
    public static Func<MemoryStream, long, MemoryStream>? Named(string coding) => coding.Trim().ToLowerInvariant() switch
    {
        "gzip" or "x-gzip" => Gzip,
        "deflate" => Zlib,
        "br" => Brotli,
        _ => null,
    };

    private static MemoryStream Gzip(MemoryStream packed, long limit)
    {
        packed.Position = packed.Length;
        packed.Write(EndMember);
        packed.Position = 0;
        var body = Read(new GZipStream(packed, CompressionMode.Decompress), limit + End.Length);
        if (!Whole(body).EndsWith(End))
        {
            throw new UnreadablePackingException();
        }

        body.SetLength(body.Length - End.Length);
        return body;
    }

    private static MemoryStream Zlib(MemoryStream packed, long limit)
    {
        packed.Position = 0;
        var body = Read(new ZLibStream(packed, CompressionMode.Decompress, leaveOpen: true), limit);
        var end = Whole(packed);
        return end.Length >= 4 && BinaryPrimitives.ReadUInt32BigEndian(end[^4..]) == Adler32(Whole(body))
            ? body
            : throw new UnreadablePackingException();
    }

    private static MemoryStream Brotli(MemoryStream packed, long limit)
    {
        var decoder = new BrotliDecoder();
        var (body, buffer) = (new MemoryStream(), ArrayPool<byte>.Shared.Rent(64 * 1024));
        var rest = Whole(packed);
        try
        {
            while (true)
            {
                var status = decoder.Decompress(rest, buffer, out var taken, out var written);
                rest = rest[taken..];
                Write(body, buffer.AsSpan(0, written), limit);
                if (status != OperationStatus.DestinationTooSmall)
                {
                    body.Position = 0;
                    return status == OperationStatus.Done && rest.IsEmpty ? body : throw new UnreadablePackingException();
                }
            }
        }
        finally
        {
            decoder.Dispose();
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static MemoryStream Read(Stream unpacking, long limit)
    {
        var (body, buffer) = (new MemoryStream(), ArrayPool<byte>.Shared.Rent(64 * 1024));
        try
        {
            using (unpacking)
            {
                while (unpacking.Read(buffer) is > 0 and var length)
                {
                    Write(body, buffer.AsSpan(0, length), limit);
                }
            }

            body.Position = 0;
            return body;
        }
        catch (InvalidDataException)
        {
            throw new UnreadablePackingException();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static void Write(MemoryStream body, ReadOnlySpan<byte> more, long limit)
    {
        if (body.Length + more.Length > limit)
        {
            throw new BadHttpRequestException("The unpacked body is too large.", StatusCodes.Status413PayloadTooLarge);
        }

        body.Write(more);
    }

    private static ReadOnlySpan<byte> Whole(MemoryStream stream) => stream.GetBuffer().AsSpan(0, (int)stream.Length);

    /// <summary>The checksum at the end of a zlib stream (RFC 1950).</summary>
    private static uint Adler32(ReadOnlySpan<byte> bytes)
    {
        const uint prime = 65521;
        // So many bytes fit before the sums overflow.
        const int run = 5552;
        var (a, b) = (1u, 0u);
        while (!bytes.IsEmpty)
        {
            var part = bytes[..Math.Min(run, bytes.Length)];
            foreach (var value in part)
            {
                a += value;
                b += a;
            }

            (a, b) = (a % prime, b % prime);
            bytes = bytes[part.Length..];
        }

        return (b << 16) | a;
    }

    private static byte[] Packed(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var zip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            zip.Write(content);
        }

        return packed.ToArray();
    }
}
