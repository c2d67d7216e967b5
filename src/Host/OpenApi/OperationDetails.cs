using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;
using Microsoft.OpenApi;
using PixeeEvents.Host.OpenApi.Shapes;
using PixeeEvents.Winddle;

namespace PixeeEvents.Host.OpenApi;

/// <summary>What an operation says beyond its shapes: its words, who may call it, its parameters, its examples.</summary>
internal sealed class OperationDetails(Names names, WinddleOptions winddle, IOptions<RateLimitOptions> limits)
{
    private const string Recorded = "recorded";

    public async Task Complete(OpenApiOperation operation, OpenApiOperationTransformerContext context)
    {
        var action = (DocumentedAction)context.Description.ActionDescriptor;
        var (documented, document) = (action.Documented, context.Document!);
        operation.OperationId = names.OfOperation(action.Face, action.OperationId);
        operation.Summary = documented.Summary;
        operation.Description = (action.Index == 0 ? "" : $"Stands for {documented.OperationId}. ") + Conditions(action);
        operation.Security = Security(action, document);
        IOpenApiParameter[] parameters = [.. documented.Parameters.Select(p => Shown(p, documented, action.Face, document))];
        operation.Parameters = action.Admission is null ? parameters
            :
            [
                .. parameters, new OpenApiParameterReference("ActingUser", document),
                new OpenApiParameterReference("ActingUserInQuery", document),
            ];
        if (operation.RequestBody?.Content is { } bodies)
        {
            Show(bodies, documented, action.Face, document);
        }

        Show((OpenApiResponse)operation.Responses!.Values.Single(), documented, action.Face, document);
        foreach (var status in action.Refusals)
        {
            operation.Responses!.Add(status.ToString(CultureInfo.InvariantCulture), await Refusal(status, action.Face, context));
        }
    }

    private string Conditions(DocumentedAction action)
    {
        if (action.Admission is { } admission)
        {
            var who = admission.Needs switch
            {
                Needs.User => "every user of the company",
                Needs.Manager => "company admins and the owner",
                _ => "company admins",
            };
            return Limited($"For {who}.", admission.Tier, "token");
        }

        var access = action.Access!;
        return access.Scope is null
            ? Limited("Open to everyone.", access.Tier, "address")
            : Limited($"Scope `{access.Scope}`.", access.Tier, "key");

        string Limited(string who, string tier, string caller) =>
            $"{who} At most {limits.Value.PerMinute[tier]} calls of this kind per minute and {caller}.";
    }

    private static List<OpenApiSecurityRequirement> Security(DocumentedAction action, OpenApiDocument document)
    {
        return action.Admission is not null ? [Requirement("Token"), Requirement("TokenInQuery")]
            : action.Access!.Scope is { } scope ? [Requirement("ApiKey", scope)]
            : [];

        OpenApiSecurityRequirement Requirement(string scheme, params string[] scopes) =>
            new() { [new OpenApiSecuritySchemeReference(scheme, document)] = [.. scopes] };
    }

    private OpenApiParameter Shown(Parameter parameter, Documented documented, Face face, OpenApiDocument document)
    {
        var schema = NamedSchemas.Read(parameter.Schema, document);
        if (parameter.Example is not JsonObject)
        {
            return new OpenApiParameter
            {
                Name = parameter.Name,
                In = parameter.Place == "path" ? ParameterLocation.Path : ParameterLocation.Query,
                Description = parameter.Description,
                Required = parameter.IsRequired,
                Schema = schema,
                Example = parameter.Example.DeepClone(),
            };
        }

        var name = names.Of(face, documented.OperationId + Identifiers.Of(parameter.Name));
        document.AddComponent(name, schema);
        return new OpenApiParameter
        {
            Name = parameter.Name,
            In = ParameterLocation.Query,
            Description = parameter.Description,
            Style = ParameterStyle.DeepObject,
            Explode = true,
            Schema = new OpenApiSchemaReference(name, document),
            Example = parameter.Example.DeepClone(),
        };
    }

    /// <summary>A body that works, in every form in which it may come.</summary>
    private void Show(IDictionary<string, OpenApiMediaType> bodies, Documented documented, Face face, OpenApiDocument document)
    {
        var (root, example) = (Identifiers.Singular(documented.Name.Split('/')[0]), JsonNode.Parse(documented.Body!)!);
        foreach (var (format, body) in bodies)
        {
            switch (format)
            {
                case RouteDescriptions.Form:
                    var texts = example.AsObject().Where(f => f.Value is JsonValue)
                        .ToDictionary(f => $"{root}[{f.Key}]", f => f.Value!.ToString());
                    var name = names.Of(face, documented.OperationId + "Form");
                    document.AddComponent(name, Form(texts.Keys, documented.File!));
                    body.Schema = new OpenApiSchemaReference(name, document);
                    body.Example = new JsonObject(texts.Select(t => KeyValuePair.Create<string, JsonNode?>(t.Key, t.Value)));
                    break;
                default:
                    body.Example = format == RouteDescriptions.Json ? example.DeepClone() : XmlExample.Of(root, example);
                    break;
            }
        }
    }

    private static OpenApiSchema Form(IEnumerable<string> texts, string file)
    {
        var properties = texts.ToDictionary(t => t, IOpenApiSchema (_) => new OpenApiSchema { Type = JsonSchemaType.String });
        properties[file] = new OpenApiSchema { Type = JsonSchemaType.String, Format = "binary" };
        return new OpenApiSchema { Type = JsonSchemaType.Object, Properties = properties };
    }

    private void Show(OpenApiResponse answer, Documented documented, Face face, OpenApiDocument document)
    {
        var headers = face.Name != "Winddle"
            ? documented.Status is StatusCodes.Status201Created or StatusCodes.Status202Accepted ? Words.Location : null
            : documented.Parameters.Any(p => p.Name == "per_page") ? Words.PageHeaders
            : null;
        answer.Headers = headers?.ToDictionary(h => h.Key, IOpenApiHeader (h) => new OpenApiHeader
        {
            Description = h.Value,
            Required = h.Key != "Link",
            Schema = new OpenApiSchema { Type = JsonSchemaType.String },
        });
        Exemplify(answer, documented.Name, face, document);
    }

    /// <summary>Refusals of one kind are one component.</summary>
    private async Task<OpenApiResponseReference> Refusal(int status, Face face, OpenApiOperationTransformerContext context)
    {
        var document = context.Document!;
        var (name, shape) = (names.Of(face, Identifiers.Of(ReasonPhrases.GetReasonPhrase(status))), names.Of(face, nameof(Refusal)));
        if (document.Components?.Responses?.ContainsKey(name) != true)
        {
            if (document.Components?.Schemas?.ContainsKey(shape) != true)
            {
                document.AddComponent(shape, await context.GetOrCreateSchemaAsync(face.Refusal));
            }

            var refusal = new OpenApiResponse { Description = Words.Refusals[status] };
            if (status != StatusCodes.Status304NotModified)
            {
                refusal.Content = face.Formats.ToDictionary(
                    f => f, _ => new OpenApiMediaType { Schema = new OpenApiSchemaReference(shape, document) });
            }

            if (status == StatusCodes.Status401Unauthorized)
            {
                Exemplify(refusal, "error", face, document);
            }

            document.AddComponent(name, refusal);
        }

        return new OpenApiResponseReference(name, document);
    }

    private void Exemplify(OpenApiResponse answer, string name, Face face, OpenApiDocument document)
    {
        foreach (var (format, content) in answer.Content ?? new Dictionary<string, OpenApiMediaType>())
        {
            // What points to places of its own would be taken for this document's.
            if (Example(face, name, format) is { } example && !example.ToJsonString().Contains("\"$ref\"", StringComparison.Ordinal))
            {
                var key = $"{face.Name}.{name.Replace('/', '.')}{(format == RouteDescriptions.Json ? "" : ".xml")}";
                document.AddComponent(key, new OpenApiExample { Value = example });
                content.Examples = new Dictionary<string, IOpenApiExample> { [Recorded] = new OpenApiExampleReference(key, document) };
            }
        }
    }

    private JsonNode? Example(Face face, string name, string format)
    {
        using var recorded = GetType().Assembly.GetManifestResourceStream($"Answers/{face.Document}/{name}.json");
        return recorded is null || JsonNode.Parse(recorded) is not { } answer ? null
            : format == RouteDescriptions.Json ? answer
            : name == "error" ? XmlExample.OfErrors(answer["errors"]!.AsObject())
            : XmlExample.Of(winddle.XmlRoot, answer);
    }
}
