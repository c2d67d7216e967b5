using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using PixeeEvents.Catalog.Values;

namespace PixeeEvents.Catalog;

/// <summary>What is wrong with a value; a face says it in its own words.</summary>
public enum FieldProblem
{
    None,
    NotText,
    ControlCharacters,
    TooLong,
    NotEan,
    NotCountry,
    NotDate,
    NotInteger,
    NotNumber,
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

    /// <summary>Trimmed, NFC text without control characters (tab and line breaks are allowed inside long text); null when blank.</summary>
    public static string? CleanText(JsonElement value, int maxLength, bool multiline, out FieldProblem problem)
    {
        problem = FieldProblem.None;
        if (value.ValueKind != JsonValueKind.String)
        {
            problem = FieldProblem.NotText;
            return null;
        }

        if (!TryGetString(value, out var text) || !IsClean(text, multiline))
        {
            problem = FieldProblem.ControlCharacters;
            return null;
        }

        text = text.Trim().Normalize(NormalizationForm.FormC);
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

        if (text is null)
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
            : !IsCleanTree(value) ? FieldProblem.ControlCharacters
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

    private static bool IsCleanTree(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().All(p => TryGetName(p, out var name) && IsClean(name, multiline: false) && IsCleanTree(p.Value)),
        JsonValueKind.Array => value.EnumerateArray().All(IsCleanTree),
        JsonValueKind.String => TryGetString(value, out var text) && IsClean(text, multiline: true),
        JsonValueKind.Number => value.TryGetDecimal(out _),
        _ => true,
    };

    private static bool IsClean(string text, bool multiline)
    {
        foreach (var c in text)
        {
            if (char.IsControl(c) && !(multiline && c is '\n' or '\r' or '\t'))
            {
                return false;
            }
        }

        return true;
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
