using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using PixeeEvents.Winddle.Wire;

namespace PixeeEvents.Host.OpenApi;

/// <summary>An example in JSON, put as the Winddle face puts it in XML.</summary>
internal static partial class XmlExample
{
    public static string Of(string root, JsonNode content) => Element(root, content).ToString();

    public static string OfErrors(JsonObject errors) => new XElement(
        "errors",
        new XAttribute("type", "array"),
        errors.SelectMany(
            e => e.Value!.AsArray(),
            (e, message) => new XElement("error", new XAttribute("field", e.Key), Errors.Sentence(e.Key, (string)message!)))).ToString();

    private static XElement Element(string name, JsonNode? value)
    {
        var element = new XElement(name.Replace('_', '-'));
        switch (value)
        {
            case null:
                element.SetAttributeValue("nil", "true");
                break;
            case JsonObject fields:
                element.Add(fields.Select(f => Element(f.Key, f.Value)));
                break;
            case JsonArray items:
                element.SetAttributeValue("type", "array");
                element.Add(items.Select(i => Element(Identifiers.Singular(name), i)));
                break;
            default:
                element.SetAttributeValue("type", TypeOf(value));
                element.Add(value.ToString());
                break;
        }

        return element;
    }

    private static string? TypeOf(JsonNode value) => value.GetValueKind() switch
    {
        JsonValueKind.Number => "integer",
        JsonValueKind.True or JsonValueKind.False => "boolean",
        _ when Time().IsMatch((string)value!) => "dateTime",
        _ when Date().IsMatch((string)value!) => "date",
        _ => null,
    };

    [GeneratedRegex(@"^\d{4}-\d\d-\d\dT", RegexOptions.None, 1000)]
    private static partial Regex Time();

    [GeneratedRegex(@"^\d{4}-\d\d-\d\d$", RegexOptions.None, 1000)]
    private static partial Regex Date();
}
