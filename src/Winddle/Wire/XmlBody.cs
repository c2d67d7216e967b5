using System.Text;
using System.Text.Json.Nodes;
using System.Xml;

namespace PixeeEvents.Winddle.Wire;

/// <summary>
/// Reads XML as Rails' <c>Hash.from_xml</c> does: an element with elements is an object, one with text a text, siblings of one name or
/// <c>type="array"</c> a list, <c>nil="true"</c> and an empty element nothing. Dashes in names become underscores. The types of
/// texts are not looked at: every field knows its own.
/// </summary>
/// <remarks>
/// No DTD, no entity but XML's five, nothing fetched, depth and number of elements bounded; the size is bounded where the body is.
/// </remarks>
internal sealed class XmlBody
{
    private static readonly XmlReaderSettings Settings = new()
    {
        Async = true,
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        IgnoreComments = true,
        IgnoreProcessingInstructions = true,
        IgnoreWhitespace = true,
    };

    private readonly XmlReader _xml;
    private int _elements;

    private XmlBody(XmlReader xml) => _xml = xml;

    /// <summary>An object with the root element as its only key.</summary>
    /// <exception cref="XmlException">It is no such XML.</exception>
    public static async Task<JsonObject> Read(Stream utf8)
    {
        // A reader of text does not look at the declaration, whose charset the text no longer has.
        using var text = new StreamReader(utf8, Encoding.UTF8, detectEncodingFromByteOrderMarks: false, bufferSize: 32 * 1024);
        using var xml = XmlReader.Create(text, Settings);
        await xml.MoveToContentAsync();
        var root = Name(xml);
        var value = await new XmlBody(xml).Value(1);
        while (await xml.ReadAsync())
        {
            // What follows the root must be well-formed too.
        }

        return new JsonObject { [root] = value };
    }

    private async Task<JsonNode?> Value(int depth)
    {
        if (depth > Body.MaxDepth)
        {
            throw new XmlException($"Elements are nested deeper than {Body.MaxDepth}.");
        }

        if (++_elements > Body.MaxValues)
        {
            throw new XmlException($"There are more than {Body.MaxValues} elements.");
        }

        var (type, isNil) = (_xml.GetAttribute("type"), _xml.GetAttribute("nil") is "true" or "1");
        if (type is "yaml" or "symbol")
        {
            throw new XmlException($"Values of type {type} are not taken.");
        }

        var (children, pieces) = (new List<(string Name, JsonNode? Value)>(), new StringBuilder());
        if (!_xml.IsEmptyElement)
        {
            while (await _xml.ReadAsync() && _xml.NodeType != XmlNodeType.EndElement)
            {
                if (_xml.NodeType == XmlNodeType.Element)
                {
                    children.Add((Name(_xml), await Value(depth + 1)));
                }
                else if (_xml.NodeType is XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.SignificantWhitespace)
                {
                    pieces.Append(_xml.Value);
                }
            }
        }

        var text = pieces.ToString();

        if (text.Trim().Length > 0 && (type == "array" || children.Count > 0))
        {
            throw new XmlException("An element holds both text and elements.");
        }

        return isNil ? null
            : type == "array" ? new JsonArray([.. children.Select(c => c.Value)])
            : children.Count > 0 ? Object(children)
            : text.Length == 0 && type != "string" ? null
            : JsonValue.Create(text);
    }

    private static JsonObject Object(List<(string Name, JsonNode? Value)> children)
    {
        var value = new JsonObject();
        foreach (var siblings in children.GroupBy(c => c.Name))
        {
            var values = siblings.Select(s => s.Value).ToArray();
            value[siblings.Key] = values.Length == 1 ? values[0] : new JsonArray(values);
        }

        return value;
    }

    private static string Name(XmlReader xml) => xml.LocalName.Replace('-', '_');
}
