using System.Globalization;
using System.Text.Json;
using PixeeEvents.Catalog.Products;
using PixeeEvents.Catalog.Settings;
using PixeeEvents.Catalog.Values;
using Xunit;

namespace PixeeEvents.Catalog.Tests.Values;

/// <summary>Numbers, flags, days and identifiers as programs write them, whichever way they come in.</summary>
public sealed class ValueSpecs
{
    [Theory]
    [InlineData("0.30000000000000004", "0.3")]
    [InlineData("22.199999999999999", "22.2")]
    [InlineData("99.9999999999986", "100")]
    [InlineData("5.551115123125783e-17", "0")]
    [InlineData("-5.551115123125783e-17", "0")]
    [InlineData("123456789.03000002", "123456789.03")]
    [InlineData("0.1000000000000000055511151231257827021181583404541015625", "0.1")]
    [InlineData("\"0.30000000000000004\"", "0.3")]
    [InlineData("1.00000000000000000000000000001", "1")]
    [InlineData("18.505", "18.505")]
    [InlineData("0.123456", "0.123456")]
    [InlineData("999999999.123456", "999999999.123456")]
    [InlineData("1.50", "1.50")]
    [InlineData("-0", "0")]
    [InlineData("1e-400", "0")]
    public void binary_noise_is_rounded_and_what_six_decimals_hold_stays(string given, string kept) =>
        Assert.Equal((kept, FieldProblem.None), Parse("weight", given));

    [Theory]
    [InlineData("12.000000000000002", "12", FieldProblem.None)]
    [InlineData("11.999999999999998", "12", FieldProblem.None)]
    [InlineData("\"12.000000000000002\"", "12", FieldProblem.None)]
    [InlineData("12.5", null, FieldProblem.NotInteger)]
    [InlineData("12.000001", null, FieldProblem.NotInteger)]
    [InlineData("12.0000001", null, FieldProblem.NotInteger)]
    public void an_integer_may_have_noise_and_no_fraction(string given, string? kept, FieldProblem problem) =>
        Assert.Equal((kept, problem), Parse("package_weight", given));

    [Theory]
    [InlineData("0.1234567", FieldProblem.TooManyDecimals)]
    [InlineData("1234567.0123456", FieldProblem.TooManyDecimals)]
    [InlineData("1e400", FieldProblem.OutOfRange)]
    [InlineData("-1e400", FieldProblem.OutOfRange)]
    [InlineData("\"99999999999999999999999999999999999\"", FieldProblem.OutOfRange)]
    [InlineData("1000000000.0000001", FieldProblem.None)]
    [InlineData("1000000000.00001", FieldProblem.OutOfRange)]
    public void what_is_wrong_with_a_number_is_said_as_it_is(string given, FieldProblem problem) =>
        Assert.Equal(problem, Parse("weight", given).Problem);

    [Fact]
    public void whatever_doubles_make_of_numbers_with_two_decimals_the_numbers_come_in()
    {
        var random = new Random(17);
        for (var i = 0; i < 20_000; i++)
        {
            var (cents, pieces) = (random.Next(100_000_000), random.Next(1, 1000));
            var sum = (cents / 100d * pieces / pieces) + 0.1 + 0.2 - 0.3;
            var given = sum.ToString("R", CultureInfo.InvariantCulture);
            var (kept, problem) = Parse("weight", given);
            Assert.Equal((cents / 100m, FieldProblem.None), (decimal.Parse(kept ?? "-1", CultureInfo.InvariantCulture), problem));
        }
    }

    [Theory]
    [InlineData("1", true)]
    [InlineData("0", false)]
    [InlineData("1.0", true)]
    [InlineData("\"1\"", true)]
    [InlineData("\"0\"", false)]
    [InlineData("true", true)]
    [InlineData("\"TRUE\"", true)]
    [InlineData("\" false \"", false)]
    [InlineData("\"oui\"", true)]
    [InlineData("\"Non\"", false)]
    [InlineData("\"VRAI\"", true)]
    [InlineData("\"faux\"", false)]
    [InlineData("2", null)]
    [InlineData("\"peut-être\"", null)]
    [InlineData("\"ou\"", null)]
    [InlineData("[]", null)]
    public void a_flag_takes_numbers_and_words(string given, bool? flag) => Assert.Equal(
        (flag?.ToString().ToLowerInvariant(), flag is null ? FieldProblem.NotBoolean : FieldProblem.None), Parse("dangerous_goods", given));

    [Theory]
    [InlineData("\"2026-03-01\"", "2026-03-01")]
    [InlineData("\"20260301\"", "2026-03-01")]
    [InlineData("20260301", "2026-03-01")]
    [InlineData("\"2026-03-01T23:30:00Z\"", "2026-03-01")]
    [InlineData("\"2026-03-01T00:30:00.123456789+02:00\"", "2026-03-01")]
    [InlineData("\"2026-03-01 00:00:00\"", "2026-03-01")]
    [InlineData("\"20260301T143000\"", "2026-03-01")]
    [InlineData("\"20260301143000123\"", "2026-03-01")]
    [InlineData("\"2028-02-29T10:00\"", "2028-02-29")]
    [InlineData("\"20270229\"", null)]
    [InlineData("\"2026-03-01T25:00:00Z\"", null)]
    [InlineData("\"2026-03-01 soon\"", null)]
    [InlineData("\"2026-03-011\"", null)]
    [InlineData("\"202603011\"", null)]
    [InlineData("\"2026-3-1\"", null)]
    [InlineData("\"31/01/2027\"", null)]
    public void a_day_may_be_compact_or_stand_in_a_timestamp(string given, string? day) =>
        Assert.Equal(
            (day is null ? null : $"\"{day}\"", day is null ? FieldProblem.NotDate : FieldProblem.None), Parse("end_of_life_date", given));

    [Theory]
    [InlineData("reference", "12345", "12345")]
    [InlineData("reference", "12345.0", "12345")]
    [InlineData("size", "-5", "-5")]
    [InlineData("name", "7", "7")]
    [InlineData("hs_code", "85291080", "85291080")]
    [InlineData("ean", "3760000000001.0", "3760000000001")]
    [InlineData("reference", "99999999999999999999999999999999", "99999999999999999999999999999999")]
    public void a_text_takes_an_integer_as_its_digits(string field, string given, string kept) =>
        Assert.Equal(($"\"{kept}\"", FieldProblem.None), Parse(field, given));

    [Theory]
    [InlineData("reference", "12.5", FieldProblem.NotText)]
    [InlineData("reference", "1e5", FieldProblem.NotText)]
    [InlineData("reference", "true", FieldProblem.NotText)]
    [InlineData("ean", "3.76E+12", FieldProblem.NotEan)]
    [InlineData("ean", "37600000.5", FieldProblem.NotEan)]
    public void a_text_takes_no_number_whose_digits_are_not_sure(string field, string given, FieldProblem problem) =>
        Assert.Equal((null, problem), Parse(field, given));

    [Fact]
    public void a_text_of_digits_is_no_longer_than_any_other() =>
        Assert.Equal(FieldProblem.TooLong, Parse("reference", new string('9', 256)).Problem);

    [Fact]
    public void blank_text_clears_a_field_of_any_kind_but_the_name()
    {
        foreach (var field in ProductFields.All.Values.Where(f => f.IsClearable))
        {
            Assert.Equal((null, FieldProblem.None), Parse(field.Name, "\"\""));
            Assert.Equal((null, FieldProblem.None), Parse(field.Name, "\"  \""));
        }

        Assert.Equal((null, FieldProblem.Required), Parse(ProductFields.Name, "\"\""));
    }

    [Theory]
    [InlineData(CustomFieldType.Number, "0.30000000000000004", "0.3")]
    [InlineData(CustomFieldType.Number, "3.14159265358979323", "3.14159265358979323")]
    [InlineData(CustomFieldType.Number, "12345678901234567890", "12345678901234567890")]
    [InlineData(CustomFieldType.Date, "20260301", "2026-03-01")]
    [InlineData(CustomFieldType.Date, "2026-03-01T23:30:00Z", "2026-03-01")]
    [InlineData(CustomFieldType.Boolean, "oui", "true")]
    [InlineData(CustomFieldType.Boolean, "Non", "false")]
    public void the_companys_own_fields_follow_the_same_rules(CustomFieldType type, string given, string kept) =>
        Assert.Equal(kept, new CustomField(1, "Champ", type, []).Read(given).Value);

    [Theory]
    [InlineData("oui", true)]
    [InlineData("n", false)]
    [InlineData("", null)]
    [InlineData("perhaps", null)]
    public void words_alone_are_read_alike(string text, bool? flag) => Assert.Equal(flag, FlagValue.Read(text));

    private static (string? Kept, FieldProblem Problem) Parse(string field, string json)
    {
        var value = FieldValue.Parse(ProductFields.All[field], JsonSerializer.Deserialize<JsonElement>(json), out var problem);
        return (value?.GetRawText(), problem);
    }
}
