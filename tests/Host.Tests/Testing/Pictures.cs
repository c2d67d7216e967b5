using System.Buffers.Binary;
using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using Xunit;

namespace PixeeEvents.Host.Tests.Testing;

/// <summary>Pictures as clients send them, and files that only look like some.</summary>
internal static class Pictures
{
    private static readonly SemaphoreSlim One = new(1);
    private static readonly Dictionary<string, byte[]> Made = [];

    public const string Gps = "GPS-48.8566-2.3522";

    /// <summary>A picture of noise, made by libvips: <c>jpg</c>, <c>png</c>, <c>webp</c> or <c>gif</c>.</summary>
    public static Task<byte[]> Make(string extension, int width = 1200, int height = 800, string options = "") =>
        Once("gaussnoise", extension, width, height, options);

    /// <summary>A black picture, made by libvips.</summary>
    public static Task<byte[]> Blank(string extension, int width, int height) => Once("black", extension, width, height, "[lossless]");

    private static async Task<byte[]> Once(string operation, string extension, int width, int height, string options)
    {
        var key = $"{operation} {extension} {width} {height} {options}";
        await One.WaitAsync();
        try
        {
            if (!Made.TryGetValue(key, out var picture))
            {
                Made.Add(key, picture = await Vips(operation, extension, width, height, options));
            }

            return [.. picture];
        }
        finally
        {
            One.Release();
        }
    }

    /// <summary>A photograph whose metadata turns it by a quarter and tell where it was taken.</summary>
    public static async Task<byte[]> Photograph(int width = 1200, int height = 800)
    {
        var jpeg = await Make("jpg", width, height);
        return [.. jpeg.AsSpan(0, 2), .. Exif(), .. jpeg.AsSpan(2)];
    }

    /// <summary>A PNG of one colour, complete and correct, with any number of pixels in a few kilobytes.</summary>
    public static byte[] Flat(int width, int height)
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            var row = new byte[1 + ((width + 7) / 8)];
            for (var y = 0; y < height; y++)
            {
                zlib.Write(row);
            }
        }

        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        header[8] = 1;
        return [0x89, .. "PNG\r\n\x1a\n"u8, .. PngChunk("IHDR", header), .. PngChunk("IDAT", packed.ToArray()), .. PngChunk("IEND", [])];
    }

    public static byte[] PngChunk(string type, ReadOnlySpan<byte> data)
    {
        byte[] chunk = [0, 0, 0, 0, .. Encoding.ASCII.GetBytes(type), .. data, 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(chunk.Length - 4), Crc(chunk.AsSpan(4, data.Length + 4)));
        return chunk;
    }

    private static byte[] Exif()
    {
        // TIFF, little endian: orientation 6 in the first directory, and a description that carries the place.
        var place = Encoding.ASCII.GetBytes(Gps + "\0\0");
        byte[] tiff =
        [
            .. "II*\0"u8, 8, 0, 0, 0, 2, 0,
            0x0E, 0x01, 2, 0, (byte)place.Length, 0, 0, 0, 38, 0, 0, 0,
            0x12, 0x01, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0,
            0, 0, 0, 0, .. place,
        ];
        byte[] body = [.. "Exif\0\0"u8, .. tiff];
        return [0xFF, 0xE1, (byte)((body.Length + 2) >> 8), (byte)(body.Length + 2), .. body];
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = 0xFFFFFFFFu;
        foreach (var b in bytes)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ (0xEDB88320u & (uint)-(int)(crc & 1));
            }
        }

        return ~crc;
    }

    private static async Task<byte[]> Vips(string operation, string extension, int width, int height, string options)
    {
        var directory = Directory.CreateTempSubdirectory("pictures-").FullName;
        try
        {
            var (noise, picture) = (Path.Combine(directory, "noise.v"), Path.Combine(directory, "picture." + extension));
            await Run("vips", operation, noise, $"{width}", $"{height}");
            await Run("vips", "cast", noise, picture + options, "uchar");
            return await File.ReadAllBytesAsync(picture);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task Run(string file, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(file, arguments) { UseShellExecute = false, RedirectStandardError = true })!;
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, errors);
    }
}
