using System.Text;
using Microsoft.Extensions.Options;
using PixeeEvents.Winddle.Images;
using Xunit;

namespace PixeeEvents.Host.Tests.Images;

public sealed class ImageScalerSpecs : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("tool-").FullName;

    /// <summary>So many seconds that no other process waits as long.</summary>
    private readonly string _patience = Random.Shared.NextInt64(1_000_000_000, 9_000_000_000).ToString();

    public ImageScalerSpecs() => File.SetUnixFileMode(_directory, (UnixFileMode)0b111_101_101);

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("jpg", "image/jpeg", "Jpeg")]
    [InlineData("png", "image/png", "Png")]
    [InlineData("webp", "image/webp", "Png")]
    [InlineData("gif", "image/gif", "Png")]
    public async Task the_sizes_fit_inside_their_squares_and_keep_the_ratio(string extension, string mediaType, string format)
    {
        var upload = await Pictures.Make(extension);
        var image = await Scaled(upload);
        Assert.Equal(mediaType, image.Original.File.MediaType);
        Assert.True(image.Original.Content.Span.SequenceEqual(upload));
        Assert.Equal([("px500", 500, 333), ("px150", 150, 100), ("px75", 75, 50), ("px40", 40, 27)], Sizes(image));
        Assert.All(image.Sizes.Values, s => Assert.Equal(format, ImageFile.Read(s.Content.Span, out _)!.Format.ToString()));
        Assert.All(image.Sizes.Values, s => Assert.Equal(format == "Jpeg" ? "image/jpeg" : "image/png", s.File.MediaType));
    }

    [Fact]
    public async Task a_small_picture_is_not_enlarged() =>
        Assert.Equal(
            [("px500", 60, 90), ("px150", 60, 90), ("px75", 50, 75), ("px40", 27, 40)],
            Sizes(await Scaled(await Pictures.Make("png", 60, 90))));

    [Fact]
    public async Task a_picture_of_one_pixel_and_one_of_one_column_have_sizes()
    {
        Assert.Equal(("px40", 1, 1), Sizes(await Scaled(Pictures.Flat(1, 1)))[3]);
        Assert.Equal(("px40", 1, 40), Sizes(await Scaled(Pictures.Flat(1, 9000)))[3]);
    }

    [Fact]
    public async Task the_sizes_are_upright_and_say_nothing_of_where_and_when()
    {
        var photograph = await Pictures.Photograph();
        Assert.Contains(Pictures.Gps, Encoding.Latin1.GetString(photograph), StringComparison.Ordinal);
        var image = await Scaled(photograph);
        Assert.Equal([("px500", 333, 500), ("px150", 100, 150), ("px75", 50, 75), ("px40", 27, 40)], Sizes(image));
        Assert.All(image.Sizes.Values, s =>
        {
            var text = Encoding.Latin1.GetString(s.Content.Span);
            Assert.DoesNotContain("Exif", text, StringComparison.Ordinal);
            Assert.DoesNotContain(Pictures.Gps, text, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task of_an_animation_the_first_frame_is_scaled()
    {
        // Two frames of one pixel: red, then blue.
        byte[] gif =
        [
            .. "GIF89a"u8, 1, 0, 1, 0, 0x80, 0, 0, 0xFF, 0, 0, 0, 0, 0xFF,
            .. Frame(0x44), .. Frame(0x4C), 0x3B,
        ];
        var size = (await Scaled(gif)).Sizes["px500"];
        Assert.Equal((1, 1), (ImageFile.Read(size.Content.Span, out _)!.Width, ImageFile.Read(size.Content.Span, out _)!.Height));
        byte[] first = [.. "GIF89a"u8, 1, 0, 1, 0, 0x80, 0, 0, 0xFF, 0, 0, 0, 0, 0xFF, .. Frame(0x44), 0x3B];
        Assert.Equal((await Scaled(first)).Sizes["px500"].File.Sha256, size.File.Sha256);
        byte[] second = [.. "GIF89a"u8, 1, 0, 1, 0, 0x80, 0, 0, 0xFF, 0, 0, 0, 0, 0xFF, .. Frame(0x4C), 0x3B];
        Assert.NotEqual((await Scaled(second)).Sizes["px500"].File.Sha256, size.File.Sha256);

        static byte[] Frame(byte pixel) => [0x21, 0xF9, 4, 0, 10, 0, 0, 0, 0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, pixel, 1, 0];
    }

    [Fact]
    public async Task a_bomb_is_refused_before_a_pixel_is_decoded()
    {
        var bomb = Pictures.Flat(30_000, 30_000);
        Assert.True(bomb.Length < ImageScaler.MaxBytes);
        await Refused(Scaler(new ImageOptions { Tool = await Tool("touch $0.ran") }), bomb, ImageProblem.TooManyPixels);
        Assert.False(File.Exists(Path.Combine(_directory, "tool.ran")));
    }

    [Fact]
    public async Task a_bomb_that_passes_the_header_dies_of_the_limits()
    {
        var scaler = Scaler(new ImageOptions { MaxPixels = long.MaxValue, MaxMemory = 400_000_000 });
        Assert.NotNull((await scaler.Prepare(await Pictures.Blank("webp", 500, 500), CancellationToken.None)).Image);
        await Refused(scaler, await Pictures.Blank("webp", 16_000, 16_000), ImageProblem.Broken);
    }

    [Fact]
    public async Task more_bytes_than_allowed_are_refused() =>
        await Refused(Scaler(new ImageOptions()), new byte[ImageScaler.MaxBytes + 1], ImageProblem.TooLarge);

    [Theory]
    [InlineData("png")]
    [InlineData("gif")]
    public async Task a_picture_whose_pixels_do_not_decode_is_broken(string extension)
    {
        var picture = await Pictures.Make(extension);
        picture.AsSpan(picture.Length / 10, picture.Length / 2).Fill(extension == "gif" ? (byte)0x10 : (byte)0xA5);
        var (image, problem) = await Scaler(new ImageOptions()).Scale(picture, ImageSize.Product, CancellationToken.None);
        Assert.Null(image);
        Assert.Equal(ImageProblem.Broken, problem);
    }

    [Fact]
    public async Task a_tool_that_hangs_is_killed_with_its_children()
    {
        await Refused(
            Scaler(new ImageOptions { Tool = await Tool($"sleep {_patience}; true"), TimeLimit = TimeSpan.FromMilliseconds(300) }),
            await Pictures.Make("png", 60, 40), ImageProblem.Broken);
        Assert.Empty(Running(_patience));
    }

    [Fact]
    public async Task a_tool_is_killed_when_the_client_hangs_up()
    {
        using var gone = new CancellationTokenSource();
        var scaler = Scaler(new ImageOptions { Tool = await Tool($"sleep {_patience}; true"), TimeLimit = TimeSpan.FromMinutes(10) });
        var scaling = scaler.Scale(await Pictures.Make("png", 60, 40), ImageSize.Product, gone.Token);
        while (Running(_patience).Length == 0 && !scaling.IsCompleted)
        {
            await Task.Yield();
        }

        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => scaling);
        Assert.Empty(Running(_patience));
    }

    [Theory]
    [InlineData("yes")]
    [InlineData("exec cat /dev/zero")]
    public async Task a_tool_that_writes_without_end_is_stopped(string script) =>
        await Refused(Scaler(new ImageOptions { Tool = await Tool(script) }), await Pictures.Make("png", 60, 40), ImageProblem.Broken);

    [Fact]
    public async Task a_tool_creates_no_file_has_no_network_and_runs_without_privileges()
    {
        var script =
            """
            echo uid $(id -u)
            echo routes $(tail -n +2 /proc/net/route | wc -l)
            grep NoNewPrivs /proc/self/status
            (echo x > /tmp/%) 2>/dev/null || echo no file
            env | cut -d= -f1 | sort | tr '\n' ' '
            """;
        var file = "pixee-" + _patience;
        var output = await BoundedProcess.Run(
            await Tool(script.Replace("%", file)), [], new Dictionary<string, string>(), default,
            new ProcessLimits(TimeSpan.FromSeconds(30), 1 << 30, 100_000), CancellationToken.None);
        var text = Encoding.UTF8.GetString(output!);
        Assert.Matches("^uid [1-9][0-9]*\nroutes 0\nNoNewPrivs:\t1\nno file\nLC_ALL PATH (PWD )?(SHLVL )?(_ )?$", text);
        var left = new FileInfo("/tmp/" + file);
        Assert.True(!left.Exists || left.Length == 0);
        left.Delete();
    }

    [Fact]
    public async Task without_the_tool_a_picture_is_refused_as_unavailable()
    {
        await Refused(Scaler(new ImageOptions { Tool = "no-such-tool" }), await Pictures.Make("png", 60, 40), ImageProblem.Unavailable);
        await Refused(
            Scaler(new ImageOptions { Tool = Path.Combine(_directory, "none") }), await Pictures.Make("png", 60, 40),
            ImageProblem.Unavailable);
    }

    [Fact]
    public async Task beyond_the_queue_a_picture_is_refused_as_busy()
    {
        using var gone = new CancellationTokenSource();
        var scaler = Scaler(
            new ImageOptions { Tool = await Tool($"sleep {_patience}; true"), Concurrency = 1, TimeLimit = TimeSpan.FromMinutes(10) });
        var picture = await Pictures.Make("png", 60, 40);
        var waiting = Enumerable.Range(0, 9).Select(_ => scaler.Scale(picture, ImageSize.Product, gone.Token)).ToList();
        await Refused(scaler, picture, ImageProblem.Busy);
        await gone.CancelAsync();
        foreach (var scaling in waiting)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => scaling);
        }

        await Refused(scaler, [], ImageProblem.NotAPicture);
    }

    private static ImageScaler Scaler(ImageOptions options) => new(Options.Create(options));

    private static async Task<ScaledImage> Scaled(byte[] upload)
    {
        var (image, problem) = await Scaler(new ImageOptions()).Scale(upload, ImageSize.Product, CancellationToken.None);
        Assert.Equal(ImageProblem.None, problem);
        return image!;
    }

    private static async Task Refused(ImageScaler scaler, byte[] upload, ImageProblem expected)
    {
        var (image, problem) = await scaler.Prepare(upload, CancellationToken.None);
        Assert.Null(image);
        Assert.Equal(expected, problem);
    }

    private static (string, int, int)[] Sizes(ScaledImage image) =>
        [
            .. image.Sizes.Select(s => (s.Key, File: ImageFile.Read(s.Value.Content.Span, out _)!))
            .Select(s => (s.Key, s.File.Width, s.File.Height))];

    private async Task<string> Tool(string script)
    {
        var path = Path.Combine(_directory, "tool");
        await File.WriteAllTextAsync(path, $"#!/bin/sh\n{script}\n", CancellationToken.None);
        File.SetUnixFileMode(path, (UnixFileMode)0b111_101_101);
        return path;
    }

    /// <summary>Processes with these words on their command line.</summary>
    private static string[] Running(params string[] words) =>
    [
        .. Directory.GetDirectories("/proc").Where(d => int.TryParse(Path.GetFileName(d), out _)).Select(CommandLine)
            .Where(line => words.All(w => line.Split('\0').Contains(w))),
    ];

    private static string CommandLine(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline"));
        }
        catch (IOException)
        {
            return "";
        }
    }
}
