using System.Text;
using PixeeEvents.Winddle.Images;
using Xunit;

namespace PixeeEvents.Host.Tests.Images;

public sealed class ImageFileSpecs
{
    [Theory]
    [InlineData("jpg", "", "Jpeg")]
    [InlineData("jpg", "[interlace]", "Jpeg")]
    [InlineData("png", "", "Png")]
    [InlineData("png", "[interlace]", "Png")]
    [InlineData("webp", "", "WebP")]
    [InlineData("webp", "[lossless]", "WebP")]
    [InlineData("gif", "", "Gif")]
    public async Task a_picture_is_known_by_its_content(string extension, string options, string format)
    {
        var file = ImageFile.Read(await Pictures.Make(extension, 120, 80, options), out var problem);
        Assert.Equal(ImageProblem.None, problem);
        Assert.Equal((format, 120, 80), (file!.Format.ToString(), file.Width, file.Height));
    }

    [Theory]
    [InlineData("")]
    [InlineData("<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>")]
    [InlineData("<!DOCTYPE html><script>alert(1)</script>")]
    [InlineData("GIF")]
    [InlineData("%PDF-1.7")]
    [InlineData("RIFF\0\0\0\0WAVE")]
    public void what_is_no_picture_is_not_taken_for_one(string content) =>
        Refused(Encoding.ASCII.GetBytes(content), ImageProblem.NotAPicture);

    [Theory]
    [InlineData("jpg")]
    [InlineData("png")]
    [InlineData("webp")]
    [InlineData("gif")]
    public async Task a_picture_cut_anywhere_is_broken(string extension)
    {
        var whole = await Pictures.Make(extension, 60, 40);
        foreach (var length in Enumerable.Range(16, whole.Length - 16))
        {
            Refused(whole[..length], ImageProblem.Broken);
        }
    }

    [Theory]
    [InlineData("png")]
    [InlineData("webp")]
    [InlineData("gif")]
    public async Task nothing_may_follow_the_end(string extension) =>
        Refused([.. await Pictures.Make(extension, 60, 40), .. "*/=1;alert(1)"u8], ImageProblem.Disguised);

    [Fact]
    public async Task a_camera_may_put_a_second_picture_behind_the_first()
    {
        var jpeg = await Pictures.Make("jpg", 60, 40);
        Assert.NotNull(ImageFile.Read([.. jpeg, .. jpeg], out _));
        Refused([.. jpeg, .. "<html><script>alert(1)</script>"u8], ImageProblem.Disguised);
    }

    [Fact]
    public void a_gif_that_is_also_a_script_is_refused()
    {
        // Width "/*": to a script everything up to the end of the comment is passed over.
        byte[] gif =
        [
            .. "GIF89a/*"u8, 1, 0, 0, 0, 0, 0x21, 0xFE, 13, .. "*/=1;alert(1)"u8, 0,
            0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0, 0x3B,
        ];
        Refused(gif, ImageProblem.Disguised);
        gif[6] = 1;
        gif[7] = 0;
        Assert.NotNull(ImageFile.Read(gif, out _));
    }

    [Fact]
    public async Task a_jpeg_that_is_also_a_script_is_refused()
    {
        var jpeg = await Pictures.Make("jpg", 60, 40);
        byte[] segment = [0xFF, 0xE0, .. "/*"u8, .. new byte[0x2F2A - 2]];
        "*/=1;alert(1);/*"u8.CopyTo(segment.AsSpan(100));
        Refused([.. jpeg.AsSpan(0, 2), .. segment, .. jpeg.AsSpan(2)], ImageProblem.Disguised);
    }

    [Fact]
    public async Task a_page_in_the_metadata_is_refused()
    {
        var png = await Pictures.Make("png", 60, 40);
        Refused(
            [.. png.AsSpan(0, 33), .. Pictures.PngChunk("tEXt", "Comment\0<SCRIPT>alert(1)</SCRIPT>"u8), .. png.AsSpan(33)],
            ImageProblem.Disguised);
        Assert.NotNull(ImageFile.Read([.. png.AsSpan(0, 33), .. Pictures.PngChunk("tEXt", "Comment\0<3"u8), .. png.AsSpan(33)], out _));
    }

    [Fact]
    public void a_frame_larger_than_its_canvas_counts()
    {
        byte[] gif = [.. "GIF89a"u8, 1, 0, 1, 0, 0, 0, 0, 0x2C, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0, 2, 1, 0, 0, 0x3B];
        Assert.Equal(65535L * 65535, ImageFile.Read(gif, out _)!.Pixels);
    }

    [Fact]
    public async Task no_damage_makes_the_walk_fail_otherwise()
    {
        var random = new Random(20);
        foreach (var extension in new[] { "jpg", "png", "webp", "gif" })
        {
            var whole = await Pictures.Make(extension, 60, 40);
            for (var round = 0; round < 5000; round++)
            {
                var damaged = (byte[])whole.Clone();
                for (var n = random.Next(1, 6); n > 0; n--)
                {
                    damaged[random.Next(Math.Min(damaged.Length, 200))] = (byte)random.Next(256);
                }

                var file = ImageFile.Read(damaged, out var problem);
                Assert.Equal(file is null, problem != ImageProblem.None);
            }
        }
    }

    private static void Refused(byte[] file, ImageProblem expected)
    {
        Assert.Null(ImageFile.Read(file, out var problem));
        Assert.Equal(expected, problem);
    }
}
