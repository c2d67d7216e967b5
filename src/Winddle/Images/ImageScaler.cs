using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using PixeeEvents.Catalog;

namespace PixeeEvents.Winddle.Images;

/// <summary>A size by its name in the API; the picture fits inside the square, keeps its ratio and is never enlarged.</summary>
internal sealed record ImageSize(string Name, int Pixels)
{
    /// <summary>Of a product or a variant.</summary>
    public static IReadOnlyList<ImageSize> Product { get; } = [new("px500", 500), new("px150", 150), new("px75", 75), new("px40", 40)];

    /// <summary>Of an attachment that is a picture.</summary>
    public static IReadOnlyList<ImageSize> Attachment { get; } = [new("nc1000", 1000), new("px150", 150), new("px75", 75), new("px40", 40)];
}

/// <summary>A picture that was looked at and scaled: its contents, and the command that gives it to a product.</summary>
/// <param name="Blobs">To be kept in the transaction of the command's event.</param>
internal sealed record PreparedImage(SetImage Command, IReadOnlyList<Blob> Blobs);

/// <summary>A picture's content and its sizes by name.</summary>
internal sealed record ScaledImage(Blob Original, IReadOnlyDictionary<string, Blob> Sizes);

/// <summary>
/// Makes the sizes of pictures with libvips, outside of this process. They hold pixels only: no metadata, upright, in sRGB;
/// of an animation the first frame. JPEG stays JPEG, everything else becomes PNG.
/// </summary>
internal sealed class ImageScaler(IOptions<ImageOptions> options) : IDisposable
{
    /// <summary>Of one upload.</summary>
    public const int MaxBytes = 15 * 1024 * 1024;

    private const int MaxSizeBytes = 8 * 1024 * 1024;
    private const int QueuePerPlace = 8;

    /// <summary>
    /// Loaders that libvips does not trust stay shut; one thread, one heap; nothing goes to disk, no code is made at run time.
    /// </summary>
    private static readonly Dictionary<string, string> Settings = new(StringComparer.Ordinal)
    {
        ["MALLOC_ARENA_MAX"] = "1",
        ["VIPS_BLOCK_UNTRUSTED"] = "1",
        ["VIPS_CONCURRENCY"] = "1",
        ["VIPS_DISC_THRESHOLD"] = "64g",
        ["VIPS_NOVECTOR"] = "1",
    };

    private readonly ImageOptions _options = options.Value;
    private readonly SemaphoreSlim _places = new(options.Value.Concurrency);
    private int _present;

    /// <summary>A random key of 128 bits, for an address that nobody guesses.</summary>
    public static string NewKey() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    /// <summary>An uploaded picture of a product, ready to be set; nothing is stored yet.</summary>
    public async Task<(PreparedImage? Image, ImageProblem Problem)> Prepare(byte[] upload, CancellationToken cancellationToken)
    {
        var (scaled, problem) = await Scale(upload, ImageSize.Product, cancellationToken);
        return scaled is null
            ? (null, problem)
            : (new PreparedImage(
                new SetImage(
                    NewKey(), scaled.Original.File, scaled.Sizes.ToDictionary(s => s.Key, s => s.Value.File, StringComparer.Ordinal)),
                [scaled.Original, .. scaled.Sizes.Values]), ImageProblem.None);
    }

    /// <param name="sizes">The largest first: the others are made from it.</param>
    public async Task<(ScaledImage? Image, ImageProblem Problem)> Scale(
        byte[] upload, IReadOnlyList<ImageSize> sizes, CancellationToken cancellationToken)
    {
        if (upload.Length > MaxBytes)
        {
            return (null, ImageProblem.TooLarge);
        }

        if (ImageFile.Read(upload, out var problem) is not { } file)
        {
            return (null, problem);
        }

        if (file.Pixels > _options.MaxPixels)
        {
            return (null, ImageProblem.TooManyPixels);
        }

        if (BoundedProcess.Find(_options.Tool) is not { } tool)
        {
            return (null, ImageProblem.Unavailable);
        }

        if (Interlocked.Increment(ref _present) > _options.Concurrency * (QueuePerPlace + 1))
        {
            Interlocked.Decrement(ref _present);
            return (null, ImageProblem.Busy);
        }

        try
        {
            await _places.WaitAsync(cancellationToken);
            try
            {
                return await Scale(tool, file.Format, upload, sizes, cancellationToken) is { } scaled
                    ? (new ScaledImage(Blob.Of(upload, MediaType(file.Format)), scaled), ImageProblem.None)
                    : (null, ImageProblem.Broken);
            }
            finally
            {
                _places.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref _present);
        }
    }

    public void Dispose() => _places.Dispose();

    private async Task<IReadOnlyDictionary<string, Blob>?> Scale(
        string tool, ImageFormat format, byte[] upload, IReadOnlyList<ImageSize> sizes, CancellationToken cancellationToken)
    {
        var (extension, mediaType) = format == ImageFormat.Jpeg ? (".jpg[Q=85,strip]", "image/jpeg") : (".png[strip]", "image/png");
        var scaled = new Dictionary<string, Blob>(StringComparer.Ordinal);
        var source = upload;
        var started = Stopwatch.GetTimestamp();
        foreach (var size in sizes)
        {
            var pixels = size.Pixels.ToString(CultureInfo.InvariantCulture);
            var left = _options.TimeLimit - Stopwatch.GetElapsedTime(started);
            if (left <= TimeSpan.Zero
                || await BoundedProcess.Run(
                    tool,
                    [
                        "thumbnail_source", "[descriptor=0]", extension, pixels, "--height", pixels, "--size", "down", "--fail-on", "error",
                        "--export-profile", "srgb",
                    ],
                    Settings, source, new ProcessLimits(left, _options.MaxMemory, MaxSizeBytes),
                    cancellationToken) is not { Length: > 0 } made)
            {
                return null;
            }

            scaled.Add(size.Name, Blob.Of(made, mediaType));
            source = scaled.Count == 1 ? made : source;
        }

        return scaled;
    }

    private static string MediaType(ImageFormat format) => format switch
    {
        ImageFormat.Jpeg => "image/jpeg",
        ImageFormat.Png => "image/png",
        ImageFormat.WebP => "image/webp",
        _ => "image/gif",
    };
}
