using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using PixeeEvents.Host.Http;
using PixeeEvents.Host.OpenApi.Shapes;
using PixeeEvents.Webhooks.Events;
using PixeeEvents.Winddle;

namespace PixeeEvents.Host.OpenApi;

/// <summary>What a document says of its whole: where the server is, who is let in, and the events.</summary>
internal sealed class DocumentDetails(Names names, WinddleOptions winddle, PublicAddress address)
{
    public void Complete(OpenApiDocument document, string name)
    {
        List<Face> faces = [.. Face.All.Where(f => name == Face.Whole || name == f.Document)];
        document.Info = new OpenApiInfo
        {
            Title = name == Face.Whole ? "PixeeEvents" : $"PixeeEvents {faces[0].Name}",
            Version = "1",
            Description = Words.Overview,
            License = new OpenApiLicense { Name = "MIT", Identifier = "MIT" },
        };
        document.Servers = [new OpenApiServer { Url = address.IsSet ? address.Url.ToString().TrimEnd('/') : "/" }];
        document.Tags = faces.Select(f => new OpenApiTag { Name = f.Name, Description = Words.Faces[f.Name] }).ToHashSet();
        if (faces.Any(f => f.Name == "Winddle"))
        {
            document.AddComponent("ActingUser", ActingUser(winddle.ActingUserHeader, ParameterLocation.Header));
            document.AddComponent("ActingUserInQuery", ActingUser(winddle.ActingUserParameter, ParameterLocation.Query));
            document.AddComponent(
                "Token", new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = Words.Token });
            document.AddComponent("TokenInQuery", Key(winddle.TokenParameter, ParameterLocation.Query, "The same token."));
        }

        if (faces.Any(f => f.Name != "Winddle"))
        {
            document.AddComponent("ApiKey", Key("X-API-Key", ParameterLocation.Header, Words.ApiKey));
        }

        if (faces.FirstOrDefault(f => f.Name == "Webhooks") is { } webhooks)
        {
            var schemas = new NamedSchemas(document, n => names.Of(webhooks, n));
            document.Webhooks = EventCatalogue.Types.ToDictionary(
                t => t.Name, IOpenApiPathItem (t) => Webhook(t, webhooks, schemas, document));
        }
    }

    /// <summary>One schema for each version that a subscription may be pinned to, the current one first.</summary>
    private OpenApiPathItem Webhook(EventType type, Face face, NamedSchemas schemas, OpenApiDocument document)
    {
        var name = Identifiers.Of(type.Name);
        return new OpenApiPathItem
        {
            Operations = new Dictionary<HttpMethod, OpenApiOperation>
            {
                [HttpMethod.Post] = new()
                {
                    OperationId = names.OfOperation(face, "Receive" + name),
                    Tags = new HashSet<OpenApiTagReference> { new(face.Name, document) },
                    Summary = type.Description,
                    Security = [],
                    Description = type.When,
                    RequestBody = new OpenApiRequestBody
                    {
                        Content = new Dictionary<string, OpenApiMediaType>
                        {
                            [RouteDescriptions.Json] = new()
                            {
                                Schema = Union(name + "Event", v => EventCatalogue.Schema(type.Name, v)),
                                Examples = EventCatalogue.Versions.ToDictionary(
                                    v => v,
                                    IOpenApiExample (v) =>
                                        new OpenApiExample { Value = EventCatalogue.Example(type.Name, v, address.Url) }),
                            },
                            ["application/cloudevents+json"] = new()
                            {
                                Schema = Union(name + "CloudEvent", v => EventCatalogue.CloudSchema(type.Name, v)),
                            },
                        },
                    },
                    Responses = new OpenApiResponses
                    {
                        ["2XX"] = new OpenApiResponse { Description = "Received. Anything else is tried again." },
                    },
                },
            },
        };

        OpenApiSchemaReference Union(string union, Func<string, JsonObject> ofVersion) => schemas.Add(union, new JsonObject
        {
            ["anyOf"] = new JsonArray([.. EventCatalogue.Versions.Select(v =>
            {
                var schema = ofVersion(v);
                schema["title"] = union + v.Replace("-", "", StringComparison.Ordinal);
                return schema;
            })]),
        });
    }

    private static OpenApiSecurityScheme Key(string name, ParameterLocation place, string description) =>
        new() { Type = SecuritySchemeType.ApiKey, Name = name, In = place, Description = description };

    private static OpenApiParameter ActingUser(string name, ParameterLocation place) => new()
    {
        Name = name,
        In = place,
        Description = "With a company token: the user to act for, by id or e-mail.",
        Schema = new OpenApiSchema { Type = JsonSchemaType.String },
        Example = "admin@demo.example",
    };
}
