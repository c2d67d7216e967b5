using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using PixeeEvents.Testing;

namespace PixeeEvents.Host.Tests.OpenApi;

/// <summary>An operation as a reader of the document finds it, and the calls that it shows.</summary>
internal sealed partial class ShownOperation(JsonObject document, string path, string method, JsonObject operation)
{
    public string Name => $"{method.ToUpperInvariant()} {path}";

    public string Path => path;

    public string Method => method;

    public JsonObject Json => operation;

    public string Face => (string)operation["tags"]!.AsArray().Single()!;

    public bool IsRead => method == "get";

    public IEnumerable<string> Statuses => operation["responses"]!.AsObject().Select(r => r.Key);

    public string Status => Statuses.Single(s => s[0] == '2');

    public JsonObject Response => ResponseOf(Status);

    /// <summary>Where the answer is recorded: <c>winddle/products/show</c>.</summary>
    public string? AnswerName => AnswerTypes.Count == 0 ? null
        : ((string?)Response["content"]![AnswerTypes[0]]!["examples"]?["recorded"]!["$ref"])?
            .Split('/')[^1].Replace('.', '/').ToLowerInvariant();

    public List<JsonObject> Parameters => [.. (operation["parameters"]?.AsArray() ?? []).Select(p => Resolved(p!))];

    /// <summary>What a body may be, by its form.</summary>
    public JsonObject Bodies => operation["requestBody"] is { } body ? Resolved(body)["content"]!.AsObject() : [];

    /// <summary>Every form in which a body may come; null for none.</summary>
    public List<string?> BodyTypes => Bodies.Count > 0 ? [.. Bodies.Select(c => c.Key)] : [null];

    public List<string> AnswerTypes => [.. (Response["content"]?.AsObject() ?? []).Select(c => c.Key)];

    public JsonObject Refusal => ResponseOf("401");

    public JsonObject ResponseOf(string status) => Resolved(operation["responses"]![status]!);

    /// <summary>The recorded answer in one of its formats; null when there is none.</summary>
    public JsonNode? ExampleOf(JsonObject response, string type) =>
        response["content"]![type]!["examples"]?["recorded"] is { } example ? Resolved(example)["value"] : null;

    /// <summary>A schema with all that it refers to.</summary>
    public JsonNode Whole(JsonNode schema)
    {
        var (parts, found) = (new JsonObject(), new Queue<JsonNode>([schema]));
        while (found.TryDequeue(out var node))
        {
            foreach (Match match in Reference().Matches(node.ToJsonString()))
            {
                var name = match.Groups["name"].Value;
                if (!parts.ContainsKey(name))
                {
                    parts[name] = document["components"]!["schemas"]![name]!.DeepClone();
                    found.Enqueue(parts[name]!);
                }
            }
        }

        var whole = schema.DeepClone().AsObject();
        whole["$defs"] = parts;
        return JsonNode.Parse(whole.ToJsonString().Replace("#/components/schemas/", "#/$defs/", StringComparison.Ordinal))!;
    }

    /// <returns>What is wrong with an answer in JSON; empty when its shape is the one that is shown, or it has none.</returns>
    public async Task<IEnumerable<string>> Wrong(string status, string json) => Schema(status) is { } schema
        ? await JsonSchema.Errors($"{Name} {status}", () => Whole(schema), json)
        : [];

    private JsonNode? Schema(string status) => ResponseOf(status)["content"]?["application/json"]?["schema"];

    [GeneratedRegex("#/components/schemas/(?<name>[^\"]+)\"", RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex Reference();

    public static List<ShownOperation> Of(JsonObject document) =>
        [
            .. document["paths"]!.AsObject()
            .SelectMany(p => p.Value!.AsObject().Select(o => new ShownOperation(document, p.Key, o.Key, o.Value!.AsObject())))];

    /// <summary>The call with the example of every parameter, or with <paramref name="query"/> instead.</summary>
    public async Task<HttpRequestMessage> Call(DemoData demo, string? bodyType, string answerType, string? query = null)
    {
        var (address, parts) = (path, new List<string>());
        var request = new HttpRequestMessage(new HttpMethod(method.ToUpperInvariant()), "/");
        foreach (var parameter in Parameters)
        {
            var (name, example) = ((string)parameter["name"]!, parameter["example"]!);
            switch ((string)parameter["in"]!)
            {
                case "path":
                    address = address.Replace(
                        $"{{{name}}}", Uri.EscapeDataString(demo.Actual(example.ToString())), StringComparison.Ordinal);
                    break;
                case "header":
                    request.Headers.Add(name, example.ToString());
                    break;
                case "query" when example is JsonObject fields:
                    parts.AddRange(fields.Select(f => $"{name}[{f.Key}]={f.Value}"));
                    break;
                case "query":
                    parts.Add($"{name}={Uri.EscapeDataString(example.ToString())}");
                    break;
            }
        }

        request.RequestUri = new Uri($"{address}?{query ?? string.Join('&', parts)}", UriKind.Relative);
        request.Headers.Accept.ParseAdd(answerType);
        request.Content = bodyType is null ? null : await Body(bodyType);
        Authorize(request, demo);
        return request;
    }

    private void Authorize(HttpRequestMessage request, DemoData demo)
    {
        switch (operation["security"]!.AsArray().FirstOrDefault()?.AsObject().Single().Key)
        {
            case "ApiKey":
                request.Headers.Add("X-API-Key", demo.Erp.RawKey);
                break;
            case "Token":
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", demo.Token);
                break;
        }
    }

    private async Task<HttpContent> Body(string type)
    {
        var content = Resolved(operation["requestBody"]!)["content"]![type]!;
        if (type != "multipart/form-data")
        {
            var example = content["example"]!;
            return new StringContent(
                example is JsonValue text && text.GetValueKind() == JsonValueKind.String ? (string)text! : example.ToJsonString(),
                Encoding.UTF8, type);
        }

        var form = new MultipartFormDataContent();
        foreach (var (name, schema) in Resolved(content["schema"]!)["properties"]!.AsObject())
        {
            if ((string?)schema!["format"] == "binary")
            {
                form.Add(new ByteArrayContent(await Pictures.Make("png", 64, 48)), name, "photo.png");
            }
            else
            {
                form.Add(new StringContent((string)content["example"]![name]!), name);
            }
        }

        return form;
    }

    public JsonObject Resolved(JsonNode node) =>
        (string?)node["$ref"] is { } reference
            ? reference.Split('/').Skip(1).Aggregate((JsonNode)document, (at, step) => at[step]!).AsObject()
            : node.AsObject();
}
