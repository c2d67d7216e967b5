using System.Text.Json;
using Xunit;

namespace PixeeEvents.Host.Tests.OldDatabase;

public sealed class JsonDifferenceSpecs
{
    [Theory]
    [InlineData("""{"a":1,"b":[{"c":"é"}]}""", """{"b":[{"c":"\u00e9","d":2}],"a":1,"e":null}""", null)]
    [InlineData("""{"a":{"b":1}}""", """{"a":{"c":1}}""", "$.a.b is gone and was 1")]
    [InlineData("""{"a":null}""", "{}", "$.a is gone and was null")]
    [InlineData("""{"a":[{"b":1},{"b":2}]}""", """{"a":[{"b":1},{"b":3}]}""", "$.a[1].b is 3 and was 2")]
    [InlineData("""{"a":15}""", """{"a":15.00}""", null)]
    [InlineData("""{"a":15}""", """{"a":15.01}""", "$.a is 15.01 and was 15")]
    [InlineData("""{"a":15}""", """{"a":"15"}""", "$.a is \"15\" and was 15")]
    [InlineData("""{"a":true}""", """{"a":false}""", "$.a is false and was true")]
    [InlineData("""{"a":[]}""", """{"a":{}}""", "$.a is {} and was []")]
    [InlineData("""{"a":[1,2]}""", """{"a":[2,1]}""", "$.a[0] is 2 and was 1")]
    [InlineData("[1,2]", "[1]", "$ has 1 items and had 2")]
    [InlineData("[]", "[1]", "$ has 1 items and had 0")]
    [InlineData("""{"s":{"x":"open"}}""", """{"s":{"x":"••••"}}""", null)]
    [InlineData("""{"s":{"x":"open"}}""", """{"s":{}}""", "$.s.x is gone and was \"open\"")]
    public void what_was_there_is_the_same_and_what_came_since_is_no_difference(string recorded, string now, string? difference) =>
        Assert.Equal(
            difference,
            JsonDifference.First(Json(recorded), Json(now), path => path == "$.s.x"));

    private static JsonElement Json(string text) => JsonSerializer.Deserialize<JsonElement>(text);
}
