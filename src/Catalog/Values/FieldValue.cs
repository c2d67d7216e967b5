using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using PixeeEvents.Catalog.Products;
using PixeeEvents.Catalog.Values;

namespace PixeeEvents.Catalog.Values;

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
    /// <summary>The digits of a decimal that is surely exact, with sign and point.</summary>
    private const int ExactLength = 20;

    private static readonly JsonElement Yes = JsonSerializer.SerializeToElement(true);

    private static readonly JsonElement No = JsonSerializer.SerializeToElement(false);

    private static readonly SearchValues<byte> PlainDigits = SearchValues.Create("0123456789."u8);

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
            FieldKind.Document => IsBlank(value) ? null : Document(field, value, out problem),
            _ => Text(field, value, out problem) is { } text ? String(value, text) : null,
        };
    }

    // A value that came as it is stored is kept; one that was cleaned is made anew.
    private static JsonElement Integer(JsonElement given, long value) =>
        given.ValueKind == JsonValueKind.Number && IsPlain(JsonMarshal.GetRawUtf8Value(given)) && given.TryGetInt64(out _)
            ? given
            : JsonSerializer.SerializeToElement(value);

    private static JsonElement Decimal(JsonElement given, decimal value) =>
        given.ValueKind == JsonValueKind.Number && IsPlain(JsonMarshal.GetRawUtf8Value(given)) && given.GetDecimal() is var exact
        && exact == value && exact.Scale == value.Scale
            ? given
            : JsonSerializer.SerializeToElement(value);

    private static bool IsPlain(ReadOnlySpan<byte> digits) => digits.Length <= ExactLength && !digits.ContainsAnyExcept(PlainDigits);

    private static JsonElement String(JsonElement given, string value) =>
        given.ValueKind == JsonValueKind.String && given.ValueEquals(value) ? given : JsonSerializer.SerializeToElement(value);

    /// <summary>Text that says nothing.</summary>
    public static bool IsBlank(JsonElement value) =>
        value.ValueKind == JsonValueKind.String
        && CleanText(value, int.MaxValue, multiline: true, out var problem) is null && problem == FieldProblem.None;

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
        if (value.ValueKind == JsonValueKind.Number)
        {
            if (DigitsValue.Of(value.GetRawText()) is not { } digits)
            {
                problem = field.Kind == FieldKind.Ean ? FieldProblem.NotEan : FieldProblem.NotText;
                return null;
            }

            value = JsonSerializer.SerializeToElement(digits);
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
                var day = DayValue.Read(text);
                problem = day is null ? FieldProblem.NotDate : FieldProblem.None;
                text = day is { } known ? DayValue.Text(known) : text;
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
        var form = NumberValue.Read(value, out var number);
        problem = form switch
        {
            NumberForm.None when IsBlank(value) => FieldProblem.None,
            NumberForm.None => isInteger ? FieldProblem.NotInteger : FieldProblem.NotNumber,
            NumberForm.TooLarge => FieldProblem.OutOfRange,
            _ when isInteger && number != decimal.Truncate(number) => FieldProblem.NotInteger,
            _ when number < field.Min || number > field.Max => FieldProblem.OutOfRange,
            NumberForm.Finer => FieldProblem.TooManyDecimals,
            _ => FieldProblem.None,
        };
        return problem == FieldProblem.None && form == NumberForm.Kept ? number : null;
    }

    private static JsonElement? Boolean(JsonElement value, out FieldProblem problem)
    {
        var flag = FlagValue.Read(value);
        problem = flag is null && !IsBlank(value) ? FieldProblem.NotBoolean : FieldProblem.None;
        return flag is null ? null : flag == true ? Yes : No;
    }

    private static JsonElement? Document(ProductField field, JsonElement value, out FieldProblem problem)
    {
        problem = value.ValueKind != JsonValueKind.Object ? FieldProblem.NotDocument
            : JudgeTree(value) is not FieldProblem.None and var inside ? inside
            : LengthOf(value) > field.MaxLength ? FieldProblem.TooLong
            : FieldProblem.None;
        return problem == FieldProblem.None ? JsonSerializer.SerializeToElement(Settled(value)) : null;
    }

    /// <summary>Written without blanks and escapes: as long when it is read as when it was given.</summary>
    private static int LengthOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => 1 + Math.Max(1, value.EnumerateObject().Sum(p => p.Name.Length + 4 + LengthOf(p.Value))),
        JsonValueKind.Array => 1 + Math.Max(1, value.EnumerateArray().Sum(v => 1 + LengthOf(v))),
        JsonValueKind.String => 2 + value.GetString()!.Length,
        _ => value.GetRawText().Length,
    };

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
}
