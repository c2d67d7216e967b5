using System.Globalization;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;
using PixeeEvents.Host.Http;
using PixeeEvents.Host.Winddle;
using PixeeEvents.Webhooks;
using PixeeEvents.Webhooks.Events;
using PixeeEvents.Webhooks.Sending;

namespace PixeeEvents.Host.OpenApi;

/// <summary>GET /api/v1/openapi.json: every endpoint that is <see cref="Documented"/>, and the events as webhooks. Made once, when it is first asked for.</summary>
internal sealed partial class ApiDocument
{
    public const string Path = "/api/v1/openapi.json";

    private const string Winddle = "Winddle";
    private const string Json = "application/json";
    private const string Xml = "application/xml";

    private static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly EndpointDataSource _endpoints;
    private readonly WinddleOptions _winddle;
    private readonly RateLimitOptions _limits;
    private readonly PublicAddress _address;
    private readonly JsonObject _bodies = [];
    private readonly JsonObject _answers = [];
    private readonly Lazy<byte[]> _text;

    public ApiDocument(EndpointDataSource endpoints, WinddleOptions winddle, IOptions<RateLimitOptions> limits, PublicAddress address)
    {
        (_endpoints, _winddle, _limits, _address) = (endpoints, winddle, limits.Value, address);
        _text = new Lazy<byte[]>(() => JsonSerializer.SerializeToUtf8Bytes(Document(), Options));
    }

    public static void MapApiDocument(IEndpointRouteBuilder routes) =>
        routes.MapGet(Path, (HttpContext context, ApiDocument document) =>
        {
            context.Response.Headers.CacheControl = "no-cache";
            return EntityTags.IsKnown(context, Convert.ToHexStringLower(SHA256.HashData(document._text.Value)))
                ? Results.Empty
                : Results.Bytes(document._text.Value, "application/json; charset=utf-8");
        });

    private JsonObject Document()
    {
        var paths = new JsonObject();
        foreach (var endpoint in _endpoints.Endpoints.OfType<RouteEndpoint>())
        {
            if (endpoint.Metadata.GetMetadata<Documented>() is { } documented)
            {
                var routed = endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods.Select(m => $"{m} {endpoint.RoutePattern.RawText}");
                foreach (var route in routed.Concat(documented.Aliases))
                {
                    var (method, path) = (route[..route.IndexOf(' ', StringComparison.Ordinal)], route[route.IndexOf('/', StringComparison.Ordinal)..]);
                    path = Constraint().Replace(path, "}").TrimEnd('/');
                    var item = paths[path] as JsonObject ?? (JsonObject)(paths[path] = new JsonObject());
                    item.Add(method.ToLowerInvariant(), Operation(endpoint, documented, method, path));
                }
            }
        }

        return new JsonObject
        {
            ["openapi"] = "3.1.1",
            ["info"] = new JsonObject { ["title"] = "PixeeEvents", ["version"] = "1", ["description"] = Words.Overview },
            ["servers"] = new JsonArray(new JsonObject { ["url"] = _address.IsSet ? _address.Url.ToString().TrimEnd('/') : "/" }),
            ["tags"] = new JsonArray([.. Words.Faces.Select(f => new JsonObject { ["name"] = f.Key, ["description"] = f.Value })]),
            ["paths"] = paths,
            ["webhooks"] = Map(EventCatalogue.Types, t => t.Name, Webhook),
            ["components"] = new JsonObject
            {
                ["parameters"] = new JsonObject
                {
                    ["ActingUser"] = ActingUser(_winddle.ActingUserHeader, "header"),
                    ["ActingUserInQuery"] = ActingUser(_winddle.ActingUserParameter, "query"),
                },
                ["requestBodies"] = _bodies,
                ["responses"] = _answers,
                ["securitySchemes"] = new JsonObject
                {
                    ["ApiKey"] = new JsonObject { ["type"] = "apiKey", ["in"] = "header", ["name"] = "X-API-Key", ["description"] = Words.ApiKey },
                    ["Token"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer", ["description"] = Words.Token },
                    ["TokenInQuery"] = new JsonObject { ["type"] = "apiKey", ["in"] = "query", ["name"] = _winddle.TokenParameter, ["description"] = "The same token." },
                },
            },
        };
    }

    private JsonObject Operation(RouteEndpoint endpoint, Documented documented, string method, string path)
    {
        var face = endpoint.Metadata.GetMetadata<ITagsMetadata>()!.Tags[0];
        var parameters = documented.Parameters.Select(Shown).ToList();
        if (face == Winddle)
        {
            parameters.AddRange([Reference("parameters/ActingUser"), Reference("parameters/ActingUserInQuery")]);
        }

        var operation = new JsonObject
        {
            // The version is every path's, but for those that the Winddle document writes without the slash behind it.
            ["operationId"] = string.Join('_', path.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(s => s is not ("api" or "v1")).Prepend(method.ToLowerInvariant())
                .Select(s => s.Trim('{', '}').Replace(".json", "", StringComparison.Ordinal).Replace('-', '_'))),
            ["tags"] = new JsonArray(face),
            ["summary"] = documented.Summary,
            ["description"] = Conditions(endpoint),
            ["security"] = Security(endpoint),
        };
        if (parameters.Count > 0)
        {
            operation["parameters"] = new JsonArray([.. parameters]);
        }

        if (documented.Body is not null)
        {
            operation["requestBody"] = Share("requestBodies", _bodies, face, documented.Name, () => Body(face, documented));
        }

        operation["responses"] = new JsonObject
        {
            [documented.Status.ToString(CultureInfo.InvariantCulture)] = Share("responses", _answers, face, documented.Name, () => Answer(face, documented)),
            ["default"] = Share("responses", _answers, face, "error", () => new JsonObject
            {
                ["description"] = "Refused.",
                ["content"] = Content(face, Recorded(face, "error"), isError: true),
            }),
        };
        return operation;
    }

    private string Conditions(RouteEndpoint endpoint)
    {
        if (endpoint.Metadata.GetMetadata<Admission>() is { } admission)
        {
            var who = admission.Needs switch { Needs.User => "every user of the company", Needs.Manager => "company admins and the owner", _ => "company admins" };
            return Limited($"For {who}.", admission.Tier, "token");
        }

        var access = endpoint.Metadata.GetMetadata<Access>()!;
        return access.Scope is null ? Limited("Open to everyone.", access.Tier, "address") : Limited($"Scope `{access.Scope}`.", access.Tier, "key");

        string Limited(string who, string tier, string caller) => $"{who} At most {_limits.PerMinute[tier]} calls of this kind per minute and {caller}.";
    }

    private static JsonArray Security(RouteEndpoint endpoint) =>
        endpoint.Metadata.GetMetadata<Admission>() is not null
            ? [new JsonObject { ["Token"] = new JsonArray() }, new JsonObject { ["TokenInQuery"] = new JsonArray() }]
            : endpoint.Metadata.GetMetadata<Access>()!.Scope is { } scope ? [new JsonObject { ["ApiKey"] = new JsonArray(scope) }]
            : [];

    private static JsonObject Shown(Parameter parameter)
    {
        var shown = new JsonObject { ["name"] = parameter.Name, ["in"] = parameter.Place, ["description"] = parameter.Description };
        if (parameter.IsRequired)
        {
            shown["required"] = true;
        }

        if (parameter.Example is JsonObject)
        {
            (shown["style"], shown["explode"]) = ("deepObject", true);
        }

        (shown["schema"], shown["example"]) = (parameter.Schema.DeepClone(), parameter.Example.DeepClone());
        return shown;
    }

    private static JsonObject ActingUser(string name, string place) => new()
    {
        ["name"] = name,
        ["in"] = place,
        ["description"] = "With a company token: the user to act for, by id or e-mail.",
        ["schema"] = new JsonObject { ["type"] = "string" },
        ["example"] = "admin@demo.example",
    };

    private static JsonObject Body(string face, Documented documented)
    {
        var (root, example) = (XmlExample.Singular(documented.Name.Split('/')[0]), JsonNode.Parse(documented.Body!)!);
        var content = Content(face, example, root);
        if (documented.File is { } file)
        {
            var texts = example.AsObject().Where(f => f.Value is JsonValue).ToDictionary(f => $"{root}[{f.Key}]", f => f.Value!.ToString());
            var properties = Map(texts.Keys, n => n, _ => new JsonObject { ["type"] = "string" });
            properties[file] = new JsonObject { ["type"] = "string", ["format"] = "binary" };
            content["multipart/form-data"] = new JsonObject
            {
                ["schema"] = new JsonObject { ["type"] = "object", ["properties"] = properties },
                ["example"] = Map(texts, t => t.Key, t => (JsonNode)t.Value),
            };
        }

        return new JsonObject { ["content"] = content };
    }

    private JsonObject Answer(string face, Documented documented)
    {
        var answer = new JsonObject { ["description"] = ReasonPhrases.GetReasonPhrase(documented.Status) };
        var headers = face != Winddle ? documented.Status is StatusCodes.Status201Created or StatusCodes.Status202Accepted ? Words.Location : null
            : documented.Parameters.Any(p => p.Name == "per_page") ? Words.PageHeaders
            : null;
        if (headers is not null)
        {
            answer["headers"] = Map(headers, h => h.Key, h => new JsonObject
            {
                ["description"] = h.Value,
                ["required"] = h.Key != "Link",
                ["schema"] = new JsonObject { ["type"] = "string" },
            });
        }

        if (documented.Status != StatusCodes.Status204NoContent)
        {
            answer["content"] = Content(face, Recorded(face, documented.Name), _winddle.XmlRoot);
        }

        return answer;
    }

    /// <summary>An example in the formats of a face.</summary>
    private static JsonObject Content(string face, JsonNode? example, string xmlRoot = "", bool isError = false)
    {
        var content = new JsonObject { [Json] = new JsonObject { ["example"] = example } };
        if (face == Winddle && example is not null)
        {
            content[Xml] = new JsonObject { ["example"] = isError ? XmlExample.OfErrors(example["errors"]!.AsObject()) : XmlExample.Of(xmlRoot, example) };
        }

        return content;
    }

    private static JsonNode? Recorded(string face, string name)
    {
        using var answer = typeof(ApiDocument).Assembly.GetManifestResourceStream($"Answers/{face.ToLowerInvariant()}/{name}.json");
        return answer is null ? null : JsonNode.Parse(answer);
    }

    /// <summary>Routes that are one operation refer to one component.</summary>
    private static JsonObject Share(string kind, JsonObject components, string face, string name, Func<JsonObject> make)
    {
        var key = $"{face}.{name.Replace('/', '.')}";
        if (!components.ContainsKey(key))
        {
            components[key] = make();
        }

        return Reference($"{kind}/{key}");
    }

    private static JsonObject Reference(string component) => new() { ["$ref"] = "#/components/" + component };

    private JsonObject Webhook(EventType type) => new()
    {
        ["post"] = new JsonObject
        {
            ["operationId"] = "event_" + type.Name.Replace('.', '_'),
            ["summary"] = type.Description,
            ["description"] = type.When,
            ["requestBody"] = new JsonObject
            {
                ["content"] = new JsonObject
                {
                    [Json] = new JsonObject
                    {
                        ["schema"] = Schema(v => EventCatalogue.Schema(type.Name, v)),
                        ["examples"] = Map(EventCatalogue.Versions, v => v, v => new JsonObject { ["value"] = EventCatalogue.Example(type.Name, v, _address.Url) }),
                    },
                    ["application/cloudevents+json"] = new JsonObject { ["schema"] = Schema(v => EventCatalogue.CloudSchema(type.Name, v)) },
                },
            },
            ["responses"] = new JsonObject { ["2XX"] = new JsonObject { ["description"] = "Received. Anything else is tried again." } },
        },
    };

    /// <summary>One schema for each version that a subscription may be pinned to, the current one first.</summary>
    private static JsonObject Schema(Func<string, JsonObject> ofVersion) => new()
    {
        ["anyOf"] = new JsonArray([.. EventCatalogue.Versions.Select(v =>
        {
            var schema = ofVersion(v);
            schema.Remove("$schema");
            schema.Remove("$id");
            schema["title"] = v;
            return schema;
        })]),
    };

    private static JsonObject Map<T>(IEnumerable<T> items, Func<T, string> name, Func<T, JsonNode> value) => new(items.Select(i => KeyValuePair.Create<string, JsonNode?>(name(i), value(i))));

    [GeneratedRegex(@":[^}]*\}", RegexOptions.None, 1000)]
    private static partial Regex Constraint();
}
