using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using PixeeEvents.Catalog;
using PixeeEvents.Catalog.Values;

namespace PixeeEvents.Winddle.Wire;

/// <summary>
/// What a body says of a resource. A field is read by the kind it has; what is wrong with it is added to <see cref="Errors"/>, and
/// <see cref="Errors.ThrowIfAny"/> refuses the call with all of it at once.
/// </summary>
internal sealed class Input(JsonObject fields)
{
    public Errors Errors { get; } = new();

    /// <summary>Named at all, be it with nothing.</summary>
    public bool Has(string name) => fields.ContainsKey(name);

    /// <summary>The field as it came; null when it is not named or says nothing.</summary>
    public JsonNode? Node(string name) => fields.TryGetPropertyValue(name, out var value) ? value : null;

    /// <summary>The names given.</summary>
    public IEnumerable<string> Names => fields.Select(f => f.Key);

    /// <summary>The same words, with errors of their own.</summary>
    public Input Apart() => new(fields);

    /// <summary>Text as it is kept, without control characters; numbers count as their digits. Null when absent, blank or wrong.</summary>
    public string? Text(string name, int max = 255, int min = 0, bool required = false, bool multiline = false)
    {
        var before = Errors.All.Count;
        var text = Cleaned(name);
        if (string.IsNullOrEmpty(text))
        {
            if (required && Errors.All.Count == before)
            {
                Errors.Add(name, Errors.Blank);
            }

            return null;
        }

        var problem = !TextForm.IsUnicode(text) || text.Any(c => char.IsControl(c) && !(multiline && c is '\n' or '\r' or '\t'))
            ? Errors.Invalid
            : text.Length > max ? $"is too long (maximum is {max} characters)"
            : text.Length < min ? $"is too short (minimum is {min} characters)"
            : null;
        if (problem is not null)
        {
            Errors.Add(name, problem);
            return null;
        }

        return text;
    }

    /// <summary>A text in the form in which texts are kept, whatever its length; null when it is none.</summary>
    public string? Cleaned(string name) => Plain(name) is { } text ? TextForm.Clean(text) : null;

    /// <summary>The id or name that stands for another thing; of one that is sent as it was read, its id.</summary>
    public string? Key(string name)
    {
        if (Node(name) is not JsonObject thing)
        {
            return Text(name);
        }

        var id = new Input(thing).Text("id");
        if (id is null)
        {
            Errors.Add(name, Errors.Invalid);
        }

        return id;
    }

    public long? Integer(string name, long min = long.MinValue, long max = long.MaxValue)
    {
        if (Trimmed(name) is not { Length: > 0 } text)
        {
            return null;
        }

        if (NumberValue.Read(text, out var value) != NumberForm.Kept || value != decimal.Truncate(value) || value < min || value > max)
        {
            Errors.Add(name, Errors.Invalid);
            return null;
        }

        return (long)value;
    }

    /// <inheritdoc cref="FlagValue"/>
    public bool? Boolean(string name)
    {
        if (Trimmed(name) is not { Length: > 0 } text)
        {
            return null;
        }

        var flag = FlagValue.Read(text);
        if (flag is null)
        {
            Errors.Add(name, Errors.Invalid);
        }

        return flag;
    }

    /// <inheritdoc cref="DayValue"/>
    public DateOnly? Date(string name)
    {
        if (Trimmed(name) is not { Length: > 0 } text)
        {
            return null;
        }

        var day = DayValue.Read(text);
        if (day is null)
        {
            Errors.Add(name, "is not a date (YYYY-MM-DD)");
        }

        return day;
    }

    /// <summary>
    /// The elements of a list; in XML also of one that is not typed: <c>sizes</c> with <c>size</c> elements in it; in forms also of
    /// one whose elements are numbered: <c>customs[0][field]</c>.
    /// </summary>
    public IReadOnlyList<JsonNode?> List(string name)
    {
        switch (Node(name))
        {
            case null:
                return [];
            case JsonArray array:
                return [.. array];
            case JsonObject { Count: > 0 } numbered
                when numbered.All(p => long.TryParse(p.Key, NumberStyles.None, CultureInfo.InvariantCulture, out _)):
                return [.. numbered.Select(p => p.Value)];
            case JsonObject { Count: 1 } wrapper:
                return wrapper.First().Value is JsonArray inner ? [.. inner] : [wrapper.First().Value];
            case JsonValue value when value.TryGetValue<string>(out var text) && string.IsNullOrWhiteSpace(text):
                return [];
            default:
                Errors.Add(name, "is not a list");
                return [];
        }
    }

    /// <summary>A list of texts, trimmed, the blank ones left out.</summary>
    public IReadOnlyList<string> Texts(string name, int max = 255) => Elements(name, (list, element) => list.Text(element, max));

    /// <summary>A list of ids or names that stand for other things; of those that are sent as they were read, their ids.</summary>
    public IReadOnlyList<string> Keys(string name) => Elements(name, (list, element) => list.Key(element));

    private List<string> Elements(string name, Func<Input, string, string?> read)
    {
        var elements = new JsonObject();
        foreach (var (index, element) in List(name).Index())
        {
            elements[index.ToString(CultureInfo.InvariantCulture)] = element?.DeepClone();
        }

        var list = new Input(elements);
        var texts = list.Names.Select(n => read(list, n)).OfType<string>().ToList();
        foreach (var (_, message) in list.Errors.All)
        {
            Errors.Add(name, message);
        }

        return texts;
    }

    private string? Trimmed(string name) => Plain(name) is { } text ? TextForm.Trim(text) : null;

    /// <summary>Text, number or truth as text; null when absent or nothing.</summary>
    private string? Plain(string name)
    {
        switch (Node(name))
        {
            case null:
                return null;
            case JsonValue value:
                try
                {
                    return value.GetValueKind() switch
                    {
                        JsonValueKind.String => value.GetValue<string>(),
                        JsonValueKind.Number => Number(value.ToJsonString()),
                        _ => value.ToJsonString(),
                    };
                }
                catch (InvalidOperationException)
                {
                    // Half a surrogate pair is no text.
                    break;
                }
        }

        Errors.Add(name, Errors.Invalid);
        return null;
    }

    /// <summary>A number as a text: its digits, without what computing left behind them.</summary>
    private static string Number(string digits) =>
        DigitsValue.Of(digits)
        ?? (NumberValue.Read(digits, out var number) == NumberForm.Kept ? number.ToString(CultureInfo.InvariantCulture) : digits);
}
