using System.Text.Json;
using PixeeEvents.Catalog.Products;
using PixeeEvents.Catalog.Values;
using Xunit;

namespace PixeeEvents.Catalog.Tests.Values;

public sealed class FieldValueSpecs
{
    [Theory]
    [InlineData("ean", "\"12345678\"", "\"12345678\"")]
    [InlineData("ean", "12345678901234", "\"12345678901234\"")]
    [InlineData("ean", "\" 3760000000001 \"", "\"3760000000001\"")]
    [InlineData("name", "\"  a b  \"", "\"a b\"")]
    [InlineData("name", "\"e\\u0301\"", "\"\\u00E9\"")]
    [InlineData("weight", "1.5", "1.5")]
    [InlineData("weight", "\"1.5\"", "1.5")]
    [InlineData("weight", "15e-1", "1.5")]
    [InlineData("weight", "0.123456", "0.123456")]
    [InlineData("package_weight", "\"42\"", "42")]
    [InlineData("package_weight", "42.0", "42")]
    [InlineData("country_of_origin", "\"fr\"", "\"FR\"")]
    [InlineData("end_of_life_date", "\"2028-02-29\"", "\"2028-02-29\"")]
    [InlineData("dangerous_goods", "\"TRUE\"", "true")]
    [InlineData("technical_specs", "{\"a\":[1,null]}", "{\"a\":[1,null]}")]
    public void a_value_is_kept_in_one_form(string field, string given, string kept)
    {
        var value = Parse(field, given, out var problem);
        Assert.Equal(FieldProblem.None, problem);
        Assert.Equal(kept, JsonSerializer.Serialize(value));
    }

    [Theory]
    [InlineData("ean", "\"1234567\"", FieldProblem.NotEan)]
    [InlineData("ean", "\"123456789012345\"", FieldProblem.NotEan)]
    [InlineData("ean", "\"37600000-0001\"", FieldProblem.NotEan)]
    [InlineData("ean", "1.2345678e7", FieldProblem.NotEan)]
    [InlineData("name", "true", FieldProblem.NotText)]
    [InlineData("name", "null", FieldProblem.Required)]
    [InlineData("name", "\" \"", FieldProblem.Required)]
    [InlineData("name", "\"a\\u0000b\"", FieldProblem.ControlCharacters)]
    [InlineData("name", "\"a\\nb\"", FieldProblem.ControlCharacters)]
    [InlineData("name", "\"a\\ud800\"", FieldProblem.NotUnicode)]
    [InlineData("description", "\"a\\u0007b\"", FieldProblem.ControlCharacters)]
    [InlineData("weight", "\"1,5\"", FieldProblem.NotNumber)]
    [InlineData("weight", "\"1e3\"", FieldProblem.NotNumber)]
    [InlineData("weight", "true", FieldProblem.NotNumber)]
    [InlineData("weight", "-0.1", FieldProblem.OutOfRange)]
    [InlineData("weight", "1000000001", FieldProblem.OutOfRange)]
    [InlineData("weight", "0.1234567", FieldProblem.TooManyDecimals)]
    [InlineData("package_weight", "1.5", FieldProblem.NotInteger)]
    [InlineData("package_weight", "\"x\"", FieldProblem.NotInteger)]
    [InlineData("package_quantity", "0", FieldProblem.OutOfRange)]
    [InlineData("country_of_origin", "\"XX\"", FieldProblem.NotCountry)]
    [InlineData("end_of_life_date", "\"2027-02-29\"", FieldProblem.NotDate)]
    [InlineData("dangerous_goods", "2", FieldProblem.NotBoolean)]
    [InlineData("technical_specs", "[]", FieldProblem.NotDocument)]
    [InlineData("technical_specs", "{\"a\":\"\\u0000\"}", FieldProblem.ControlCharacters)]
    public void a_value_of_another_form_is_told_what_is_wrong(string field, string given, FieldProblem expected)
    {
        Assert.Null(Parse(field, given, out var problem));
        Assert.Equal(expected, problem);
    }

    [Theory]
    [InlineData("brand", "null")]
    [InlineData("brand", "\"  \"")]
    [InlineData("weight", "\"\"")]
    [InlineData("dangerous_goods", "\"\"")]
    public void null_and_blank_mean_nothing(string field, string given)
    {
        Assert.Null(Parse(field, given, out var problem));
        Assert.Equal(FieldProblem.None, problem);
    }

    [Fact]
    public void long_text_may_have_lines_and_a_name_may_not_be_longer_than_255()
    {
        Assert.NotNull(Parse("description", "\"a\\r\\n\\tb\"", out _));
        Assert.NotNull(Parse("name", JsonSerializer.Serialize(new string('a', 255)), out _));
        Assert.Null(Parse("name", JsonSerializer.Serialize(new string('a', 256)), out var problem));
        Assert.Equal(FieldProblem.TooLong, problem);
    }

    private static JsonElement? Parse(string field, string json, out FieldProblem problem) =>
        FieldValue.Parse(ProductFields.All[field], JsonSerializer.Deserialize<JsonElement>(json), out problem);
}
