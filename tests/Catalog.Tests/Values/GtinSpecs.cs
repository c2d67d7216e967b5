using System.Text.Json;
using PixeeEvents.Catalog.Products;
using PixeeEvents.Catalog.Values;
using PixeeEvents.EventLog;
using Xunit;

namespace PixeeEvents.Catalog.Tests.Values;

public sealed class GtinSpecs
{
    [Theory]
    [InlineData("12345670", "0000012345670")]
    [InlineData("012345678905", "0012345678905")]
    [InlineData("00012345678905", "0012345678905")]
    [InlineData("3760000000001", "3760000000001")]
    [InlineData("03760000000001", "3760000000001")]
    [InlineData("13760000000008", "13760000000008")]
    public void every_padding_of_a_number_is_that_number(string text, string number) => Assert.Equal(number, Gtin.Number(text));

    [Theory]
    [InlineData("12345678901")]
    [InlineData("0123456789")]
    [InlineData("ABC-0001")]
    [InlineData("٣٧٦٠٠٠٠٠")]
    [InlineData("0000000000000")]
    [InlineData("")]
    public void what_is_no_gtin_stands_for_itself(string text)
    {
        Assert.Equal(text, Gtin.Number(text));
        Assert.Equal([text], Gtin.Spellings(text));
    }

    [Theory]
    [InlineData("12345670", "12345670 000012345670 0000012345670 00000012345670")]
    [InlineData("0012345678905", "0012345678905 012345678905 00012345678905")]
    [InlineData("03760000000001", "03760000000001 3760000000001")]
    [InlineData("13760000000008", "13760000000008")]
    public void the_spellings_of_a_number_are_known(string text, string spellings) =>
        Assert.Equal(spellings, string.Join(' ', Gtin.Spellings(text)));

    [Theory]
    [InlineData("3760000000001", "03760000000001", true)]
    [InlineData("3760000000001", "3760000000002", false)]
    [InlineData("1234567890", "01234567890", false)]
    [InlineData(null, null, true)]
    [InlineData(null, "3760000000001", false)]
    public void two_paddings_are_the_same(string? one, string? other, bool same) => Assert.Equal(same, Gtin.Same(one, other));

    [Theory]
    [InlineData("\"0000000000000\"", true)]
    [InlineData("\" 00000000 \"", true)]
    [InlineData("0", true)]
    [InlineData("\"\"", false)]
    [InlineData("\"00000001\"", false)]
    [InlineData("null", false)]
    [InlineData("\"\\ud800\"", false)]
    public void zeros_alone_are_no_ean(string json, bool none)
    {
        Assert.Equal(none, Gtin.IsNone(JsonSerializer.Deserialize<JsonElement>(json)));
        if (none)
        {
            var ean = ProductFields.All[ProductFields.Ean];
            Assert.Null(FieldValue.Text(ean, JsonSerializer.Deserialize<JsonElement>(json), out var problem));
            Assert.Equal(FieldProblem.None, problem);
        }
    }

    [Theory]
    [InlineData("03760000000001", 0)]
    [InlineData("3760000000001", 0)]
    [InlineData("3760000000002", 1)]
    public void another_padding_changes_nothing(string ean, int events)
    {
        var fields = new Dictionary<string, JsonElement> { ["name"] = Json("a"), ["ean"] = Json("3760000000001") };
        var product = new Product(default, true, true, fields);
        var decision = new ReviseProduct(new Dictionary<string, JsonElement?> { ["ean"] = Json(ean) }).Decide(product);
        Assert.Equal(events, decision.Events.Count);
        Assert.Null(decision.Refusal);
    }

    private static JsonElement Json(string text) => JsonSerializer.SerializeToElement(text);
}
