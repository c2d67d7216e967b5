using PixeeEvents.Catalog.Settings;
using Xunit;
using static PixeeEvents.Catalog.Tests.CatalogFixture;

namespace PixeeEvents.Catalog.Tests.Settings;

public sealed class CustomFieldSpecs(CatalogFixture fixture) : IClassFixture<CatalogFixture>
{
    private readonly string _company = NewCompany();

    [Theory]
    [InlineData(CustomFieldType.Text, " Merino ", "Merino")]
    [InlineData(CustomFieldType.Number, "12.50", "12.5")]
    [InlineData(CustomFieldType.Number, "-0.0", "0")]
    [InlineData(CustomFieldType.Number, "1000", "1000")]
    [InlineData(CustomFieldType.Number, "0.1234567890123456789012345678", null)]
    [InlineData(CustomFieldType.Number, "1,5", null)]
    [InlineData(CustomFieldType.Number, "1e3", null)]
    [InlineData(CustomFieldType.Number, "twelve", null)]
    [InlineData(CustomFieldType.Date, "2024-02-29", "2024-02-29")]
    [InlineData(CustomFieldType.Date, "2023-02-29", null)]
    [InlineData(CustomFieldType.Date, "29/02/2024", null)]
    [InlineData(CustomFieldType.Boolean, "TRUE", "true")]
    [InlineData(CustomFieldType.Boolean, "0", "false")]
    [InlineData(CustomFieldType.Boolean, "perhaps", null)]
    [InlineData(CustomFieldType.List, "wool", "Wool")]
    [InlineData(CustomFieldType.List, "Linen", null)]
    public void a_value_has_one_form_by_the_type_of_its_field(CustomFieldType type, string given, string? kept)
    {
        var (value, refusal) = new CustomField(1, "Fabric", type, type == CustomFieldType.List ? ["Wool", "Cotton"] : []).Read(given);
        Assert.Equal(kept, value);
        Assert.Equal(kept is null ? "customs_invalid" : null, refusal?.Code);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("  ")]
    public void blank_clears_a_field_of_any_type(string? given) =>
        Assert.All(Enum.GetValues<CustomFieldType>(), t => Assert.Equal((null, null), new CustomField(1, "Fabric", t, []).Read(given)));

    [Fact]
    public void text_has_at_most_255_characters()
    {
        var field = new CustomField(1, "Fabric", CustomFieldType.Text, []);
        Assert.NotNull(field.Read(new string('x', 255)).Value);
        Assert.NotNull(field.Read(new string('x', 256)).Refusal);
    }

    [Fact]
    public async Task a_field_is_kept_as_given()
    {
        var field = await Add("Fabric", CustomFieldType.List, "Wool", "Cotton");
        Assert.Equivalent(field, await fixture.Catalog.CustomFields.Find(_company, field.Id, Stop));
        Assert.Equal(
            ("Fabric", CustomFieldType.List, "Wool Cotton", 1), (field.Name, field.Type, string.Join(' ', field.Options), field.Position));
        Assert.Null(await fixture.Catalog.CustomFields.Find(NewCompany(), field.Id, Stop));
    }

    [Fact]
    public async Task a_name_is_unique_in_the_company()
    {
        await Add("Fabric", CustomFieldType.Text);
        var weave = await Add("Weave", CustomFieldType.Text);
        Assert.Equal(
            "name_taken",
            (await fixture.Catalog.CustomFields.Create(_company, new CustomField(0, "FABRIC", CustomFieldType.Text, []), Stop))
                .Refusal?.Code);
        Assert.Equal(
            "name_taken",
            (await fixture.Catalog.CustomFields.Change(_company, weave.Id, f => f with { Name = "fabric" }, Stop)).Refusal?.Code);
    }

    [Theory]
    [InlineData("", CustomFieldType.Text, "", "name_length")]
    [InlineData("x", CustomFieldType.Text, "a", "options_unwanted")]
    [InlineData("x", CustomFieldType.List, "", "options_count")]
    [InlineData("x", CustomFieldType.List, "a,,b", "options_length")]
    [InlineData("x", CustomFieldType.List, "a,b,A", "options_twice")]
    public async Task a_field_without_sense_is_refused(string name, CustomFieldType type, string options, string code)
    {
        var draft = new CustomField(0, name, type, options.Length == 0 ? [] : options.Split(','));
        Assert.Equal(code, (await fixture.Catalog.CustomFields.Create(_company, draft, Stop)).Refusal?.Code);
    }

    [Fact]
    public async Task the_type_is_settled_and_options_are_not()
    {
        var field = await Add("Fabric", CustomFieldType.List, "Wool");
        Assert.Equal(
            "type_settled",
            (
                await fixture.Catalog.CustomFields.Change(
                    _company, field.Id, f => f with { Type = CustomFieldType.Text, Options = [] }, Stop)).Refusal?.Code);
        var changed = (await fixture.Catalog.CustomFields.Change(_company, field.Id, f => f with { Options = ["Linen"] }, Stop)).Changed!;
        Assert.Equal(["Linen"], changed.Options);
    }

    [Fact]
    public async Task a_field_is_found_by_id_or_name()
    {
        var field = await Add("Fabric", CustomFieldType.Text);
        Assert.Equal(
            $"{field.Id} {field.Id} custom_field_unknown",
            await fixture.Resolve(_company, fixture.Catalog.CustomFields.Resolve, field.Id.ToString(), "fabric", "Weave"));
    }

    private async Task<CustomField> Add(string name, CustomFieldType type, params string[] options)
    {
        var (created, refusal) = await fixture.Catalog.CustomFields.Create(_company, new CustomField(0, name, type, options), Stop);
        Assert.Null(refusal);
        return created!;
    }
}
