using PixeeEvents.Catalog.Settings;
using PixeeEvents.EventLog;
using PixeeEvents.Testing;
using Xunit;
using static PixeeEvents.Catalog.Tests.CatalogFixture;

namespace PixeeEvents.Catalog.Tests.Settings;

public sealed class CategoryTreeSpecs(CatalogFixture fixture) : IClassFixture<CatalogFixture>
{
    private readonly string _company = NewCompany();

    private CategoryTree Tree => fixture.Catalog.Categories;

    [Fact]
    public async Task a_branch_of_any_depth_is_told_from_the_root()
    {
        Category? last = null;
        for (var level = 0; level < 40; level++)
        {
            last = await Add($"Level {level}", last);
        }

        var path = await Tree.Path(_company, last!.Number, Stop);
        Assert.Equal(Enumerable.Range(0, 40).Select(l => (l, $"Level {l}")), path.Select(c => (c.Level, c.Name)));
        Assert.Equal(path.SkipLast(1).Select(c => (long?)c.Number).Prepend(null), path.Select(c => c.ParentNumber));
    }

    [Fact]
    public async Task the_branches_of_many_categories_come_at_once()
    {
        var (audio, video) = (await Add("Audio"), await Add("Video"));
        var (loud, screens) = (await Add("Loudspeakers", audio), await Add("Screens", video));
        var settings = await fixture.Catalog.Settings(_company, [loud.Number, screens.Number, 999_999_999], Stop);
        Assert.Equal("Audio Loudspeakers", Names(settings.Path(loud.Number)));
        Assert.Equal("Video Screens", Names(settings.Path(screens.Number)));
        Assert.Equal(("", ""), (Names(settings.Path(999_999_999)), Names(settings.Path(null))));
    }

    [Theory]
    [InlineData("A", "name_length")]
    [InlineData("AB", null)]
    [InlineData("1234567890123456789012345678901234567890123456789012345678901234", null)]
    [InlineData("12345678901234567890123456789012345678901234567890123456789012345", "name_length")]
    public async Task a_name_has_2_to_64_characters(string name, string? code)
    {
        Assert.Equal(code, (await Tree.Create(_company, new CategoryDraft(name), Stop)).Refusal?.Code);
        Assert.Equal(code, (await Tree.Put(NewCompany(), name, "a", null, 1, Stop))?.Code);
    }

    [Fact]
    public async Task a_name_is_unique_among_siblings_whatever_the_case()
    {
        var (audio, video) = (await Add("Audio"), await Add("Vidéo"));
        Assert.Equal("name_taken", (await Tree.Create(_company, new CategoryDraft("AUDIO"), Stop)).Refusal?.Code);
        await Add("Cables", audio);
        var cables = await Add("Cables", video);
        Assert.Equal("name_taken", (await Tree.Change(_company, cables.Number, d => d with { Parent = audio.Number }, Stop)).Refusal?.Code);
        Assert.Equal("name_taken", (await Tree.Change(_company, video.Number, d => d with { Name = "audio" }, Stop)).Refusal?.Code);
        Assert.Equal("name_taken", (await Tree.Put(_company, "audio", "other", null, 1, Stop))?.Code);
        Assert.Null((await Tree.Create(NewCompany(), new CategoryDraft("Audio"), Stop)).Refusal);
    }

    [Fact]
    public async Task a_moved_category_takes_its_branch_along()
    {
        var (audio, video) = (await Add("Audio"), await Add("Video"));
        var cables = await Add("Cables", audio);
        var short_ = await Add("Short", cables);
        var moved = (await Tree.Change(_company, audio.Number, d => d with { Parent = video.Number }, Stop)).Changed;
        Assert.Equal((1, video.Number), (moved!.Level, moved.ParentNumber));
        Assert.Equal("Video Audio Cables Short", Names(await Tree.Path(_company, short_.Number, Stop)));
        Assert.Equal([0, 1, 2, 3], (await Tree.Path(_company, short_.Number, Stop)).Select(c => c.Level));
        await Tree.Change(_company, cables.Number, d => d with { Parent = null }, Stop);
        Assert.Equal([0, 1], (await Tree.Path(_company, short_.Number, Stop)).Select(c => c.Level));
    }

    [Fact]
    public async Task no_category_lies_below_itself()
    {
        var audio = await Add("Audio");
        var cables = await Add("Cables", audio);
        Assert.Equal(
            "parent_below", (await Tree.Change(_company, audio.Number, d => d with { Parent = cables.Number }, Stop)).Refusal?.Code);
        Assert.Equal(
            "parent_below", (await Tree.Change(_company, audio.Number, d => d with { Parent = audio.Number }, Stop)).Refusal?.Code);
    }

    [Fact]
    public async Task moves_that_cross_leave_no_ring()
    {
        for (var round = 0; round < 5; round++)
        {
            var (a, b) = (await Add($"A{round}"), await Add($"B{round}"));
            var moves = await Task.WhenAll(
                Tree.Change(_company, a.Number, d => d with { Parent = b.Number }, Stop),
                Tree.Change(_company, b.Number, d => d with { Parent = a.Number }, Stop));
            Assert.Single(moves, m => m.Refusal?.Code == "parent_below");
        }
    }

    [Fact]
    public async Task a_parent_belongs_to_the_company()
    {
        var foreign = (await Tree.Create(NewCompany(), new CategoryDraft("Audio"), Stop)).Created!;
        Assert.Equal(
            "parent_unknown", (await Tree.Create(_company, new CategoryDraft("Cables", Parent: foreign.Number), Stop)).Refusal?.Code);
        var own = await Add("Video");
        Assert.Equal(
            "parent_unknown", (await Tree.Change(_company, own.Number, d => d with { Parent = foreign.Number }, Stop)).Refusal?.Code);
        Assert.Equal((null, null), await Tree.Change(_company, foreign.Number, d => d with { Name = "Mine" }, Stop));
        Assert.Equal((false, null), await Tree.Delete(_company, foreign.Number, Stop));
        Assert.Empty(await Tree.Path(_company, foreign.Number, Stop));
    }

    [Fact]
    public async Task a_category_with_others_below_it_stays()
    {
        var audio = await Add("Audio");
        var cables = await Add("Cables", audio);
        Assert.Equal("in_use", (await Tree.Delete(_company, audio.Number, Stop)).Refusal?.Code);
        Assert.Equal((true, null), await Tree.Delete(_company, cables.Number, Stop));
        Assert.Equal((true, null), await Tree.Delete(_company, audio.Number, Stop));
        Assert.Equal((false, null), await Tree.Delete(_company, audio.Number, Stop));
        Assert.Empty(await Tree.List(_company, Stop));
    }

    [Fact]
    public async Task a_category_of_a_sizeset_stays()
    {
        var audio = await Add("Audio");
        Assert.Null((await fixture.Catalog.Sizesets.Create(_company, new Sizeset(0, "Lengths", ["1 m"], audio.Number), Stop)).Refusal);
        Assert.Equal("in_use", (await Tree.Delete(_company, audio.Number, Stop)).Refusal?.Code);
    }

    [Fact]
    public async Task a_category_is_found_by_number_or_by_a_name_that_no_other_has()
    {
        while ((await Tree.Create(NewCompany(), new CategoryDraft("Elsewhere"), Stop)).Created!.Number < 10)
        {
            // A name has two characters at least, and so must the number that is to be one.
        }

        var (audio, video) = (await Add("Audio"), await Add("Video"));
        await Add("Cables", audio);
        await Add("Cables", video);
        var number = await Add(audio.Number.ToString(), video);
        Assert.Equal(
            $"{audio.Number} {audio.Number} category_ambiguous category_unknown category_unknown {number.Number}",
            await fixture.Resolve(
                _company, CategoryTree.Resolve, audio.Number.ToString(), "aUDIO", "cables", "Radio", "0", number.Number.ToString()));
        Assert.Equal("category_unknown", await fixture.Resolve(NewCompany(), CategoryTree.Resolve, "Audio"));
    }

    [Fact]
    public async Task a_category_that_is_being_given_to_a_product_is_not_deleted_meanwhile()
    {
        var audio = await Add("Audio");
        await using var session = fixture.Open(_company);
        await CategoryTree.Resolve(session, ["Audio"], Stop);
        var delete = Tree.Delete(_company, audio.Number, Stop);
        Assert.True(await IsWaiting());
        Assert.False(delete.IsCompleted);
        await session.SaveChanges(Stop);
        Assert.True((await delete).Deleted);
    }

    [Fact]
    public async Task a_slug_is_made_of_the_name_and_stays()
    {
        Assert.Equal(("cables-video", "oeuvres"), ((await Add("Câbles & vidéo!")).Slug, (await Add("OEuvres")).Slug));
        var other = await Add("Cables video");
        Assert.Equal("cables-video-2", other.Slug);
        Assert.Equal("category", (await Add("日本")).Slug);
        Assert.Equal("cables-video-2", (await Tree.Change(_company, other.Number, d => d with { Name = "Audio" }, Stop)).Changed!.Slug);
    }

    [Fact]
    public async Task a_new_category_stands_behind_its_siblings()
    {
        await Add("One");
        await Add("Two");
        await Tree.Create(_company, new CategoryDraft("Zero", SortOrder: 0), Stop);
        Assert.Equal("Zero One Two", Names(await Tree.List(_company, Stop)));
    }

    [Fact]
    public async Task siblings_that_shared_a_name_before_are_told_apart()
    {
        await using var database = await TestDatabase.Create();
        await using var dataSource = Database.Connect(database.ConnectionString);
        await Execute("001_catalog.sql");
        await using (var command = dataSource.CreateCommand(
            """
            insert into catalog.categories (tenant_id, id, name, slug, level, sort_order)
            select t, gen_random_uuid(), n, s, 0, 1 from (values ('a', 'Audio', 'one'), ('a', 'AUDIO', 'two'), ('a', 'Video', 'three'),
                ('b', 'Audio', 'one')) v(t, n, s)
            """))
        {
            await command.ExecuteNonQueryAsync(Stop);
        }

        await Execute("002_settings.sql");
        var tree = new CategoryTree(dataSource);
        var names = (await tree.List("a", Stop)).ToDictionary(c => c.Slug, c => c.Name);
        Assert.True(names["one"] == "Audio (one)" ^ names["two"] == "AUDIO (two)");
        Assert.Equal("Video", names["three"]);
        Assert.Equal("Audio", Assert.Single(await tree.List("b", Stop)).Name);
        Assert.Equal(4, (await tree.List("a", Stop)).Concat(await tree.List("b", Stop)).Select(c => c.Number).Distinct().Count());

        async Task Execute(string file)
        {
            using var sql = new StreamReader(typeof(CatalogModule).Assembly.GetManifestResourceStream("Schema/" + file)!);
            await using var command = dataSource.CreateCommand(await sql.ReadToEndAsync(Stop));
            await command.ExecuteNonQueryAsync(Stop);
        }
    }

    /// <summary>True once a transaction waits for another one's row, false when none does for long.</summary>
    private async Task<bool> IsWaiting()
    {
        for (var look = 0; look < 2000; look++)
        {
            await using var command = fixture.DataSource.CreateCommand(
                "select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')");
            if (await command.ExecuteScalarAsync(Stop) is true)
            {
                return true;
            }
        }

        return false;
    }

    private async Task<Category> Add(string name, Category? parent = null)
    {
        var (created, refusal) = await Tree.Create(_company, new CategoryDraft(name, Parent: parent?.Number), Stop);
        Assert.Null(refusal);
        return created!;
    }

    private static string Names(IEnumerable<Category> categories) => string.Join(' ', categories.Select(c => c.Name));
}
