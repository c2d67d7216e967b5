using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.OpenApi;
using PixeeEvents.Host.OpenApi.Shapes;

namespace PixeeEvents.Host.OpenApi;

/// <summary>
/// GET /api/v1/openapi.json: every endpoint that is <see cref="Documented"/>, and the events as webhooks; beside it one document for each
/// face. Each is made once, when it is first asked for.
/// </summary>
internal sealed class ApiDocuments(IServiceProvider services)
{
    public const string WholePath = "/api/v1/openapi.json";

    private readonly ConcurrentDictionary<string, Lazy<Task<byte[]>>> _texts = new(StringComparer.Ordinal);

    public static void Add(IServiceCollection services)
    {
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
            json.SerializerOptions.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false));
        });
        services.AddSingleton<ApiDocuments>();
        foreach (var name in Face.All.Select(f => f.Document).Append(Face.Whole))
        {
            var naming = new Names(isWhole: name == Face.Whole);
            services.AddOpenApi(name, options =>
            {
                options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
                options.ShouldInclude = d =>
                    d.ActionDescriptor is DocumentedAction action && (name == Face.Whole || name == action.Face.Document);
                options.CreateSchemaReferenceId = naming.OfSchema;
                options.AddSchemaTransformer<SchemaDetails>();
                options.AddOperationTransformer((operation, context, _) =>
                    ActivatorUtilities.CreateInstance<OperationDetails>(context.ApplicationServices, naming).Complete(operation, context));
                options.AddDocumentTransformer((document, context, _) =>
                {
                    ActivatorUtilities.CreateInstance<DocumentDetails>(context.ApplicationServices, naming).Complete(document, name);
                    return Task.CompletedTask;
                });
            });
        }

        services.TryAddEnumerable(ServiceDescriptor.Transient<IApiDescriptionProvider, RouteDescriptions>());
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        foreach (var (name, path) in Face.All.Select(f => (f.Document, f.Path)).Prepend((Face.Whole, WholePath)))
        {
            routes.MapGet(path, async (HttpContext context, ApiDocuments documents) =>
            {
                var text = await documents.Text(name);
                context.Response.Headers.CacheControl = "no-cache";
                return EntityTags.IsKnown(context, Convert.ToHexStringLower(SHA256.HashData(text)))
                    ? Results.Empty
                    : Results.Bytes(text, "application/json; charset=utf-8");
            }).ExcludeFromDescription();
        }
    }

    /// <summary>A document as it is served.</summary>
    public Task<byte[]> Text(string name) => _texts.GetOrAdd(name, n => new(() => Make(n))).Value;

    private async Task<byte[]> Make(string name)
    {
        var document = await services.GetRequiredKeyedService<IOpenApiDocumentProvider>(name).GetOpenApiDocumentAsync();
        await using var text = new StringWriter(CultureInfo.InvariantCulture);
        document.SerializeAsV31(new OpenApiJsonWriter(text, new OpenApiJsonWriterSettings { Terse = true }));
        return Encoding.UTF8.GetBytes(text.ToString());
    }
}
