namespace PixeeEvents.Host.Cli.Import.Csv;

/// <summary>A text without the end-of-file bytes (0x1A) that old programs write behind it. One with text behind it stays.</summary>
internal sealed class DosText(Stream source) : ForwardStream
{
    private const byte EndOfFile = 0x1A;

    private readonly byte[] _block = new byte[64 * 1024];
    private readonly List<byte> _held = [];
    private ReadOnlyMemory<byte> _ready;

    public override int Read(Span<byte> buffer)
    {
        while (_ready.IsEmpty && source.Read(_block) is > 0 and var read)
        {
            Take(read);
        }

        return Give(buffer);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_ready.IsEmpty && await source.ReadAsync(_block, cancellationToken) is > 0 and var read)
        {
            Take(read);
        }

        return Give(buffer.Span);
    }

    /// <summary>Holds back what may be the end: from an end-of-file byte on, as long as only line breaks and more of them follow.</summary>
    private void Take(int read)
    {
        var block = _block.AsSpan(0, read);
        var end = block.LastIndexOfAnyExcept(EndOfFile, (byte)'\r', (byte)'\n') + 1;
        var from = _held.Count > 0 && end == 0 ? 0 : block[end..].IndexOf(EndOfFile) is >= 0 and var mark ? end + mark : read;
        if (_held.Count > 0 && end > 0)
        {
            _ready = (byte[])[.. _held, .. block[..from]];
            _held.Clear();
        }
        else
        {
            _ready = _block.AsMemory(0, from);
        }

        _held.AddRange(block[from..]);
    }

    private int Give(Span<byte> buffer)
    {
        var count = Math.Min(buffer.Length, _ready.Length);
        _ready.Span[..count].CopyTo(buffer);
        _ready = _ready[count..];
        return count;
    }
}
