namespace PixeeEvents.Host.Cli.Import;

/// <summary>Reads a stream once and remembers its last <see cref="Window"/> bytes: a misled reader can start again there.</summary>
internal sealed class RewindableStream(Stream source) : ForwardStream
{
    public const int Window = 4 * 1024 * 1024;

    private readonly byte[] _window = new byte[Window];
    private long _end;
    private long _position;

    public override long Position
    {
        get => _position;
        set
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, _end);
            ArgumentOutOfRangeException.ThrowIfLessThan(value, _end - Window);
            _position = value;
        }
    }

    /// <summary>Moves behind the line break that ends the line at <see cref="Position"/>: LF, CR LF or CR.</summary>
    public void SkipLine()
    {
        int current;
        do
        {
            current = ReadByte();
        }
        while (current is not ('\n' or '\r' or -1));

        if (current == '\r' && ReadByte() is not ('\n' or -1))
        {
            _position--;
        }
    }

    public override int Read(Span<byte> buffer)
    {
        if (_position == _end)
        {
            Remember(source.Read(Free(buffer.Length).Span));
        }

        return Replay(buffer);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_position == _end)
        {
            Remember(await source.ReadAsync(Free(buffer.Length), cancellationToken));
        }

        return Replay(buffer.Span);
    }

    private Memory<byte> Free(int wanted)
    {
        var start = (int)(_end % Window);
        return _window.AsMemory(start, Math.Min(Math.Max(wanted, 4096), Window - start));
    }

    private void Remember(int read) => _end += read;

    private int Replay(Span<byte> buffer)
    {
        var start = (int)(_position % Window);
        var count = (int)Math.Min(Math.Min(buffer.Length, _end - _position), Window - start);
        _window.AsSpan(start, count).CopyTo(buffer);
        _position += count;
        return count;
    }
}
