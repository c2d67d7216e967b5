using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.OpenApi;

namespace PixeeEvents.Host.OpenApi;

/// <summary>What a document calls its operations and schemas. In the document of all faces names begin with the face.</summary>
internal sealed class Names(bool isWhole)
{
    private const string Shown = "Shown";

    public string Of(Face face, string name) => isWhole ? face.Name + name : name;

    public string OfOperation(Face face, string id) => isWhole ? $"{face.Name}_{id}" : id;

    /// <returns>Null for what stands where it is used.</returns>
    public string? OfSchema(JsonTypeInfo type) =>
        type.Type != typeof(Nothing)
        && !typeof(JsonNode).IsAssignableFrom(type.Type)
        && OpenApiOptions.CreateDefaultSchemaReferenceId(type) is not null
            ? Of(Face.Of(type.Type), OfType(type.Type))
            : null;

    private static string OfType(Type type)
    {
        var name = type.Name.Split('`')[0];
        name = name.StartsWith(Shown, StringComparison.Ordinal) ? name[Shown.Length..] : name;
        return string.Concat(type.GetGenericArguments().Select(OfType)) + name;
    }
}
