using System.Text.Json;

namespace PixeeEvents.Catalog.Values;

/// <summary>Yes and no as programs write them: true and false, 1 and 0, the words of French and English tables, in any case.</summary>
public static class FlagValue
{
    private const int LongestWord = 5;

    /// <summary>JSON true or false, a number or a string that says so; null for anything else.</summary>
    public static bool? Read(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number when value.TryGetDecimal(out var number) => number == 1 ? true : number == 0 ? false : null,
        JsonValueKind.String when FieldValue.TryGetString(value, out var text) => Read(text),
        _ => null,
    };

    public static bool? Read(ReadOnlySpan<char> text)
    {
        text = TextForm.Trim(text);
        if (text.Length > LongestWord)
        {
            return null;
        }

        Span<char> word = stackalloc char[LongestWord];
        return word[..text.ToLowerInvariant(word)] switch
        {
            "true" or "1" or "oui" or "o" or "vrai" or "yes" or "on" => true,
            "false" or "0" or "non" or "n" or "faux" or "no" or "off" => false,
            _ => null,
        };
    }
}
