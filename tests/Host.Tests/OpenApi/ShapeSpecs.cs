using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using PixeeEvents.Host.OpenApi;
using PixeeEvents.Testing;
using Xunit;

namespace PixeeEvents.Host.Tests.OpenApi;

/// <summary>Every operation has a shape for what it takes and for each status, and every shape a name.</summary>
public sealed partial class ShapeSpecs(WinDevServer server) : IClassFixture<WinDevServer>
{
    private static readonly HttpClient Http = new();

    [Fact]
    public async Task every_operation_names_the_shape_of_its_body_and_of_each_answer()
    {
        var operations = ShownOperation.Of(await Document(ApiDocuments.WholePath));
        Assert.True(operations.Count > 100);
        Assert.All(operations, o =>
        {
            Assert.All(o.Statuses.Except(["204", "304"]), s => Assert.All(
                o.ResponseOf(s)["content"]!.AsObject(),
                c => Assert.True(IsNamed(c.Value!["schema"]) || IsFree(o, s), $"{o.Name} {s} {c.Key}")));
            Assert.All(o.Bodies, c => Assert.True(IsNamed(c.Value!["schema"]), $"{o.Name} {c.Key}"));
            Assert.Contains("429", o.Statuses);
        });
    }

    [Fact]
    public async Task every_body_that_is_shown_has_its_shape()
    {
        var (wrong, bodies) = (new List<string>(), 0);
        foreach (var operation in ShownOperation.Of(await Document(ApiDocuments.WholePath)))
        {
            if (operation.Bodies["application/json"] is { } body)
            {
                bodies++;
                var problems = await JsonSchema.Errors(
                    operation.Name, () => operation.Whole(body["schema"]!), body["example"]!.ToJsonString());
                wrong.AddRange(problems.Select(p => $"{operation.Name}: {p}"));
            }
        }

        Assert.True(bodies > 40);
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public async Task no_schema_has_an_object_or_a_choice_without_a_name_inside()
    {
        foreach (var path in Face.All.Select(f => f.Path).Append(ApiDocuments.WholePath))
        {
            var document = await Document(path);
            var schemas = document["components"]!["schemas"]!.AsObject();
            Assert.All(schemas, s => Assert.Empty(Nameless(s.Value!, isTop: true).Select(n => $"{path} {s.Key}: {n.ToJsonString()}")));
            var used = Reference().Matches(document.ToJsonString()).Select(m => m.Groups["name"].Value).ToHashSet();
            Assert.Empty(schemas.Select(s => s.Key).Except(used));
        }
    }

    [Fact]
    public async Task each_face_has_a_document_of_its_own_that_is_read_without_a_key()
    {
        var whole = ShownOperation.Of(await Document(ApiDocuments.WholePath));
        foreach (var face in Face.All)
        {
            var operations = ShownOperation.Of(await Document(face.Path));
            Assert.Equal(whole.Where(o => o.Face == face.Name).Select(o => o.Name), operations.Select(o => o.Name));
            Assert.All(operations, o => Assert.Matches("^[A-Z][A-Za-z0-9]+$", (string)o.Json["operationId"]!));
            Assert.Equal(operations.Count, operations.Select(o => (string)o.Json["operationId"]!).Distinct().Count());
        }
    }

    [Fact]
    public async Task the_windev_document_makes_twelve_procedures_that_read_well()
    {
        var operations = ShownOperation.Of(await Document("/api/v1/windev/openapi.json"));
        Assert.Equal(
            [
                "ActivateProduct", "DeactivateProduct", "GetProduct", "GetStatus", "ListCategories", "ListProducts", "ListProductsSince",
                "ListSuppliers", "PatchProduct", "SyncProducts", "UpdatePrices", "UpdateStock",
            ],
            operations.Select(o => (string)o.Json["operationId"]!).Order(StringComparer.Ordinal));
    }

    private static bool IsNamed(JsonNode? schema) => schema!["$ref"] is not null || (schema["items"] is { } items && IsNamed(items));

    /// <summary>Documents of other kinds have no shape of ours.</summary>
    private static bool IsFree(ShownOperation operation, string status) =>
        status == operation.Status
        && (operation.Path.EndsWith("/asyncapi.json", StringComparison.Ordinal)
            || operation.Path.Contains("/event-types/", StringComparison.Ordinal));

    private static IEnumerable<JsonNode> Nameless(JsonNode node, bool isTop = false)
    {
        if (node is JsonArray items)
        {
            return items.SelectMany(i => Nameless(i!));
        }

        if (node is not JsonObject schema)
        {
            return [];
        }

        // What may also be null is a choice that every reader knows.
        var options = (schema["oneOf"] ?? schema["anyOf"])?.AsArray() ?? [];
        var isChoice = schema["allOf"] is not null || options.Count(o => (string?)o!["type"] != "null") > 1;
        var inside = (schema["properties"]?.AsObject().Select(p => p.Value!) ?? [])
            .Concat(schema.Where(p => p.Key is "items" or "oneOf" or "anyOf" or "allOf").Select(p => p.Value!));
        return (isTop || (schema["properties"] is null && !isChoice) ? [] : new[] { node }).Concat(inside.SelectMany(i => Nameless(i)));
    }

    private async Task<JsonObject> Document(string path) =>
        JsonNode.Parse(await Http.GetStringAsync(new Uri(server.Address, path), TestContext.Current.CancellationToken))!.AsObject();

    [GeneratedRegex("#/components/schemas/(?<name>[^\"]+)\"", RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex Reference();
}
