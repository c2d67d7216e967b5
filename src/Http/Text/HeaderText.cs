using System.Text;

namespace PixeeEvents.Http.Text;

/// <summary>Values of headers, which declare no charset: UTF-8, or Windows-1252 when they are no UTF-8 at all.</summary>
internal static class HeaderText
{
    /// <summary>How the server hands headers on: each byte is a character, until somebody wants the text.</summary>
    public static Encoding AsItCame => Encoding.Latin1;

    /// <param name="value">As it came.</param>
    /// <exception cref="RefusedCallException">A byte of it stands for no character.</exception>
    public static string Read(string value)
    {
        if (value.Contains('\0', StringComparison.Ordinal))
        {
            throw new RefusedCallException(StatusCodes.Status400BadRequest, "A header holds what is no text.", ApiErrors.BadRequest);
        }

        if (Ascii.IsValid(value))
        {
            return value;
        }

        try
        {
            var run = new TextRun(AsItCame.GetBytes(value));
            return Charsets.Decode(run, TextEncoding.Of(run));
        }
        catch (WireTextException e)
        {
            throw new RefusedCallException(StatusCodes.Status400BadRequest, e.Message, ApiErrors.BadRequest);
        }
    }
}
