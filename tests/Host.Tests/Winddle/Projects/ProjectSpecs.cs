using System.Text.Json;
using Xunit;

namespace PixeeEvents.Host.Tests.Winddle.Projects;

public sealed class ProjectSpecs(SharedServer server)
{
    [Fact]
    public async Task a_project_has_the_documented_keys_and_its_people()
    {
        var (ann, bob, _) = await Three();
        (await (await server.User(ann.Company, admin: true)).Post("seasons", """{"name":"Summer 2027","code":"SS27"}""")).AssertStatus(201);
        var project = (await ann.Post("projects", $$"""
            {"project":{"name":"Spring","source_id":"P-1","reference":"R-1","season":"ss27","incoterm":"dap","warehouse":"Lyon",
             "terms_validated_at":"2026-01-02T03:04:05Z","members":["{{bob.User.Email}}"]} }
            """)).Item("project", 201);
        Assert.Equal(
            [
                "id", "name", "source_id", "reference", "company_id", "archived", "season", "season_code", "warehouse", "warehouse_code",
                "departure_place", "country_of_origin",
                "arrival_place", "payment_conditions", "transportation_mode", "incoterm", "project_type", "laboratory", "terms_status",
                "terms_validated_at", "owner", "members",
                "can_manage", "created_at", "updated_at",
            ],
            project.EnumerateObject().Select(p => p.Name));
        Assert.Equal(("Spring", "P-1", "R-1", "SS27", "dap", "Lyon", "2026-01-02T03:04:05.000Z", false), (
            Text(project, "name"), Text(project, "source_id"), Text(project, "reference"), Text(project, "season_code"),
            Text(project, "incoterm"), Text(project, "warehouse"),
            Text(project, "terms_validated_at"), project.GetProperty("archived").GetBoolean()));
        Assert.Equal(ann.User.Id, project.GetProperty("owner").GetProperty("id").GetInt64());
        Assert.Equal(bob.User.Id, Assert.Single(project.GetProperty("members").EnumerateArray()).GetProperty("id").GetInt64());
        Assert.True(project.GetProperty("can_manage").GetBoolean());
        foreach (var key in new[] { project.GetProperty("id").ToString(), "P-1", "Spring" })
        {
            Assert.Equal(project.GetRawText(), (await ann.Get("projects/" + key)).Item("project").GetRawText());
        }
    }

    [Fact]
    public async Task a_project_goes_in_and_out_in_xml()
    {
        var (ann, bob, _) = await Three();
        var body =
            "<project><name>Spring</name><departure-place>Porto</departure-place>"
            + $"<members><member>{bob.User.Id}</member></members></project>";
        var created = (await ann.Send(HttpMethod.Post, "projects", body)).AssertStatus(201).Xml.Element("project")!;
        Assert.Equal(("Porto", "true", bob.User.Email), (
            created.Element("departure-place")!.Value, created.Element("terms-validated-at")!.Attribute("nil")!.Value,
            created.Element("members")!.Element("member")!.Element("email")!.Value));
        var listed = (await ann.Get("projects.xml")).AssertStatus(200);
        Assert.Equal("1", listed.Header("X-Total-Count"));
        Assert.Equal(created.ToString(), Assert.Single(listed.Xml.Element("projects")!.Elements("project")).ToString());
    }

    [Fact]
    public async Task a_project_is_seen_by_its_people_and_written_by_its_owner_and_admins()
    {
        var (owner, member, stranger) = await Three();
        var admin = await server.User(owner.Company, admin: true);
        var outsider = await server.User((await server.Company()).Company, admin: true);
        var path = "projects/" + (await owner.Post("projects", $$"""{"name":"Spring","members":[{{member.User.Id}}]}"""))
            .Item("project", 201).GetProperty("id");
        foreach (var (user, sees, writes) in new[] { (owner, true, true), (member, true, false), (stranger, false, false),
            (admin, true, true), (outsider, false, false) })
        {
            (await user.Get(path)).AssertStatus(sees ? 200 : 404);
            Assert.Equal(sees ? 1 : 0, (await user.Get("projects")).Json.GetProperty("projects").GetArrayLength());
            (await user.Patch(path, """{"name":"Spring"}""")).AssertStatus(writes ? 200 : sees ? 403 : 404);
            (await user.Put(path, """{"name":"Spring"}""")).AssertStatus(writes ? 200 : sees ? 403 : 404);
            if (!writes)
            {
                (await user.Delete(path)).AssertStatus(sees ? 403 : 404);
            }
        }

        Assert.False((await member.Get(path)).Item("project").GetProperty("can_manage").GetBoolean());
        (await owner.Delete(path)).AssertStatus(200);
        (await owner.Get(path)).Refusal(404);
    }

    [Fact]
    public async Task only_an_admin_gives_a_project_away()
    {
        var (ann, bob, _) = await Three();
        var admin = await server.User(ann.Company, admin: true);
        var path = "projects/" + (await ann.Post("projects", $$"""{"name":"Spring","owner":{{bob.User.Id}}}""")).Item("project", 201)
            .GetProperty("id");
        Assert.Equal(ann.User.Id, (await ann.Patch(path, $$"""{"owner":{{bob.User.Id}}}""")).Item("project").GetProperty("owner")
            .GetProperty("id").GetInt64());
        Assert.Equal(bob.User.Id, (await admin.Patch(path, $$"""{"owner":"{{bob.User.Email.ToUpperInvariant()}}"}""")).Item("project")
            .GetProperty("owner").GetProperty("id").GetInt64());
        (await ann.Get(path)).Refusal(404);
        Assert.Equal("owner: 'nobody' does not exist", (await admin.Patch(path, """{"owner":"nobody"}""")).Refusal(422));
    }

    [Fact]
    public async Task what_is_not_sent_stays_and_nothing_clears()
    {
        var (ann, bob, _) = await Three();
        var path = "projects/" + (await ann.Post(
            "projects", $$"""{"name":"Spring","reference":"R-1","warehouse":"Lyon","members":[{{bob.User.Id}}]}""")).Item("project", 201)
            .GetProperty("id");
        var kept = (await ann.Patch(path, """{"archived":true}""")).Item("project");
        Assert.Equal(
            ("R-1", "Lyon", 1, true),
            (Text(kept, "reference"), Text(kept, "warehouse"), kept.GetProperty("members").GetArrayLength(),
                kept.GetProperty("archived").GetBoolean()));
        var cleared = (await ann.Patch(path, """{"reference":null,"warehouse":"","members":[]}""")).Item("project");
        Assert.Equal(
            (null, null, 0), (Text(cleared, "reference"), Text(cleared, "warehouse"), cleared.GetProperty("members").GetArrayLength()));
        var again = (await ann.Patch(path, """{"reference":null,"archived":true}""")).Item("project");
        Assert.Equal(Text(cleared, "updated_at"), Text(again, "updated_at"));
    }

    [Fact]
    public async Task archived_projects_are_listed_when_asked_for()
    {
        var (ann, _, _) = await Three();
        (await ann.Post("projects", """{"name":"Old","archived":true}""")).AssertStatus(201);
        (await ann.Post("projects", """{"name":"New"}""")).AssertStatus(201);
        Assert.Equal("New", await Names(""));
        Assert.Equal("Old", await Names("?filter[archived]=true"));
        Assert.Equal("New Old", await Names("?filter[archived]=all"));
        Assert.Equal("Old", await Names("?filter[archived]=all&per_page=1&page=2"));
        Assert.Equal("filter[archived]: must be true, false or all", (await ann.Get("projects?filter[archived]=some")).Refusal(422));

        async Task<string> Names(string query) =>
            string.Join(
                ' ', (await ann.Get("projects" + query)).Json.GetProperty("projects").EnumerateArray().Select(p => Text(p, "name")));
    }

    [Theory]
    [InlineData("{}", "name: can't be blank")]
    [InlineData("""{"name":"x"}""", "name: has 2 to 100 characters")]
    [InlineData("""{"name":"Spring","reference":"R-1"}""", "reference: has already been taken")]
    [InlineData("""{"name":"Spring","season":"Winter"}""", "season: 'Winter' does not exist")]
    [InlineData(
        """{"name":"Spring","incoterm":"abc"}""", "incoterm: is none of cfr, cif, cip, cpt, dap, dat, ddp, ddu, dpu, exw, fas, fca, fob")]
    [InlineData("""{"name":"Spring","terms_validated_at":"soon"}""", "terms_validated_at: is invalid")]
    [InlineData("""{"name":"Spring","members":["nobody",0]}""", "members: 'nobody' does not exist; members: '0' does not exist")]
    public async Task what_makes_no_sense_is_422_by_field(string body, string message)
    {
        var (ann, _, _) = await Three();
        (await ann.Post("projects", """{"name":"First","reference":"R-1"}""")).AssertStatus(201);
        Assert.Equal(message, (await ann.Post("projects", body)).Refusal(422));
    }

    private async Task<(WinddleClient Ann, WinddleClient Bob, WinddleClient Carl)> Three()
    {
        var company = (await server.Company()).Company;
        return (await server.User(company), await server.User(company), await server.User(company));
    }

    private static string? Text(JsonElement item, string name) => item.GetProperty(name).GetString();
}
