using System.Text.Json;
using PixeeEvents.Catalog.Products;
using PixeeEvents.Catalog.Values;
using Xunit;

namespace PixeeEvents.Catalog.Tests.Values;

public sealed class TextFormSpecs
{
    [Theory]
    [InlineData("\u00A0ART-1\u3000", "ART-1")]
    [InlineData("\u200BART-1\u200C\u200D", "ART-1")]
    [InlineData("\uFEFFART-1\u2060", "ART-1")]
    [InlineData("\u2009\u202F\u2003ART-1\u205F\u1680\u2028", "ART-1")]
    [InlineData("\u202AART-1\u202C\u200E", "ART-1")]
    [InlineData("\t ART-1\r\n\u0085", "ART-1")]
    [InlineData("\u00AD\u061CART-1\u180E", "ART-1")]
    [InlineData("a\u200B\u00A0b", "a\u200B\u00A0b")]
    [InlineData("e\u0301", "é")]
    [InlineData("\u200B\u00A0", "")]
    [InlineData("\u0600x", "\u0600x")]
    [InlineData("👩‍🔧\u200D", "👩‍🔧")]
    [InlineData(" a\uFFFEb ", "a\uFFFEb")]
    public void texts_are_cut_at_both_ends_and_normalised(string text, string expected) => Assert.Equal(expected, TextForm.Clean(text));

    [Theory]
    [InlineData("", true)]
    [InlineData("été 😀 \uFFFF\uFFFD", true)]
    [InlineData("a\uFFFEb", false)]
    public void a_mark_the_wrong_way_round_is_no_unicode(string text, bool expected) => Assert.Equal(expected, TextForm.IsUnicode(text));

    [Fact]
    public void half_a_pair_is_no_unicode_and_breaks_nothing()
    {
        foreach (var text in new[] { "a\uD83Db", "a\uDE00b", "😀\uD83D" })
        {
            Assert.False(TextForm.IsUnicode(text));
            Assert.Equal(text, TextForm.Clean($"\u00A0{text}\u200B"));
        }

        Assert.Equal("e\u0301 a😀", TextForm.Decomposed("é\uD83Da😀"));
    }

    [Theory]
    [InlineData("é\uFFFEa", "e\u0301 a")]
    [InlineData("éa😀", "e\u0301a😀")]
    public void what_is_no_unicode_is_decomposed_around(string text, string expected) => Assert.Equal(expected, TextForm.Decomposed(text));

    [Theory]
    [InlineData("\"a\uFFFEb\"", FieldProblem.NotUnicode)]
    [InlineData("\"\\uFFFE\"", FieldProblem.NotUnicode)]
    [InlineData("\"a\\ud800b\"", FieldProblem.NotUnicode)]
    [InlineData("\"a\\u0000b\"", FieldProblem.ControlCharacters)]
    [InlineData("\"a\\tb\"", FieldProblem.ControlCharacters)]
    [InlineData("\"\\tb\\r\\n\"", FieldProblem.None)]
    [InlineData("\"\\ud83d\\ude00\"", FieldProblem.None)]
    public void a_name_is_unicode_without_controls(string json, FieldProblem expected)
    {
        FieldValue.Parse(ProductFields.All[ProductFields.Name], JsonSerializer.Deserialize<JsonElement>(json), out var problem);
        Assert.Equal(expected, problem);
    }

    [Theory]
    [InlineData("""{"a":1e400}""", FieldProblem.NumberTooLarge)]
    [InlineData("""{"a":{"b":["\ud800"]}}""", FieldProblem.NotUnicode)]
    [InlineData("""{"\ud800":1}""", FieldProblem.NotUnicode)]
    [InlineData("""{"a":"x\ufffe"}""", FieldProblem.NotUnicode)]
    [InlineData("""{"a":"\u0007"}""", FieldProblem.ControlCharacters)]
    [InlineData("""{"a":1e4,"é":["x"]}""", FieldProblem.None)]
    public void a_document_is_refused_for_the_true_reason(string json, FieldProblem expected)
    {
        FieldValue.Parse(ProductFields.All["technical_specs"], JsonSerializer.Deserialize<JsonElement>(json), out var problem);
        Assert.Equal(expected, problem);
    }

    [Theory]
    [InlineData("weight", "1e400", FieldProblem.OutOfRange)]
    [InlineData("lead_time_days", "1e400", FieldProblem.OutOfRange)]
    [InlineData("weight", "\"\u200B1.5\u00A0\"", FieldProblem.None)]
    [InlineData("discontinued", "\"\u00A0true\u200B\"", FieldProblem.None)]
    [InlineData("ean", "\"\uFEFF3760000000001\u200B\"", FieldProblem.None)]
    public void other_fields_are_cut_alike(string field, string json, FieldProblem expected)
    {
        FieldValue.Parse(ProductFields.All[field], JsonSerializer.Deserialize<JsonElement>(json), out var problem);
        Assert.Equal(expected, problem);
    }

    [Theory]
    [InlineData("""{"\ud800":1,"ean":"x"}""", false, "x")]
    [InlineData("""{"ean":"y","ean":"x","\uDFFF":1}""", false, "x")]
    [InlineData("""{"\ud83d\ude00":1,"ean":"x"}""", true, "x")]
    [InlineData("""{"\u00e9":1}""", true, null)]
    public void a_property_is_found_beside_names_that_are_no_unicode(string json, bool areText, string? ean)
    {
        var item = JsonSerializer.Deserialize<JsonElement>(json);
        Assert.Equal(areText, FieldValue.NamesAreText(item));
        Assert.Equal(ean, FieldValue.TryGetProperty(item, "ean", out var value) ? value.GetString() : null);
    }
}
