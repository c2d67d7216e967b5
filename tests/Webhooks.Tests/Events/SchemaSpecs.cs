using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using PixeeEvents.Testing;
using PixeeEvents.Webhooks.Events;
using Xunit;

namespace PixeeEvents.Webhooks.Tests.Events;

public sealed class SchemaSpecs
{
    private const string Schema =
        """
        {"type":"object","required":["id"],"properties":{"id":{"type":"string","pattern":"^a"},"total":{"type":"integer","minimum":1},
         "items":{"type":"array","items":{"type":"object","properties":{"ean":{"type":["string","null"]}}}}}}
        """;

    public static TheoryData<string, string> Published =>
        [.. EventCatalogue.Versions.SelectMany(v => EventCatalogue.Types.Select(t => (v, t.Name)))];

    [Theory]
    [MemberData(nameof(Published))]
    public void a_published_schema_is_only_ever_added_to(string version, string type)
    {
        var approved = JsonNode.Parse(File.ReadAllText(Path.Combine(Approved(), version, type + ".json")));
        Assert.Empty(Compatibility.Breaks(approved, EventCatalogue.Schema(type, version)));
    }

    [Fact]
    public void every_approved_schema_is_still_served()
    {
        var approved = Directory.EnumerateFiles(Approved(), "*.json", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(Approved(), f)).ToList();
        Assert.Equal(20, approved.Count);
        Assert.DoesNotContain(
            approved, f => !EventCatalogue.Versions.Any(v => EventCatalogue.Types.Any(t => f == Path.Combine(v, t.Name + ".json"))));
    }

    [Theory]
    [InlineData("""s["properties"]["total"] removed""", "/properties/total is gone")]
    [InlineData("""s["properties"]["total"] renamed""", "/properties/total is gone")]
    [InlineData("type changed", "/properties/total/type was \"integer\", is \"string\"")]
    [InlineData("type lost", "/properties/items/items/properties/ean/type was [\"string\",\"null\"], is [\"string\"]")]
    [InlineData("pattern tightened", "/properties/id/pattern was \"^a\", is \"^ab\"")]
    [InlineData("limit added", "/properties/total/maximum was added")]
    [InlineData("no longer required", "/required was [\"id\"], is []")]
    [InlineData("optional added", null)]
    [InlineData("described", null)]
    public void a_change_that_a_reader_would_trip_over_is_found(string change, string? found)
    {
        var (published, today) = (JsonNode.Parse(Schema)!, JsonNode.Parse(Schema)!);
        var properties = today["properties"]!.AsObject();
        switch (change)
        {
            case """s["properties"]["total"] removed""":
                properties.Remove("total");
                break;
            case """s["properties"]["total"] renamed""":
                properties["sum"] = properties["total"]!.DeepClone();
                properties.Remove("total");
                break;
            case "type changed":
                properties["total"]!["type"] = "string";
                break;
            case "type lost":
                properties["items"]!["items"]!["properties"]!["ean"]!["type"] = new JsonArray("string");
                break;
            case "pattern tightened":
                properties["id"]!["pattern"] = "^ab";
                break;
            case "limit added":
                properties["total"]!["maximum"] = 10;
                break;
            case "no longer required":
                today["required"] = new JsonArray();
                break;
            case "optional added":
                properties["more"] = new JsonObject { ["type"] = "string" };
                break;
            default:
                properties["total"]!["description"] = "How many.";
                break;
        }

        Assert.Equal(found is null ? [] : [found], Compatibility.Breaks(published, today));
    }

    [Theory]
    [MemberData(nameof(Published))]
    public async Task every_example_is_valid(string version, string type)
    {
        var example = EventCatalogue.Example(type, version, new Uri("https://hub.example"));
        Assert.Empty(await JsonSchema.Errors(EventCatalogue.Schema(type, version), JsonSerializer.SerializeToUtf8Bytes(example)));
        example["data"]!["unheard_of"] = 1;
        Assert.NotEmpty(await JsonSchema.Errors(EventCatalogue.Schema(type, version), JsonSerializer.SerializeToUtf8Bytes(example)));
    }

    [Fact]
    public void two_versions_are_served_the_elder_six_months_after_the_newer_came()
    {
        Assert.Equal(["2026-11-01", "2026-05-01"], EventCatalogue.Versions);
        Assert.Null(EventCatalogue.ServedUntil("2026-11-01"));
        Assert.Equal(new DateOnly(2027, 5, 1), EventCatalogue.ServedUntil("2026-05-01"));
    }

    private static string Approved([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "..", "approved");
}
