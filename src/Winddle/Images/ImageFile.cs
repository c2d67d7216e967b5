using System.Buffers.Binary;

namespace PixeeEvents.Winddle.Images;

internal enum ImageFormat
{
    Jpeg,
    Png,
    WebP,
    Gif,
}

/// <summary>Why a picture is not taken; a face says it in its own words.</summary>
internal enum ImageProblem
{
    None,

    /// <summary>Neither JPEG, PNG, WebP nor GIF by its content, whatever its name says.</summary>
    NotAPicture,
    Broken,

    /// <summary>A picture that is also a page or a script.</summary>
    Disguised,
    TooManyPixels,

    /// <summary>More bytes than a file may have.</summary>
    TooLarge,

    /// <summary>The tool that scales is not installed.</summary>
    Unavailable,

    /// <summary>Too many pictures are being scaled already.</summary>
    Busy,
}

/// <summary>
/// What the structure of a picture says, walked from its first to its last byte without decoding a pixel. A file that the walk
/// does not end well in is broken; so is one that ends early. Bytes after the end are let pass in JPEG files only, where
/// cameras put second pictures there.
/// </summary>
/// <param name="Width">Of the canvas, or of a frame where one is larger than it.</param>
internal sealed record ImageFile(ImageFormat Format, int Width, int Height)
{
    public long Pixels => (long)Width * Height;

    public static ImageFile? Read(ReadOnlySpan<byte> file, out ImageProblem problem)
    {
        ImageFormat? format = file switch
        {
            [0xFF, 0xD8, 0xFF, ..] => ImageFormat.Jpeg,
            [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => ImageFormat.Png,
            [(byte)'R', (byte)'I', (byte)'F', (byte)'F', _, _, _, _, (byte)'W', (byte)'E', (byte)'B', (byte)'P', ..] => ImageFormat.WebP,
            [(byte)'G', (byte)'I', (byte)'F', (byte)'8', (byte)'7' or (byte)'9', (byte)'a', ..] => ImageFormat.Gif,
            _ => null,
        };
        if (format is null)
        {
            problem = ImageProblem.NotAPicture;
            return null;
        }

        var walk = new Walk(file);
        var well = format switch
        {
            ImageFormat.Jpeg => walk.Jpeg(),
            ImageFormat.Png => walk.Png(),
            ImageFormat.WebP => walk.WebP(),
            _ => walk.Gif(),
        };
        problem = walk.Disguised
            ? ImageProblem.Disguised
            : well && walk is { Width: > 0, Height: > 0 } ? ImageProblem.None : ImageProblem.Broken;
        return problem == ImageProblem.None ? new ImageFile(format.Value, walk.Width, walk.Height) : null;
    }

    /// <summary>Where a browser or an interpreter would begin to read the file as something else.</summary>
    private static bool IsMarkup(ReadOnlySpan<byte> text)
    {
        while (text.IndexOf((byte)'<') is >= 0 and var start)
        {
            text = text[(start + 1)..];
            if (Begins(text, "script"u8) || Begins(text, "html"u8) || Begins(text, "svg"u8) || Begins(text, "body"u8)
                || Begins(text, "iframe"u8)
                || Begins(text, "!doctype"u8) || Begins(text, "?php"u8))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Begins(ReadOnlySpan<byte> text, ReadOnlySpan<byte> word) =>
        text.Length >= word.Length && System.Text.Ascii.EqualsIgnoreCase(text[..word.Length], word);

    private ref struct Walk(ReadOnlySpan<byte> file)
    {
        private readonly ReadOnlySpan<byte> _file = file;
        private bool _opensComment;
        private int _at;

        public int Width { get; private set; }

        public int Height { get; private set; }

        public bool Disguised { get; private set; }

        private readonly int Left => _file.Length - _at;

        public bool Jpeg()
        {
            // "ÿØÿà" is a name to a script; a length that reads "/*" hides the rest from it.
            OpensComment(4);
            _at = 2;
            while (Left >= 2 && _file[_at] == 0xFF)
            {
                var marker = _file[_at + 1];
                if (marker == 0xFF)
                {
                    _at++;
                    continue;
                }

                _at += 2;
                if (marker == 0xD9)
                {
                    Plain(_file[_at..]);
                    return true;
                }

                if (marker is 0x01 or (>= 0xD0 and <= 0xD8))
                {
                    continue;
                }

                if (Left < 2 || BinaryPrimitives.ReadUInt16BigEndian(_file[_at..]) is var length && (length < 2 || length > Left))
                {
                    return false;
                }

                var segment = _file.Slice(_at + 2, length - 2);
                _at += length;
                if (marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC))
                {
                    if (segment.Length < 5)
                    {
                        return false;
                    }

                    Grow(BinaryPrimitives.ReadUInt16BigEndian(segment[3..]), BinaryPrimitives.ReadUInt16BigEndian(segment[1..]));
                }
                else if (marker is (>= 0xE0 and <= 0xEF) or 0xFE)
                {
                    Plain(segment);
                }
                else if (marker == 0xDA && !SkipScan())
                {
                    return false;
                }
            }

            return false;
        }

        public bool Png()
        {
            _at = 8;
            var first = true;
            while (Left >= 12)
            {
                var length = BinaryPrimitives.ReadUInt32BigEndian(_file[_at..]);
                if (length > Left - 12)
                {
                    return false;
                }

                var type = _file.Slice(_at + 4, 4);
                var data = _file.Slice(_at + 8, (int)length);
                _at += 12 + (int)length;
                if (first)
                {
                    if (!type.SequenceEqual("IHDR"u8) || length != 13)
                    {
                        return false;
                    }

                    // Larger than 31 bits is against the format and comes out negative: no size at all.
                    Grow(BinaryPrimitives.ReadInt32BigEndian(data), BinaryPrimitives.ReadInt32BigEndian(data[4..]));
                    first = false;
                }
                else if (type.SequenceEqual("IEND"u8))
                {
                    return Ends();
                }
                else if (!type.SequenceEqual("IDAT"u8) && !type.SequenceEqual("fdAT"u8))
                {
                    Plain(data);
                }
            }

            return false;
        }

        public bool WebP()
        {
            OpensComment(4);
            var size = BinaryPrimitives.ReadUInt32LittleEndian(_file[4..]);
            if (size > int.MaxValue || size + 8 > _file.Length)
            {
                return false;
            }

            var end = (int)size + 8;
            _at = 12;
            while (_at <= end - 8)
            {
                var type = _file.Slice(_at, 4);
                var length = BinaryPrimitives.ReadUInt32LittleEndian(_file[(_at + 4)..]);
                if (length > end - _at - 8)
                {
                    return false;
                }

                var data = _file.Slice(_at + 8, (int)length);
                _at += 8 + (int)length + (int)(length & 1);
                if (type.SequenceEqual("VP8 "u8))
                {
                    if (data is not [_, _, _, 0x9D, 0x01, 0x2A, _, _, _, _, ..])
                    {
                        return false;
                    }

                    Grow(
                        BinaryPrimitives.ReadUInt16LittleEndian(data[6..]) & 0x3FFF,
                        BinaryPrimitives.ReadUInt16LittleEndian(data[8..]) & 0x3FFF);
                }
                else if (type.SequenceEqual("VP8L"u8))
                {
                    if (data is not [0x2F, _, _, _, _, ..])
                    {
                        return false;
                    }

                    var bits = BinaryPrimitives.ReadUInt32LittleEndian(data[1..]);
                    Grow((int)(bits & 0x3FFF) + 1, (int)((bits >> 14) & 0x3FFF) + 1);
                }
                else if (type.SequenceEqual("VP8X"u8))
                {
                    if (data.Length < 10)
                    {
                        return false;
                    }

                    // Two numbers of 24 bits, each one less than it means.
                    Grow(
                        (int)(BinaryPrimitives.ReadUInt32LittleEndian(data[3..]) >> 8) + 1,
                        (int)(BinaryPrimitives.ReadUInt32LittleEndian(data[6..]) >> 8) + 1);
                }
                else if (!type.SequenceEqual("ALPH"u8) && !type.SequenceEqual("ANMF"u8))
                {
                    Plain(data);
                }
            }

            _at = Math.Max(_at, end);
            return Width > 0 && (_at >= _file.Length || Ends());
        }

        public bool Gif()
        {
            if (_file.Length < 13)
            {
                return false;
            }

            // "GIF89a" is a name to a script, and a comment may begin where the width stands: that of no real picture.
            Disguised |= _file[6..].StartsWith("/*"u8) || _file[6..].StartsWith("//"u8);
            Grow(BinaryPrimitives.ReadUInt16LittleEndian(_file[6..]), BinaryPrimitives.ReadUInt16LittleEndian(_file[8..]));
            _at = 13 + ColorTable(_file[10]);
            var frames = 0;
            while (Left > 0)
            {
                switch (_file[_at])
                {
                    case 0x3B:
                        _at++;
                        return frames > 0 && Ends();
                    case 0x21 when Left > 2:
                        var start = _at += 2;
                        if (!SkipBlocks())
                        {
                            return false;
                        }

                        Plain(_file[start.._at]);
                        break;
                    case 0x2C when Left > 11:
                        var frame = _file.Slice(_at + 1, 9);
                        Grow(
                            BinaryPrimitives.ReadUInt16LittleEndian(frame) + BinaryPrimitives.ReadUInt16LittleEndian(frame[4..]),
                            BinaryPrimitives.ReadUInt16LittleEndian(frame[2..]) + BinaryPrimitives.ReadUInt16LittleEndian(frame[6..]));
                        _at += 11 + ColorTable(frame[8]);
                        frames++;
                        if (!SkipBlocks())
                        {
                            return false;
                        }

                        break;
                    default:
                        return false;
                }
            }

            return false;
        }

        private static int ColorTable(byte flags) => (flags & 0x80) == 0 ? 0 : 3 << ((flags & 7) + 1);

        private void Grow(int width, int height) => (Width, Height) = (Math.Max(Width, width), Math.Max(Height, height));

        private void OpensComment(int at) => _opensComment = _file[at..].StartsWith("/*"u8);

        /// <summary>Looks at a part that no decoder turns into pixels.</summary>
        private void Plain(ReadOnlySpan<byte> part) => Disguised |= IsMarkup(part) || (_opensComment && part.IndexOf("*/"u8) >= 0);

        /// <summary>Nothing but padding follows the end.</summary>
        private bool Ends()
        {
            var rest = _file[_at..];
            Disguised |= rest.ContainsAnyExcept((byte)0);
            return !Disguised;
        }

        private bool SkipBlocks()
        {
            while (Left > 0)
            {
                var length = _file[_at];
                _at += 1 + length;
                if (length == 0)
                {
                    return true;
                }
            }

            return false;
        }

        /// <summary>Stops at the marker that ends the entropy-coded data.</summary>
        private bool SkipScan()
        {
            while (_file[_at..].IndexOf((byte)0xFF) is >= 0 and var found && _at + found + 1 < _file.Length)
            {
                _at += found;
                if (_file[_at + 1] is not (0x00 or (>= 0xD0 and <= 0xD7)))
                {
                    return true;
                }

                _at += 2;
            }

            return false;
        }
    }
}
