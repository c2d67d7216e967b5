using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PixeeEvents.Catalog;

/// <summary>What is wrong with a value; a face says it in its own words.</summary>
public enum FieldProblem
{
    None,
    NotText,
    ControlCharacters,
    NotUnicode,
    TooLong,
    NotEan,
    NotCountry,
    NotDate,
    NotInteger,
    NotNumber,
    NumberTooLarge,
    TooManyDecimals,
    OutOfRange,
    NotBoolean,
    NotDocument,
    Required,
}

/// <summary>Form of the values: whatever passes here is stored as it comes out (trimmed, NFC, numbers exact).</summary>
public static class FieldValue
{
    private const int MaxDecimals = 6;

    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789");

    private static readonly HashSet<string> Countries = CultureInfo.GetCultures(CultureTypes.SpecificCultures)
        .Select(c => new RegionInfo(c.Name).TwoLetterISORegionName)
        .Where(c => c.Length == 2)
        .Concat(["AQ", "BV", "GS", "HM", "TF", "EH"])
        .ToHashSet(StringComparer.Ordinal);

    /// <summary>Reads a value; null with <see cref="FieldProblem.None"/> means "cleared" (JSON null or blank text).</summary>
    public static JsonElement? Parse(ProductField field, JsonElement value, out FieldProblem problem)
    {
        problem = FieldProblem.None;
        if (value.ValueKind == JsonValueKind.Null)
        {
            problem = field.IsClearable ? FieldProblem.None : FieldProblem.Required;
            return null;
        }

        return field.Kind switch
        {
            FieldKind.Integer => Number(field, value, out problem) is { } integer ? Integer(value, (long)integer) : null,
            FieldKind.Number => Number(field, value, out problem) is { } number ? Decimal(value, number) : null,
            FieldKind.Boolean => Boolean(value, out problem),
            FieldKind.Document => Document(field, value, out problem),
            _ => Text(field, value, out problem) is { } text ? String(value, text) : null,
        };
    }

    // A value that came as it is stored is kept; one that was cleaned is made anew.
    private static JsonElement Integer(JsonElement given, long value) =>
        given.ValueKind == JsonValueKind.Number && given.TryGetInt64(out _) ? given : JsonSerializer.SerializeToElement(value);

    private static JsonElement Decimal(JsonElement given, decimal value) =>
        given.ValueKind == JsonValueKind.Number && given.GetDecimal() == value && !given.GetRawText().AsSpan().ContainsAny('e', 'E')
            ? given
            : JsonSerializer.SerializeToElement(value);

    private static JsonElement String(JsonElement given, string value) =>
        given.ValueKind == JsonValueKind.String && given.ValueEquals(value) ? given : JsonSerializer.SerializeToElement(value);

    /// <summary>An exact decimal from a JSON number or a JSON string that is one ("42", "18.50"); null when it is neither.</summary>
    public static decimal? ExactNumber(JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Number:
                return value.TryGetDecimal(out var number) && IsExact(value.GetRawText()) ? number : null;
            case JsonValueKind.String when TryGetString(value, out var text):
                text = TextForm.Trim(text);
                return text.Length is > 0 and <= 40
                       && decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out number)
                       && IsExact(text)
                    ? number
                    : null;
            default:
                return null;
        }
    }

    /// <summary>
    /// Text in the form of <see cref="TextForm"/> without control characters (tab and line breaks are allowed inside long text); null when
    /// blank.
    /// </summary>
    public static string? CleanText(JsonElement value, int maxLength, bool multiline, out FieldProblem problem)
    {
        problem = FieldProblem.None;
        if (value.ValueKind != JsonValueKind.String)
        {
            problem = FieldProblem.NotText;
            return null;
        }

        if (!TryGetString(value, out var text))
        {
            problem = FieldProblem.NotUnicode;
            return null;
        }

        text = TextForm.Clean(text);
        problem = Judge(text, multiline);
        if (problem != FieldProblem.None)
        {
            return null;
        }

        if (text.Length > maxLength)
        {
            problem = FieldProblem.TooLong;
        }

        return text.Length == 0 ? null : text;
    }

    /// <summary>8 to 14 digits; the check digit is not enforced.</summary>
    public static bool IsEan(string text) => text.Length is >= 8 and <= 14 && !text.AsSpan().ContainsAnyExcept(Digits);

    /// <summary>The text of a text-like field; null with <see cref="FieldProblem.None"/> when it is blank.</summary>
    public static string? Text(ProductField field, JsonElement value, out FieldProblem problem)
    {
        // Identifiers arrive as JSON numbers from programs that keep them in numeric columns.
        if (field.Kind == FieldKind.Ean && value.ValueKind == JsonValueKind.Number)
        {
            value = JsonSerializer.SerializeToElement(value.GetRawText());
        }

        var text = CleanText(value, field.MaxLength, multiline: field.MaxLength > 255, out problem);
        if (problem != FieldProblem.None)
        {
            return null;
        }

        if (text is null || (field.Kind == FieldKind.Ean && Gtin.IsNone(text)))
        {
            problem = field.IsClearable ? FieldProblem.None : FieldProblem.Required;
            return null;
        }

        switch (field.Kind)
        {
            case FieldKind.Ean when !IsEan(text):
                problem = FieldProblem.NotEan;
                return null;
            case FieldKind.Country:
                text = text.ToUpperInvariant();
                problem = Countries.Contains(text) ? FieldProblem.None : FieldProblem.NotCountry;
                break;
            case FieldKind.Date:
                problem = DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _)
                    ? FieldProblem.None
                    : FieldProblem.NotDate;
                break;
        }

        return problem == FieldProblem.None ? text : null;
    }

    /// <summary>The value of a numeric field; null with <see cref="FieldProblem.None"/> when it is blank.</summary>
    public static decimal? Number(ProductField field, JsonElement value, out FieldProblem problem)
    {
        problem = FieldProblem.None;
        if (value.ValueKind == JsonValueKind.String && TryGetString(value, out var text) && TextForm.Trim(text).Length == 0)
        {
            return null;
        }

        var isInteger = field.Kind == FieldKind.Integer;
        if (ExactNumber(value) is not { } number || (isInteger && number != decimal.Truncate(number)))
        {
            problem = value.ValueKind == JsonValueKind.Number && !value.TryGetDecimal(out _) ? FieldProblem.OutOfRange
                : isInteger ? FieldProblem.NotInteger
                : FieldProblem.NotNumber;
            return null;
        }

        problem = number < field.Min || number > field.Max ? FieldProblem.OutOfRange
            : number.Scale > MaxDecimals && number != decimal.Round(number, MaxDecimals) ? FieldProblem.TooManyDecimals
            : FieldProblem.None;
        return problem != FieldProblem.None ? null : number.Scale > MaxDecimals ? decimal.Round(number, MaxDecimals) : number;
    }

    private static JsonElement? Boolean(JsonElement value, out FieldProblem problem)
    {
        problem = FieldProblem.None;
        var text = value.ValueKind == JsonValueKind.String && TryGetString(value, out var s) ? TextForm.Trim(s).ToLowerInvariant() : null;
        switch (value.ValueKind)
        {
            case JsonValueKind.True or JsonValueKind.False:
                return value;
            case JsonValueKind.String when text is "true" or "false":
                return JsonSerializer.SerializeToElement(text == "true");
            case JsonValueKind.String when text is "":
                return null;
            default:
                problem = FieldProblem.NotBoolean;
                return null;
        }
    }

    private static JsonElement? Document(ProductField field, JsonElement value, out FieldProblem problem)
    {
        problem = value.ValueKind != JsonValueKind.Object ? FieldProblem.NotDocument
            : JudgeTree(value) is not FieldProblem.None and var inside ? inside
            : value.GetRawText().Length > field.MaxLength ? FieldProblem.TooLong
            : FieldProblem.None;
        return problem == FieldProblem.None ? JsonSerializer.SerializeToElement(Settled(value)) : null;
    }

    /// <summary>As a document is read back: of a key named twice, the last value.</summary>
    private static JsonNode? Settled(JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                var document = new JsonObject();
                foreach (var property in value.EnumerateObject())
                {
                    document[property.Name] = Settled(property.Value);
                }

                return document;
            case JsonValueKind.Array:
                return new JsonArray([.. value.EnumerateArray().Select(Settled)]);
            case JsonValueKind.Null:
                return null;
            default:
                return JsonValue.Create(value);
        }
    }

    /// <summary>The first problem in a document, whose texts are kept as they came.</summary>
    private static FieldProblem JudgeTree(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => First(
            value.EnumerateObject().Select(p => JudgeName(p) is not FieldProblem.None and var name ? name : JudgeTree(p.Value))),
        JsonValueKind.Array => First(value.EnumerateArray().Select(JudgeTree)),
        JsonValueKind.String => TryGetString(value, out var text) ? Judge(text, multiline: true) : FieldProblem.NotUnicode,
        JsonValueKind.Number => value.TryGetDecimal(out _) ? FieldProblem.None : FieldProblem.NumberTooLarge,
        _ => FieldProblem.None,
    };

    private static FieldProblem First(IEnumerable<FieldProblem> problems) => problems.FirstOrDefault(p => p != FieldProblem.None);

    private static FieldProblem JudgeName(JsonProperty property) =>
        TryGetName(property, out var name) ? Judge(name, multiline: false) : FieldProblem.NotUnicode;

    private static FieldProblem Judge(string text, bool multiline)
    {
        foreach (var c in text)
        {
            if (char.IsControl(c) && !(multiline && c is '\n' or '\r' or '\t'))
            {
                return FieldProblem.ControlCharacters;
            }
        }

        return TextForm.IsUnicode(text) ? FieldProblem.None : FieldProblem.NotUnicode;
    }

    /// <summary>Whether every name in an object is Unicode; one that is not cannot be told from any other, nor found.</summary>
    public static bool NamesAreText(JsonElement item)
    {
        // Only an escape can hold half a surrogate pair.
        var raw = JsonMarshal.GetRawUtf8Value(item);
        return (raw.IndexOf("\\ud"u8) < 0 && raw.IndexOf("\\uD"u8) < 0) || item.EnumerateObject().All(p => TryGetName(p, out _));
    }

    /// <summary>The last property of that name in an object, also beside names that are no Unicode.</summary>
    public static bool TryGetProperty(JsonElement item, string name, out JsonElement value)
    {
        try
        {
            return item.TryGetProperty(name, out value);
        }
        catch (InvalidOperationException)
        {
            var named = item.EnumerateObject().Where(p => TryGetName(p, out var own) && own == name).Select(p => p.Value).ToList();
            value = named.Count > 0 ? named[^1] : default;
            return named.Count > 0;
        }
    }

    /// <summary>False for text that is no Unicode, such as half a surrogate pair.</summary>
    public static bool TryGetString(JsonElement value, out string text)
    {
        try
        {
            text = value.GetString() ?? "";
            return true;
        }
        catch (InvalidOperationException)
        {
            text = "";
            return false;
        }
    }

    /// <summary>False for a name that is no Unicode.</summary>
    public static bool TryGetName(JsonProperty property, out string name)
    {
        try
        {
            name = property.Name;
            return true;
        }
        catch (InvalidOperationException)
        {
            name = "";
            return false;
        }
    }

    /// <summary>A decimal holds 28 digits, and 28 places behind the point; what has more would be rounded without a word.</summary>
    private static bool IsExact(string text)
    {
        var mark = text.AsSpan().IndexOfAny('e', 'E');
        var mantissa = mark < 0 ? text : text[..mark];
        var point = mantissa.IndexOf('.', StringComparison.Ordinal);
        var decimals = point < 0 ? 0 : mantissa.Length - point - 1;
        return mantissa.Count(char.IsAsciiDigit) <= 28
            && (mark < 0 || (int.TryParse(text.AsSpan(mark + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var exponent) && decimals - exponent <= 28));
    }
}
