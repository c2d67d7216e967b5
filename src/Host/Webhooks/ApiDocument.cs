using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Microsoft.OpenApi.Reader;
using PixeeEvents.Webhooks;

namespace PixeeEvents.Host.Webhooks;

/// <summary>GET /api/v1/openapi.json: the endpoints, and the events as webhooks. Made when it is asked for; nothing of it is kept.</summary>
internal static class ApiDocument
{
    public const string Path = "/api/v1/openapi.json";

    private const string Key = "ApiKey";

    public static void AddApiDocument(this IServiceCollection services) => services.AddOpenApi(options =>
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.ShouldInclude = _ => true;
        options.AddOperationTransformer((operation, context, _) =>
        {
            Guard(operation, context);
            return Task.CompletedTask;
        });
        options.AddDocumentTransformer((document, _, _) =>
        {
            Complete(document);
            return Task.CompletedTask;
        });
    });

    public static void MapApiDocument(this IEndpointRouteBuilder routes) => routes.MapOpenApi(Path);

    /// <summary>Says which scope a call needs.</summary>
    private static void Guard(OpenApiOperation operation, OpenApiOperationTransformerContext context)
    {
        if (context.Description.ActionDescriptor.EndpointMetadata.OfType<Access>().LastOrDefault()?.Scope is { } scope)
        {
            operation.Description = $"Scope `{scope}`.";
            operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Key, context.Document)] = [scope] }];
        }
    }

    private static void Complete(OpenApiDocument document)
    {
        document.Info = new OpenApiInfo { Title = "PixeeEvents", Version = "1" };
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>(StringComparer.Ordinal);
        document.Components.SecuritySchemes[Key] = new OpenApiSecurityScheme { Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Header, Name = "X-API-Key" };
        document.Webhooks = EventCatalogue.Types.ToDictionary(t => t.Name, IOpenApiPathItem (t) => Webhook(t, document), StringComparer.Ordinal);
    }

    private static OpenApiPathItem Webhook(EventType type, OpenApiDocument document) => new OpenApiPathItem
    {
        Operations = new Dictionary<HttpMethod, OpenApiOperation>
        {
            [HttpMethod.Post] = new()
            {
                Summary = type.Description,
                Description = type.When,
                RequestBody = new OpenApiRequestBody
                {
                    Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal)
                    {
                        ["application/json"] = new OpenApiMediaType { Schema = Schema(v => EventCatalogue.Schema(type.Name, v), document) },
                        ["application/cloudevents+json"] = new OpenApiMediaType { Schema = Schema(v => EventCatalogue.CloudSchema(type.Name, v), document) },
                    },
                },
                Responses = new OpenApiResponses { ["2XX"] = new OpenApiResponse { Description = "Received. Anything else is tried again." } },
            },
        },
    };

    /// <summary>One schema for each version that a subscription may be pinned to, the current one first.</summary>
    private static OpenApiSchema Schema(Func<string, JsonObject> ofVersion, OpenApiDocument document)
    {
        var versions = EventCatalogue.Versions.Select(v =>
        {
            var schema = ofVersion(v);
            schema.Remove("$schema");
            schema.Remove("$id");
            schema["title"] = v;
            return (JsonNode)schema;
        });
        var json = new JsonObject { ["anyOf"] = new JsonArray([.. versions]) }.ToJsonString();
        return OpenApiModelFactory.Parse<OpenApiSchema>(json, OpenApiSpecVersion.OpenApi3_1, document, out _, "json")!;
    }
}
