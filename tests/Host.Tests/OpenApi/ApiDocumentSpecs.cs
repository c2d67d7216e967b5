using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;
using PixeeEvents.Host.Availability;
using PixeeEvents.Host.OpenApi;
using PixeeEvents.Http.Availability;
using PixeeEvents.Testing;
using PixeeEvents.Webhooks;
using PixeeEvents.Winddle.Files;
using Xunit;

namespace PixeeEvents.Host.Tests.OpenApi;

/// <summary>
/// The document is read as its readers read it, and every call in it is made. An answer that differs from the recorded one fails;
/// with PIXEE_RECORD=1 it is also recorded, below the document's source, for the next build.
/// </summary>
public sealed class ApiDocumentSpecs(WinDevServer server) : IClassFixture<WinDevServer>
{
    private const string Json = "application/json";
    private const string Xml = "application/xml";

    private static readonly JsonSerializerOptions Readable =
        new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly HttpClient Http = new();

    [Fact]
    public async Task the_document_is_valid_openapi_3_1()
    {
        var read = OpenApiDocument.Parse(await Text(), "json");
        Assert.Equal((OpenApiSpecVersion.OpenApi3_1, 3), (read.Diagnostic!.SpecificationVersion, read.Document!.Tags!.Count));
        Assert.Equal([], read.Diagnostic.Errors.Concat(read.Diagnostic.Warnings).Select(e => e.ToString()));
    }

    [Fact]
    public async Task every_endpoint_is_in_the_document_with_its_words_its_security_and_an_example()
    {
        var operations = await Operations();
        string[] ownForms =
        [
            HealthEndpoints.Root, HealthEndpoints.Live, HealthEndpoints.Ready, FileEndpoint.Pattern, "/", ApiDocuments.WholePath,
            .. Face.All.Select(f => f.Path),
        ];
        var endpoints = server.App.Services.GetServices<EndpointDataSource>().SelectMany(d => d.Endpoints).OfType<RouteEndpoint>()
            .Where(
                e =>
                    !ownForms.Contains(e.RoutePattern.RawText)
                        && !e.RoutePattern.RawText!.TrimStart('/').StartsWith("docs", StringComparison.Ordinal))
            .SelectMany(
                e =>
                    e.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Select(
                        m => $"{m} {e.RoutePattern.RawText!.Replace(":guid", "", StringComparison.Ordinal).TrimEnd('/')}"))
            .SelectMany(Paths);
        Assert.Equal(endpoints.Order(StringComparer.Ordinal), operations.Select(o => o.Name).Order(StringComparer.Ordinal));
        Assert.Equal(["Webhooks", "WinDev", "Winddle"], operations.Select(o => o.Face).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(operations.Count, operations.Select(o => (string)o.Json["operationId"]!).Distinct().Count());
        Assert.All(operations, o =>
        {
            Assert.EndsWith(".", (string)o.Json["summary"]!, StringComparison.Ordinal);
            Assert.Equal(
                o.Path.EndsWith("/status", StringComparison.Ordinal) || o.Path.EndsWith("/jwks.json", StringComparison.Ordinal),
                o.Json["security"]!.AsArray().Count == 0);
            Assert.Equal(o.Path.Count(c => c == '{'), o.Parameters.Count(p => (string)p["in"]! == "path"));
            Assert.All(o.Parameters, p => Assert.NotNull(p["example"]));
            string[] formats = o.Face == "Winddle" ? [Json, Xml] : [Json];
            Assert.Equal(o.Status == "204" ? [] : formats, o.AnswerTypes);
            // An AsyncAPI document points to places of its own.
            Assert.All(
                o.AnswerTypes,
                t => Assert.Equal(o.Path.EndsWith("/asyncapi.json", StringComparison.Ordinal), o.ExampleOf(o.Response, t) is null));
            Assert.True(o.BodyTypes is [null] || o.BodyTypes.Except(["multipart/form-data"]).SequenceEqual(formats), o.Name);
        });
    }

    /// <summary>A route and, of the Winddle face, all that its document says instead.</summary>
    private static IEnumerable<string> Paths(string route)
    {
        const string products = "/api/v1/products/{key}";
        var (method, path) = (route.Split(' ')[0], route.Split(' ')[1]);
        List<string> paths = [path];
        if (path.StartsWith(products, StringComparison.Ordinal))
        {
            var rest = path[products.Length..];
            paths.Add("/api/v1/product/{key}" + rest);
            paths.AddRange(rest switch
            {
                "/showcase" => ["/api/v1product/{key}/showcase"],
                "/unshowcase" => ["/api/v1/showcase/{key}/unshowcase", "/api/v1showcase/{key}/unshowcase"],
                _ => Array.Empty<string>(),
            });
        }

        var isChange = method == "PUT" && !path.StartsWith("/api/v1/webhooks", StringComparison.Ordinal);
        return paths.SelectMany(p => (string[])(isChange ? ["PUT", "PATCH"] : [method]), (p, m) => $"{m} {p}");
    }

    [Fact]
    public async Task every_call_in_the_document_works_and_answers_as_shown()
    {
        var wrong = new List<string>();
        foreach (var face in (await Operations()).GroupBy(o => o.Face))
        {
            var reader = await DemoData.For(server, face.Key);
            foreach (var operation in face.OrderBy(o => !o.IsRead))
            {
                foreach (var bodyType in operation.BodyTypes)
                {
                    foreach (
                        var answerType in bodyType is null or "multipart/form-data"
                            ? operation.AnswerTypes.DefaultIfEmpty(Json)
                            : operation.AnswerTypes.Where(t => t == bodyType))
                    {
                        var demo = operation.IsRead ? reader : await DemoData.For(server, face.Key);
                        var (status, answered, sent) = await Send(await operation.Call(demo, bodyType, answerType));
                        var text = demo.Shown(answered);
                        if ($"{status}" != operation.Status || !IsAsShown(operation, text, bodyType, answerType))
                        {
                            wrong.Add($"{operation.Name} {bodyType} {answerType}: {status} {text}");
                        }

                        if (answerType == Json && answered.Length > 0)
                        {
                            wrong.AddRange((await operation.Wrong(operation.Status, answered)).Select(e => $"{operation.Name}: {e}"));
                        }

                        var headers = (operation.Response["headers"]?.AsObject() ?? [])
                            .Where(h => (bool?)h.Value!["required"] == true).Select(h => h.Key);
                        wrong.AddRange(headers.Where(h => !sent.Contains(h)).Select(h => $"{operation.Name}: {h} is missing"));
                    }
                }
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public async Task a_call_without_credentials_is_refused_as_shown()
    {
        var guarded = (await Operations()).Where(o => o.Json["security"]!.AsArray().Count > 0).ToList();
        Assert.True(guarded.Count > 100);
        var demo = await DemoData.For(server, "WinDev");
        var wrong = new List<string>();
        foreach (var operation in guarded)
        {
            foreach (var (type, _) in operation.Refusal["content"]!.AsObject())
            {
                var request = await operation.Call(demo, null, type);
                request.Headers.Remove("X-API-Key");
                request.Headers.Authorization = null;
                var (status, answered, _) = await Send(request);
                var text = demo.Shown(answered);
                Assert.Equal(401, status);
                if (!Same(text, operation.ExampleOf(operation.Refusal, type), type))
                {
                    Record(operation.Face.ToLowerInvariant() + "/error", text, type);
                    wrong.Add($"{operation.Name} {type}: {text}");
                }
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public async Task a_value_that_a_parameter_does_not_take_is_refused_and_every_field_of_a_filter_is_taken()
    {
        var (wrong, tried) = (new List<string>(), 0);
        var demos = new Dictionary<string, DemoData>();
        foreach (var operation in (await Operations()).Where(o => o.IsRead))
        {
            if (!demos.TryGetValue(operation.Face, out var demo))
            {
                demos.Add(operation.Face, demo = await DemoData.For(server, operation.Face));
            }

            foreach (var parameter in operation.Parameters.Where(p => (string)p["in"]! == "query"))
            {
                var (name, schema) = ((string)parameter["name"]!, operation.Resolved(parameter["schema"]!));
                if (schema["properties"] is JsonObject fields)
                {
                    foreach (var (field, kind) in fields)
                    {
                        await Expect($"{name}[{field}]={Value(kind!)}", refused: false);
                    }

                    await Expect(name + "[unheard_of]=1", refused: operation.Path.EndsWith("/products", StringComparison.Ordinal));
                }
                else if ((string)schema["type"]! != "string" || schema["enum"] is not null || schema["format"] is not null)
                {
                    await Expect($"{name}=unheard-of", refused: true);
                }
            }

            async Task Expect(string query, bool refused)
            {
                tried++;
                var (status, _, _) = await Send(await operation.Call(demo, null, Json, query));
                if (refused ? status is not (400 or 422) : status != 200)
                {
                    wrong.Add($"{operation.Name}?{query}: {status}");
                }
            }
        }

        Assert.True(tried > 40);
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));

        static string Value(JsonNode schema) => (string?)schema["enum"]?[0] ?? (string?)schema["format"] switch
        {
            "date-time" => "2026-11-23T14:00:00Z",
            _ => (string)schema["type"]! switch { "boolean" => "true", "integer" => "1", _ => "KIMEX" },
        };
    }

    [Fact]
    public async Task every_event_is_in_the_document_with_its_schemas_and_examples()
    {
        var document = await Document();
        var events = document["webhooks"]!.AsObject();
        Assert.Equal(EventCatalogue.Types.Select(t => t.Name), events.Select(w => w.Key));
        foreach (var (_, shown) in events)
        {
            var operation = new ShownOperation(document, "", "post", shown!["post"]!.AsObject());
            var content = operation.Json["requestBody"]!["content"]![Json]!;
            var schema = operation.Whole(content["schema"]!);
            Assert.Equal(EventCatalogue.Versions, content["examples"]!.AsObject().Select(e => e.Key));
            foreach (var (_, example) in content["examples"]!.AsObject())
            {
                var body = example!["value"]!;
                Assert.Empty(await JsonSchema.Errors(schema, JsonSerializer.SerializeToUtf8Bytes(body)));
                body["data"] = 1;
                Assert.NotEmpty(await JsonSchema.Errors(schema, JsonSerializer.SerializeToUtf8Bytes(body)));
            }
        }
    }

    private async Task<(int Status, string Text, HttpResponseHeaders Headers)> Send(HttpRequestMessage request)
    {
        request.RequestUri = new Uri(server.Address, request.RequestUri!);
        using var answer = await Http.SendAsync(request, TestContext.Current.CancellationToken);
        request.Dispose();
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), answer.Headers);
    }

    private async Task<string> Text() =>
        (await Send(new HttpRequestMessage(HttpMethod.Get, new Uri("/api/v1/openapi.json", UriKind.Relative)))).Text;

    private async Task<JsonObject> Document() => JsonNode.Parse(await Text())!.AsObject();

    private async Task<List<ShownOperation>> Operations() => ShownOperation.Of(await Document());

    /// <summary>A picture has addresses that no text has: of a form's answer the keys are compared.</summary>
    private static bool IsAsShown(ShownOperation operation, string text, string? bodyType, string answerType)
    {
        if (operation.AnswerTypes.Count == 0)
        {
            return text.Length == 0;
        }

        if (operation.AnswerName is not { } recorded)
        {
            return true;
        }

        var example = operation.ExampleOf(operation.Response, answerType);
        if (bodyType == "multipart/form-data" && example is not null)
        {
            return Keys(text, answerType) == Keys(answerType == Json ? example.ToJsonString() : (string)example!, answerType);
        }

        if (Same(text, example, answerType))
        {
            return true;
        }

        Record(recorded, text, answerType);
        return false;
    }

    private static bool Same(string text, JsonNode? example, string type) => type == Json
        ? JsonNode.DeepEquals(Brief(JsonNode.Parse(text)), example)
        : example is not null && Plain(text) == Plain((string)example!);

    private static string Keys(string text, string type) => type == Json ? Keys(JsonNode.Parse(text)) : Keys(XElement.Parse(text));

    private static string Keys(JsonNode? node) => node switch
    {
        JsonObject fields => $"{{{string.Join(',', fields.Select(f => f.Key + Keys(f.Value)))}}}",
        JsonArray { Count: > 0 } items => $"[{Keys(items[0])}]",
        _ => "",
    };

    private static string Keys(XElement element) =>
        $"{element.Name}{{{string.Join(',', ((string?)element.Attribute("type") == "array" ? element.Elements().Take(1) : element.Elements()).Select(Keys))}}}";

    /// <summary>Of a list of things the first two are enough to see, of one inside of it the first.</summary>
    private static JsonNode? Brief(JsonNode? node, int most = 2) => node switch
    {
        JsonObject { Count: >= 10 } map when map.All(p => p.Value is JsonObject) =>
            new JsonObject(map.Take(1).Select(p => KeyValuePair.Create(p.Key, Brief(p.Value, most)))),
        JsonObject fields => new JsonObject(fields.Select(p => KeyValuePair.Create(p.Key, Brief(p.Value, most)))),
        JsonArray items when items.All(i => i is JsonObject) => new JsonArray([.. items.Take(most).Select(i => Brief(i, 1))]),
        _ => node?.DeepClone(),
    };

    private static string Plain(string xml)
    {
        var root = XElement.Parse(xml);
        foreach (var element in root.DescendantsAndSelf().ToList())
        {
            if (element is { HasElements: false, Value: "" })
            {
                element.RemoveNodes();
            }

            if (IsListOfThings(element))
            {
                element.Elements().Skip(element.Ancestors().Any(IsListOfThings) ? 1 : 2).Remove();
            }
        }

        return root.ToString();

        static bool IsListOfThings(XElement element) =>
            (string?)element.Attribute("type") == "array" && element.Elements().All(e => e.HasElements);
    }

    private static void Record(string name, string text, string type)
    {
        if (type == Json && Environment.GetEnvironmentVariable("PIXEE_RECORD") == "1")
        {
            var file = Path.Combine(Answers(), name + ".json");
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, Brief(JsonNode.Parse(text))!.ToJsonString(Readable) + "\n");
        }
    }

    private static string Answers([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "..", "src", "Host", "OpenApi", "Answers"));
}
