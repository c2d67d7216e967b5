using PixeeEvents.Catalog.Planning;
using PixeeEvents.Catalog.Products;
using PixeeEvents.Catalog.Settings;
using Xunit;
using static PixeeEvents.Catalog.Tests.CatalogFixture;

namespace PixeeEvents.Catalog.Tests.Planning;

public sealed class PlanningSpecs(CatalogFixture fixture) : IClassFixture<CatalogFixture>
{
    private const long Ann = 1;
    private const long Bob = 2;

    private static readonly Viewer Admin = new(9, true);

    private readonly string _company = NewCompany();

    private Projects Projects => fixture.Catalog.Projects;

    private ProjectLines Lines => fixture.Catalog.ProjectLines;

    [Fact]
    public async Task a_project_is_seen_by_its_owner_its_members_and_those_who_see_all()
    {
        var project = await Add("Spring", Ann, Bob);
        foreach (
            var (viewer, sees) in new[] { (new Viewer(Ann, false), true), (new Viewer(Bob, false), true), (new Viewer(3, false), false), (Admin, true) })
        {
            Assert.Equal(sees, await Projects.Find(_company, viewer, "Spring", Stop) is not null);
            Assert.Equal(sees ? 1 : 0, (await Projects.List(_company, viewer, null, 0, 10, Stop)).Total);
        }

        await Projects.Change(_company, project.Id, p => p with { Members = [] }, Stop);
        Assert.Null(await Projects.Find(_company, new Viewer(Bob, false), "Spring", Stop));
        Assert.Null(await Projects.Find(NewCompany(), Admin, project.Id.ToString(), Stop));
    }

    [Fact]
    public async Task a_project_is_found_by_id_then_source_id_then_name()
    {
        var first = await Add("Spring", Ann);
        var byName = await Add("S-1", Ann);
        var bySource = (await Projects.Create(_company, Draft("Other") with { SourceId = "S-1" }, Stop)).Created!;
        var second = await Add("Spring", Ann);
        await Projects.Change(_company, first.Id, p => p with { Archived = true }, Stop);
        Assert.Equal(bySource.Id, (await Projects.Find(_company, Admin, "S-1", Stop))!.Id);
        Assert.Equal(byName.Id, (await Projects.Find(_company, Admin, byName.Id.ToString(), Stop))!.Id);
        Assert.Equal(second.Id, (await Projects.Find(_company, Admin, "Spring", Stop))!.Id);
        Assert.Null(await Projects.Find(_company, Admin, "Autumn", Stop));
    }

    [Fact]
    public async Task projects_come_newest_first_by_pages()
    {
        foreach (var n in Enumerable.Range(1, 5))
        {
            await Add($"P{n}", Ann);
        }

        var (page, total) = await Projects.List(_company, Admin, null, 2, 2, Stop);
        Assert.Equal(("P3 P2", 5), (string.Join(' ', page.Select(p => p.Name)), total));
        await Projects.Change(_company, page[0].Id, p => p with { Archived = true }, Stop);
        Assert.Equal(4, (await Projects.List(_company, Admin, false, 0, 10, Stop)).Total);
        Assert.Equal("P3", Assert.Single((await Projects.List(_company, Admin, true, 0, 10, Stop)).Projects).Name);
    }

    [Fact]
    public async Task the_same_values_again_leave_a_project_as_it_was()
    {
        var project = await Add("Spring", Ann, Bob);
        var same = (await Projects.Change(_company, project.Id, p => p with { Members = [Bob] }, Stop)).Changed!;
        Assert.Equal(project.UpdatedAt, same.UpdatedAt);
        var changed = (
            await Projects.Change(
                _company, project.Id, p => p with { Details = new Dictionary<string, string> { ["incoterm"] = "dap" } }, Stop)).Changed!;
        Assert.True(changed.UpdatedAt > project.UpdatedAt);
        Assert.Equal("dap", changed.Details["incoterm"]);
    }

    [Fact]
    public async Task a_project_without_sense_is_refused()
    {
        await Projects.Create(_company, Draft("Spring") with { Reference = "R-1" }, Stop);
        Assert.Equal("reference_taken", await Refused(Draft("Other") with { Reference = "R-1" }));
        Assert.Equal("name_length", await Refused(Draft("x")));
        Assert.Equal("source_id_length", await Refused(Draft("Other") with { SourceId = new string('x', 256) }));
        Assert.Equal("season_unknown", await Refused(Draft("Other") with { Season = 999_999_999 }));
        Assert.Equal(
            "incoterm_choice", await Refused(Draft("Other") with { Details = new Dictionary<string, string> { ["incoterm"] = "abc" } }));
        Assert.Equal(
            "warehouse_length",
            await Refused(Draft("Other") with { Details = new Dictionary<string, string> { ["warehouse"] = new('x', 256) } }));

        async Task<string?> Refused(Project draft) => (await Projects.Create(_company, draft, Stop)).Refusal?.Code;
    }

    [Fact]
    public async Task a_season_of_a_project_stays()
    {
        var season = (await fixture.Catalog.Seasons.Create(_company, new Season(0, "Summer", "SS27"), Stop)).Created!;
        await Projects.Create(_company, Draft("Spring") with { Season = season.Id }, Stop);
        Assert.Equal("in_use", (await fixture.Catalog.Seasons.Delete(_company, season.Id, Stop)).Refusal?.Code);
    }

    [Fact]
    public async Task any_line_archived_or_not_uses_its_product_and_variants()
    {
        var project = await Add("Spring", Ann);
        var (shirt, hat, sock) = (Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid());
        await AddLine(project, shirt, variants: [5, 6]);
        var archived = await AddLine(project, hat, archived: true);
        var uses = await ProjectLines.Uses(_company, [shirt, hat, sock]).Run(fixture.DataSource, Stop);
        Assert.Equal(new HashSet<Guid> { shirt, hat }, uses.Products);
        Assert.Equal(new HashSet<long> { 5, 6 }, uses.Variants);
        Assert.Empty((await ProjectLines.Uses(NewCompany(), [shirt]).Run(fixture.DataSource, Stop)).Products);
        Assert.Empty((await ProjectLines.Uses(_company, [sock]).Run(fixture.DataSource, Stop)).Products);
        await using var session = fixture.Open(_company);
        Assert.Equal(uses.Products, (await ProjectLines.Uses(session, [shirt, hat, sock], Stop)).Products);
        Assert.True(await Lines.Delete(_company, archived.Id, Stop));
        Assert.DoesNotContain(hat, (await ProjectLines.Uses(_company, [shirt, hat, sock]).Run(fixture.DataSource, Stop)).Products);
    }

    [Fact]
    public async Task the_last_three_projects_are_those_with_the_newest_lines()
    {
        var (shirt, hat) = (Guid.NewGuid(), Guid.NewGuid());
        var projects = new List<Project>();
        foreach (var n in Enumerable.Range(1, 5))
        {
            projects.Add(await Add($"P{n}", Ann));
        }

        foreach (var n in new[] { 2, 0, 3, 4, 0 })
        {
            await AddLine(projects[n], shirt);
        }

        await AddLine(projects[1], hat, archived: true);
        var last = await Projects.LastOf(_company, Admin, [shirt, hat, Guid.NewGuid()]).Run(fixture.DataSource, Stop);
        Assert.Equal("P1 P5 P4", Names(shirt));
        Assert.Equal("P2", Names(hat));
        Assert.Equal(2, last.Count);

        string Names(Guid product) => string.Join(' ', last[product].Select(p => p.Name));
    }

    [Fact]
    public async Task the_last_projects_are_those_that_the_viewer_sees()
    {
        var shirt = Guid.NewGuid();
        await AddLine(await Add("Of Ann", Ann), shirt);
        await AddLine(await Add("Of both", Ann, Bob), shirt);
        Assert.Equal(
            "Of both",
            Assert.Single((await Projects.LastOf(_company, new Viewer(Bob, false), [shirt]).Run(fixture.DataSource, Stop))[shirt]).Name);
        Assert.Empty(await Projects.LastOf(_company, new Viewer(3, false), [shirt]).Run(fixture.DataSource, Stop));
    }

    [Fact]
    public async Task a_line_is_kept_as_given_and_changed_in_place()
    {
        var project = await Add("Spring", Ann);
        var line = await AddLine(project, Guid.NewGuid(), variants: [7]);
        Assert.Equivalent(line, await Lines.Find(_company, project.Id, "Line", Stop));
        Assert.Equivalent(line, Assert.Single(await Lines.List(_company, project.Id, Stop)));
        var changed = await Change(
            line, l => l with { DeliverAt = new DateOnly(2027, 5, 1), Cancelled = true, Product = Guid.NewGuid(), Project = 0 });
        Assert.Equal(
            (new DateOnly(2027, 5, 1), true, line.Product, line.Project),
            (changed.DeliverAt!.Value, changed.Cancelled, changed.Product, changed.Project));
        Assert.True(changed.UpdatedAt > line.UpdatedAt);
        Assert.Equal(changed.UpdatedAt, (await Change(line, l => l)).UpdatedAt);
    }

    [Fact]
    public async Task a_line_belongs_to_a_project_of_the_company()
    {
        var project = await Add("Spring", Ann);
        await using var session = fixture.Open(NewCompany());
        Assert.Equal("project_unknown", (await ProjectLines.Create(session, LineDraft(project.Id, Guid.NewGuid()), Stop)).Refusal?.Code);
    }

    [Fact]
    public async Task a_project_with_lines_stays()
    {
        var project = await Add("Spring", Ann, Bob);
        var line = await AddLine(project, Guid.NewGuid());
        Assert.Equal("in_use", (await Projects.Delete(_company, project.Id, Stop)).Refusal?.Code);
        await Lines.Delete(_company, line.Id, Stop);
        Assert.Equal((true, null), await Projects.Delete(_company, project.Id, Stop));
        Assert.Equal((false, null), await Projects.Delete(_company, project.Id, Stop));
    }

    private static Project Draft(string name) => new(0, name, null, null, Ann, [], null, false, new Dictionary<string, string>());

    private static ProjectLine LineDraft(long project, Guid product) =>
        new(
            0, project, product, [], "Line", null, null, new DateOnly(2027, 1, 1), null, false, false, false, new Dictionary<string,
            string>());

    private async Task<Project> Add(string name, long owner, params long[] members)
    {
        var (created, refusal) = await Projects.Create(_company, Draft(name) with { Owner = owner, Members = members }, Stop);
        Assert.Null(refusal);
        return created!;
    }

    private async Task<ProjectLine> AddLine(Project project, Guid product, bool archived = false, params long[] variants)
    {
        await using var session = fixture.Open(_company);
        var (created, refusal) = await ProjectLines.Create(
            session, LineDraft(project.Id, product) with { Archived = archived, Variants = variants }, Stop);
        Assert.Null(refusal);
        await session.SaveChanges(Stop);
        return created!;
    }

    private async Task<ProjectLine> Change(ProjectLine line, Func<ProjectLine, ProjectLine> change)
    {
        await using var session = fixture.Open(_company);
        var (changed, refusal) = await ProjectLines.Change(session, line.Id, change, Stop);
        Assert.Null(refusal);
        await session.SaveChanges(Stop);
        return changed!;
    }
}
