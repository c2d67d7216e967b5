using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using Microsoft.OpenApi.Reader;

namespace PixeeEvents.Host.OpenApi.Shapes;

/// <summary>
/// JSON Schemas as components of a document. Every object and every union in them gets a name of its own; equal ones share it.
/// </summary>
internal sealed class NamedSchemas(OpenApiDocument document, Func<string, string> naming)
{
    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);

    public static OpenApiSchema Read(JsonObject schema, OpenApiDocument document) =>
        OpenApiModelFactory.Parse<OpenApiSchema>(schema.ToJsonString(), OpenApiSpecVersion.OpenApi3_1, document, out _, "json", null)!;

    /// <param name="name">Of the whole; what is inside is called by its title, else by where it stands.</param>
    public OpenApiSchemaReference Add(string name, JsonObject schema)
    {
        schema.Remove("$schema");
        schema.Remove("$id");
        schema.Remove("title");
        if (schema["properties"] is JsonObject properties)
        {
            foreach (var property in properties.ToList())
            {
                properties[property.Key] = Part(name, property.Key, property.Value!.AsObject());
            }
        }

        if (schema["anyOf"] is JsonArray options)
        {
            schema["anyOf"] = new JsonArray([.. options.Select((o, i) => Part(name, $"{i + 1}", o!.AsObject()))]);
        }

        var text = schema.ToJsonString();
        if (!_names.TryGetValue(text, out var known))
        {
            _names.Add(text, known = naming(name));
            document.AddComponent(known, Read(schema, document));
        }

        return new OpenApiSchemaReference(known, document);
    }

    private JsonNode Part(string whole, string place, JsonObject part)
    {
        if (part["items"] is JsonObject items)
        {
            var listed = part.DeepClone().AsObject();
            listed["items"] = Part(whole, Identifiers.Singular(place), items);
            return listed;
        }

        if (part["properties"] is null && part["anyOf"] is null)
        {
            return part.DeepClone();
        }

        var name = (string?)part["title"] is { } title ? Identifiers.Of(title) : whole + Identifiers.Of(place);
        if (document.Components?.Schemas?.ContainsKey(naming(name)) == true && (string?)part["title"] is not null)
        {
            name = whole + name;
        }

        return new JsonObject { ["$ref"] = $"#/components/schemas/{Add(name, part.DeepClone().AsObject()).Reference.Id}" };
    }
}
