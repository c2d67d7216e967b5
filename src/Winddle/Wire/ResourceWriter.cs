using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Xml;

namespace PixeeEvents.Winddle.Wire;

/// <summary>Writes a resource: the resource says names, values and types, the format says how they look.</summary>
internal abstract class ResourceWriter
{
    public abstract void Text(string name, string? value);

    public abstract void Integer(string name, long? value);

    public abstract void Boolean(string name, bool? value);

    public abstract void Date(string name, DateOnly? value);

    public abstract void Time(string name, DateTimeOffset? value);

    public abstract void Object(string name, Action content);

    /// <summary>A list of objects; an empty one is written too.</summary>
    /// <param name="item">Name of one of them.</param>
    public abstract void List<T>(string name, string item, IEnumerable<T> items, Action<T> write);

    /// <summary>A list of plain texts.</summary>
    public abstract void Texts(string name, string item, IEnumerable<string> values);

    /// <summary>UTC with milliseconds: <c>2014-05-14T02:03:20.000Z</c>.</summary>
    protected static string Of(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    protected static string Of(DateOnly date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}

/// <summary>Names in snake_case.</summary>
internal sealed class JsonResourceWriter(Utf8JsonWriter json) : ResourceWriter
{
    public static JsonWriterOptions Options { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public override void Text(string name, string? value) => json.WriteString(name, value);

    public override void Integer(string name, long? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(name, number);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    public override void Boolean(string name, bool? value)
    {
        if (value is { } truth)
        {
            json.WriteBoolean(name, truth);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    public override void Date(string name, DateOnly? value) => json.WriteString(name, value is { } date ? Of(date) : null);

    public override void Time(string name, DateTimeOffset? value) => json.WriteString(name, value is { } time ? Of(time) : null);

    public override void Object(string name, Action content)
    {
        json.WriteStartObject(name);
        content();
        json.WriteEndObject();
    }

    public override void List<T>(string name, string item, IEnumerable<T> items, Action<T> write)
    {
        json.WriteStartArray(name);
        foreach (var one in items)
        {
            json.WriteStartObject();
            write(one);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    public override void Texts(string name, string item, IEnumerable<string> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
        {
            json.WriteStringValue(value);
        }

        json.WriteEndArray();
    }
}

/// <summary>As Rails writes: names with dashes, a type wherever it is no text, <c>nil="true"</c> for nothing.</summary>
internal sealed class XmlResourceWriter(XmlWriter xml) : ResourceWriter
{
    public static XmlWriterSettings Settings { get; } = new()
    {
        Encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
        Async = true,
        CloseOutput = false,
        NewLineHandling = NewLineHandling.Entitize,
    };

    public override void Text(string name, string? value) => Element(name, null, value);

    public override void Integer(string name, long? value) => Element(name, "integer", value?.ToString(CultureInfo.InvariantCulture));

    public override void Boolean(string name, bool? value) =>
        Element(name, "boolean", value is { } truth ? truth ? "true" : "false" : null);

    public override void Date(string name, DateOnly? value) => Element(name, "date", value is { } date ? Of(date) : null);

    public override void Time(string name, DateTimeOffset? value) => Element(name, "dateTime", value is { } time ? Of(time) : null);

    public override void Object(string name, Action content)
    {
        xml.WriteStartElement(Dashed(name));
        content();
        xml.WriteEndElement();
    }

    public override void List<T>(string name, string item, IEnumerable<T> items, Action<T> write) =>
        Array(name, items, one => Object(item, () => write(one)));

    public override void Texts(string name, string item, IEnumerable<string> values) =>
        Array(name, values, value => Element(item, null, value));

    /// <summary>What XML cannot carry becomes the replacement character.</summary>
    public static string Carried(string text)
    {
        char[]? mended = null;
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                i++;
            }
            else if (!XmlConvert.IsXmlChar(text[i]))
            {
                (mended ??= text.ToCharArray())[i] = '\uFFFD';
            }
        }

        return mended is null ? text : new string(mended);
    }

    private void Array<T>(string name, IEnumerable<T> items, Action<T> write)
    {
        xml.WriteStartElement(Dashed(name));
        xml.WriteAttributeString("type", "array");
        foreach (var item in items)
        {
            write(item);
        }

        xml.WriteEndElement();
    }

    private void Element(string name, string? type, string? value)
    {
        xml.WriteStartElement(Dashed(name));
        if (value is null)
        {
            xml.WriteAttributeString("nil", "true");
        }
        else
        {
            if (type is not null)
            {
                xml.WriteAttributeString("type", type);
            }

            xml.WriteString(Carried(value));
        }

        xml.WriteEndElement();
    }

    private static string Dashed(string name) => name.Replace('_', '-');
}
