using PixeeEvents.Catalog.Settings;
using Xunit;
using static PixeeEvents.Catalog.Tests.CatalogFixture;

namespace PixeeEvents.Catalog.Tests.Settings;

public sealed class SettingTableSpecs(CatalogFixture fixture) : IClassFixture<CatalogFixture>
{
    private readonly string _company = NewCompany();

    private ProductStatuses Statuses => fixture.Catalog.Statuses;

    private Seasons Seasons => fixture.Catalog.Seasons;

    [Fact]
    public async Task a_company_without_statuses_has_draft_sample_validated()
    {
        Assert.Equal("draft sample validated", await StatusNames());
        Assert.Equal("1 2 status_unknown", await fixture.Resolve(_company, Statuses.Resolve, "Draft", "2", "Sketch"));
    }

    [Fact]
    public async Task own_statuses_take_the_place_of_the_default_ones()
    {
        var sketch = await Add("Sketch");
        Assert.Equal("Sketch", await StatusNames());
        Assert.Equal(
            $"{sketch} {sketch} status_unknown status_unknown",
            await fixture.Resolve(_company, Statuses.Resolve, "SKETCH", sketch.ToString(), "draft", "1"));
        Assert.Equal("draft sample validated", string.Join(' ', (await Statuses.List(NewCompany(), Stop)).Select(s => s.Name)));
        await Statuses.Delete(_company, sketch, Stop);
        Assert.Equal("draft sample validated", await StatusNames());
    }

    [Fact]
    public async Task the_first_status_is_what_a_new_product_has()
    {
        Assert.Equal("draft", (await fixture.Catalog.Settings(_company, [], Stop)).DefaultStatus.Name);
        await Add("Sketch");
        await Add("Idea", position: 1);
        var settings = await fixture.Catalog.Settings(_company, [], Stop);
        Assert.Equal("Idea", settings.DefaultStatus.Name);
        Assert.Equal(
            ("Sketch", "draft", null), (settings.StatusName(settings.Statuses[1].Id), settings.StatusName(1), settings.StatusName(99)));
    }

    [Fact]
    public async Task a_position_is_a_place_in_the_list()
    {
        await Add("A");
        await Add("B");
        var c = await Add("C");
        await Add("D", position: 2);
        Assert.Equal("A D B C", await StatusNames());
        await Statuses.Change(_company, c, s => s with { Position = 1 }, Stop);
        Assert.Equal("C A D B", await StatusNames());
        Assert.Equal([1, 2, 3, 4], (await Statuses.List(_company, Stop)).Select(s => s.Position));
        await Statuses.Change(_company, c, s => s with { Position = 100 }, Stop);
        Assert.Equal("A D B C", await StatusNames());
        await Statuses.Delete(_company, (await Statuses.List(_company, Stop))[1].Id, Stop);
        Assert.Equal([1, 2, 3], (await Statuses.List(_company, Stop)).Select(s => s.Position));
    }

    [Fact]
    public async Task places_stay_whole_when_many_write_at_once()
    {
        await Task.WhenAll(Enumerable.Range(0, 12).Select(n => Add($"S{n}", position: 1 + (n % 3))));
        Assert.Equal(Enumerable.Range(1, 12), (await Statuses.List(_company, Stop)).Select(s => s.Position));
    }

    [Fact]
    public async Task a_row_of_another_company_is_not_there()
    {
        var sketch = await Add("Sketch");
        var other = NewCompany();
        Assert.Null(await Statuses.Find(other, sketch, Stop));
        Assert.Equal((null, null), await Statuses.Change(other, sketch, s => s with { Name = "Mine" }, Stop));
        Assert.Equal((false, null), await Statuses.Delete(other, sketch, Stop));
        Assert.Equal("Sketch", await StatusNames());
    }

    [Fact]
    public async Task a_season_is_found_by_id_code_or_name()
    {
        var summer = (await Seasons.Create(_company, new Season(0, "Summer 2027", "SS27"), Stop)).Created!;
        var odd = (await Seasons.Create(_company, new Season(0, "SS27", "ODD"), Stop)).Created!;
        Assert.Equal(
            $"{summer.Id} {summer.Id} {summer.Id} {odd.Id} season_unknown",
            await fixture.Resolve(_company, Seasons.Resolve, summer.Id.ToString(), "ss27", "summer 2027", "odd", "FW27"));
        var settings = await fixture.Catalog.Settings(_company, [], Stop);
        Assert.Equal(("SS27", null), (settings.Season(summer.Id)?.Code, settings.Season(0)));
    }

    [Fact]
    public async Task name_and_code_of_a_season_are_unique()
    {
        await Seasons.Create(_company, new Season(0, "Summer", "SS27"), Stop);
        Assert.Equal("name_taken", (await Seasons.Create(_company, new Season(0, "SUMMER", "X"), Stop)).Refusal?.Code);
        Assert.Equal("code_taken", (await Seasons.Create(_company, new Season(0, "Other", "ss27"), Stop)).Refusal?.Code);
        Assert.Equal("code_length", (await Seasons.Create(_company, new Season(0, "Other", ""), Stop)).Refusal?.Code);
    }

    [Fact]
    public async Task a_sizeset_applies_to_its_branch_or_to_all()
    {
        var tree = fixture.Catalog.Categories;
        var clothes = (await tree.Create(_company, new CategoryDraft("Clothes"), Stop)).Created!;
        var shirts = (await tree.Create(_company, new CategoryDraft("Shirts", Parent: clothes.Number), Stop)).Created!;
        var shoes = (await tree.Create(_company, new CategoryDraft("Shoes"), Stop)).Created!;
        await fixture.Catalog.Sizesets.Create(_company, new Sizeset(0, "One size", ["U"]), Stop);
        await fixture.Catalog.Sizesets.Create(_company, new Sizeset(0, "Letters", ["S", "M", "L"], clothes.Number), Stop);
        var settings = await fixture.Catalog.Settings(_company, [shirts.Number, shoes.Number], Stop);
        Assert.Equal("One size, Letters", Sets(shirts.Number));
        Assert.Equal("One size", Sets(shoes.Number));
        Assert.Equal("One size", Sets(null));

        string Sets(long? category) => string.Join(", ", settings.SizesetsOf(category).Select(s => s.Name));
    }

    [Fact]
    public async Task a_sizeset_holds_different_sizes_in_their_order()
    {
        var sets = fixture.Catalog.Sizesets;
        Assert.Equal(["XS", "S", "M"], (await sets.Create(_company, new Sizeset(0, "Letters", ["XS", "S", "M"]), Stop)).Created!.Sizes);
        Assert.Equal("sizes_count", (await sets.Create(_company, new Sizeset(0, "None", []), Stop)).Refusal?.Code);
        Assert.Equal("sizes_twice", (await sets.Create(_company, new Sizeset(0, "Twice", ["M", "m"]), Stop)).Refusal?.Code);
        Assert.Equal("sizes_length", (await sets.Create(_company, new Sizeset(0, "Blank", [""]), Stop)).Refusal?.Code);
        Assert.Equal("category_unknown", (await sets.Create(_company, new Sizeset(0, "Lost", ["M"], 999_999_999), Stop)).Refusal?.Code);
    }

    private async Task<long> Add(string name, int position = 0)
    {
        var (created, refusal) = await Statuses.Create(_company, new ProductStatus(0, name, position), Stop);
        Assert.Null(refusal);
        return created!.Id;
    }

    private async Task<string> StatusNames() => string.Join(' ', (await Statuses.List(_company, Stop)).Select(s => s.Name));
}
