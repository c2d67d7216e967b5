using System.Globalization;

namespace PixeeEvents.Http.Text;

/// <summary>What came is no text: its charset is unknown, or a byte stands for no character in it. It refuses the whole call.</summary>
internal sealed class WireTextException : Exception
{
    private WireTextException(string message, string charset, long? position, byte value)
        : base(message) => (Charset, Position, Value) = (charset, position, value);

    public string Charset { get; }

    /// <summary>Of the byte that cannot be read, counted from 1; null when the charset is unknown.</summary>
    public long? Position { get; }

    /// <summary>That byte.</summary>
    public byte Value { get; }

    public static WireTextException Unknown(string charset) => new($"The charset '{charset}' is not supported.", charset, null, 0);

    /// <param name="index">Of the byte, counted from 0.</param>
    public static WireTextException Unreadable(string charset, long index, byte value) => new(
        string.Create(CultureInfo.InvariantCulture, $"Byte {index + 1} (0x{value:X2}) is no character in {charset}."),
        charset, index + 1, value);
}
