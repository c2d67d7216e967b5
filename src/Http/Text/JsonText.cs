using System.Globalization;
using System.Text;
using System.Text.Json;

namespace PixeeEvents.Http.Text;

/// <summary>Where JSON breaks off, as an editor counts: lines from 1, columns in characters from 1.</summary>
internal static class JsonText
{
    public const int MaxDepth = 64;

    /// <summary>Null when the error has no place.</summary>
    public static (long Line, long Column)? PlaceOf(JsonException error, ReadOnlySpan<byte> utf8)
    {
        if (error is not { LineNumber: { } line, BytePositionInLine: { } bytes })
        {
            return null;
        }

        for (var n = 0L; n < line && utf8.IndexOf((byte)'\n') is var end and >= 0; n++)
        {
            utf8 = utf8[(end + 1)..];
        }

        return (line + 1, Encoding.UTF8.GetCharCount(utf8[..(int)Math.Min(bytes, utf8.Length)]) + 1);
    }

    /// <summary>The reason and the place.</summary>
    public static string Sentence(JsonException error, ReadOnlySpan<byte> utf8)
    {
        if (PlaceOf(error, utf8) is not var (line, column))
        {
            return error.Message;
        }

        var end = error.Message.IndexOf(" LineNumber: ", StringComparison.Ordinal);
        var path = error.Message.IndexOf(" Path: ", StringComparison.Ordinal);
        var reason = error.Message[..(path >= 0 ? path : end >= 0 ? end : error.Message.Length)];
        return string.Create(CultureInfo.InvariantCulture, $"{reason} Line {line}, column {column}.");
    }

    /// <summary>Whether it is the nesting that went too far; the JSON is in order otherwise.</summary>
    public static bool IsTooDeep(JsonException error) => error.Message.Contains("depth of", StringComparison.Ordinal);
}
