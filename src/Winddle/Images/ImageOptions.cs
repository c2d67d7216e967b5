namespace PixeeEvents.Winddle.Images;

/// <summary>How pictures are scaled, and what one may cost. Settings: <c>Images__MaxPixels=64000000</c>.</summary>
internal sealed class ImageOptions
{
    /// <summary>The program of libvips: a name on the path, or a path.</summary>
    public string Tool { get; set; } = "vips";

    /// <summary>For all sizes of one picture together.</summary>
    public TimeSpan TimeLimit { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Width times height, from the header.</summary>
    public long MaxPixels { get; set; } = 64_000_000;

    /// <summary>Address space of the process, in bytes.</summary>
    public long MaxMemory { get; set; } = 1024 * 1024 * 1024;

    /// <summary>Pictures scaled at once; eight times as many may wait.</summary>
    public int Concurrency { get; set; } = 2;
}
