using System.Text.Json;
using PixeeEvents.Catalog;
using PixeeEvents.EventLog;
using Xunit;

namespace PixeeEvents.Host.Tests.Winddle.Projects;

public sealed class LineItemSpecs(WinDevServer server) : IClassFixture<WinDevServer>
{
    [Fact]
    public async Task a_line_joins_a_product_and_some_of_its_variants_to_a_project()
    {
        var ann = await User();
        var (project, shirt) = (await Project(ann, "Spring"), await Product(ann, "Shirt"));
        var (white, _) = (await Variant(ann, shirt, "White"), await Variant(ann, shirt, "Black"));
        var line = (await ann.Post("projects/Spring/line_items", $$"""
            {"line_item":{"product":"Shirt","variants":["{{white}}"],"deliver_at":"2027-05-01","source_id":"L-1","reference":"LR-1",
             "manufacturer":"Ateliers","incoterms":"dap","freight_type":"sea","packing_conditions":"mix"} }
            """)).Item("line_item", 201);
        Assert.Equal(
            [
                "id", "name", "source_id", "reference", "project", "product", "variants", "start_at", "deliver_at", "locked", "cancelled",
                "archived", "manufacturer", "incoterms",
                "freight_type", "packing_conditions", "created_at", "updated_at", "attachments",
            ],
            line.EnumerateObject().Select(p => p.Name));
        Assert.Equal(("Shirt", "L-1", "LR-1", "2027-05-01", "Ateliers", "dap", "sea", "mix"), (
            Text(line, "name"), Text(line, "source_id"), Text(line, "reference"), Text(line, "deliver_at"), Text(line, "manufacturer"),
            Text(line, "incoterms"),
            Text(line, "freight_type"), Text(line, "packing_conditions")));
        Assert.Equal(DateTime.UtcNow.ToString("yyyy-MM-dd"), Text(line, "start_at"));
        Assert.Equal((project, "Spring", shirt, "Shirt"), (
            Id(line.GetProperty("project")), Text(line.GetProperty("project"), "name"), Id(line.GetProperty("product")),
            Text(line.GetProperty("product"), "name")));
        Assert.Equal((white, "White"), (Id(line.GetProperty("variants")[0]), Text(line.GetProperty("variants")[0], "name")));
        foreach (var key in new[] { Id(line).ToString(), "L-1", "Shirt" })
        {
            Assert.Equal(line.GetRawText(), (await ann.Get($"projects/{project}/line_items/{key}")).Item("line_item").GetRawText());
        }

        // A list is without the attachments.
        Assert.Equal(
            line.GetRawText(),
            Assert.Single((await ann.Get($"projects/{project}/line_items")).Json.GetProperty("line_items").EnumerateArray())
                .GetRawText()[..^1] + ""","attachments":[]}""");
    }

    [Fact]
    public async Task a_line_goes_in_and_out_in_xml()
    {
        var ann = await User();
        var (project, shirt) = (await Project(ann, "Spring"), await Product(ann, "Shirt"));
        var white = await Variant(ann, shirt, "White");
        var created = (await ann.Send(
            HttpMethod.Post, $"projects/{project}/line_items",
            $"<line-item><product>{shirt}</product><variants><variant>White</variant></variants><deliver-at>2027-05-01</deliver-at>"
            + "<freight-type>air</freight-type></line-item>"))
            .AssertStatus(201).Xml.Element("line-item")!;
        Assert.Equal((white.ToString(), "2027-05-01", "air", "date"), (
            created.Element("variants")!.Element("variant")!.Element("id")!.Value, created.Element("deliver-at")!.Value,
            created.Element("freight-type")!.Value,
            created.Element("deliver-at")!.Attribute("type")!.Value));
        var listed = (await ann.Get($"projects/{project}/line_items.xml")).Xml.Element("line-items")!;
        created.Element("attachments")!.Remove();
        Assert.Equal(created.ToString(), Assert.Single(listed.Elements("line-item")).ToString());
    }

    [Theory]
    [InlineData("""{"product":{"name":"Hat","brand":"Chapel"},"name":"Line"}""")]
    [InlineData("<line-item><product><name>Hat</name><brand>Chapel</brand></product><name>Line</name></line-item>")]
    public async Task a_line_may_bring_a_new_product_along(string body)
    {
        var ann = await User();
        await Project(ann, "Spring");
        (await ann.Send(HttpMethod.Post, "projects/Spring/line_items", body)).AssertStatus(201);
        var hat = (await ann.Get("products/Hat")).Item("product");
        Assert.Equal(("Chapel", ann.User.Id), (Text(hat, "brand"), Id(hat.GetProperty("owner"))));
        Assert.Equal("Spring", Text(Assert.Single(hat.GetProperty("projects").EnumerateArray()), "name"));
    }

    [Fact]
    public async Task a_refused_line_brings_no_product_along()
    {
        var ann = await User();
        await Project(ann, "Spring");
        (await ann.Post("projects/Spring/line_items", """{"product":{"name":"Hat"},"freight_type":"mule"}""")).Refusal(422);
        (await ann.Post("projects/Spring/line_items", """{"product":{"name":"H"}}""")).Refusal(422);
        (await ann.Get("products/Hat")).Refusal(404);
    }

    [Fact]
    public async Task a_product_or_variant_that_any_line_uses_is_not_deleted()
    {
        var ann = await User();
        await Project(ann, "Spring");
        var (shirt, hat) = (await Product(ann, "Shirt"), await Product(ann, "Hat"));
        var (white, black) = (await Variant(ann, shirt, "White"), await Variant(ann, shirt, "Black"));
        var line = Id((await ann.Post("projects/Spring/line_items", $$"""{"product":{{shirt}},"variants":[{{white}}],"archived":true}"""))
            .Item("line_item", 201));
        Assert.False((await ann.Get($"products/{shirt}")).Item("product").GetProperty("can_delete").GetBoolean());
        Assert.True((await ann.Get($"products/{hat}")).Item("product").GetProperty("can_delete").GetBoolean());
        (await ann.Delete($"products/{shirt}")).Refusal(422);
        (await ann.Delete($"products/{shirt}/variants/{white}")).Refusal(422);
        (await ann.Delete($"products/{shirt}/variants/{black}")).AssertStatus(200);
        (await ann.Delete($"projects/Spring/line_items/{line}")).AssertStatus(200);
        (await ann.Delete($"products/{shirt}/variants/{white}")).AssertStatus(200);
        (await ann.Delete($"products/{shirt}")).AssertStatus(200);
    }

    [Fact]
    public async Task a_product_is_destroyed_or_used_and_never_both()
    {
        var ann = await User();
        await Project(ann, "Spring");
        for (var round = 0; round < 8; round++)
        {
            var product = await Product(ann, $"Shirt {round}");
            var replies = await Task.WhenAll(
                ann.Post("projects/Spring/line_items", $$"""{"product":{{product}} }"""), ann.Delete($"products/{product}"));
            Assert.True((int)replies[0].Status == 201 ^ (int)replies[1].Status == 200, $"{replies[0].Text} {replies[1].Text}");
        }
    }

    [Fact]
    public async Task a_line_waits_for_whoever_is_destroying_its_product()
    {
        var ann = await User();
        await Project(ann, "Spring");
        var id = await Product(ann, "Shirt");
        var stream = await server.Scalar<Guid>("select product_id from winddle.products where tenant_id = $1 and id = $2", ann.Company, id);
        await using var session = server.Store.Open(new Caller(ann.Company));
        var product = await session.FetchForWriting(
            Catalog.Products.Product.Aggregate, stream, TestContext.Current.CancellationToken);
        product.Append(new DestroyProduct().Decide(product.State));
        var line = ann.Post("projects/Spring/line_items", """{"product":"Shirt"}""");
        while (!line.IsCompleted && !await server.Scalar<bool>(
            "select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')"))
        {
            await Task.Yield();
        }

        Assert.True(await session.SaveChanges(TestContext.Current.CancellationToken));
        Assert.Equal("product: does not exist", (await line).Refusal(422));
    }

    [Fact]
    public async Task a_product_shows_the_last_three_projects_that_its_reader_sees()
    {
        var company = (await server.Company()).Company;
        var (ann, bob) = (await server.User(company), await server.User(company));
        await Product(ann, "Shirt");
        foreach (var name in new[] { "P1", "P2", "P3", "P4" })
        {
            await Project(ann, name, name == "P1" ? $"[{bob.User.Id}]" : "[]");
            (await ann.Post($"projects/{name}/line_items", """{"product":"Shirt"}""")).AssertStatus(201);
        }

        Assert.Equal("P4 P3 P2", await Shown(ann, "products/Shirt", "product"));
        Assert.Equal("P1", await Shown(bob, "products/Shirt", "product"));
        Assert.Equal(
            "P4 P3 P2",
            string.Join(
                ' ',
                (await ann.Get("products")).Json.GetProperty("products")[0].GetProperty("projects").EnumerateArray()
                .Select(p => Text(p, "name"))));

        static async Task<string> Shown(WinddleClient user, string path, string name) =>
            string.Join(' ', (await user.Get(path)).Item(name).GetProperty("projects").EnumerateArray().Select(p => Text(p, "name")));
    }

    [Fact]
    public async Task what_is_not_sent_stays_and_nothing_clears()
    {
        var ann = await User();
        await Project(ann, "Spring");
        var shirt = await Product(ann, "Shirt");
        var white = await Variant(ann, shirt, "White");
        var path = "projects/Spring/line_items/" + Id((await ann.Post(
            "projects/Spring/line_items",
            $$"""{"product":{{shirt}},"variants":[{{white}}],"deliver_at":"2027-05-01","manufacturer":"Ateliers"}"""))
            .Item("line_item", 201));
        var kept = (await ann.Patch(path, """{"locked":true}""")).Item("line_item");
        Assert.Equal(("2027-05-01", "Ateliers", 1, true), (
            Text(kept, "deliver_at"), Text(kept, "manufacturer"), kept.GetProperty("variants").GetArrayLength(),
            kept.GetProperty("locked").GetBoolean()));
        var cleared = (await ann.Put(path, """{"deliver_at":null,"manufacturer":"","variants":[],"name":"Line"}""")).Item("line_item");
        Assert.Equal(
            (null, null, 0, "Line"),
            (Text(cleared, "deliver_at"), Text(cleared, "manufacturer"), cleared.GetProperty("variants").GetArrayLength(),
                Text(cleared, "name")));
        Assert.Equal(
            cleared.GetRawText(), (await ann.Patch(path, $$"""{"product":{{shirt}},"locked":true}""")).Item("line_item").GetRawText());
        Assert.Equal(
            cleared.GetRawText(), (await ann.Put(path, $$"""{"line_item":{{cleared.GetRawText()}} }""")).Item("line_item").GetRawText());
    }

    [Theory]
    [InlineData("{}", "product: can't be blank")]
    [InlineData("""{"product":"Sock"}""", "product: 'Sock' does not exist")]
    [InlineData("""{"product":"Shirt","variants":["Green"]}""", "variants: 'Green' does not exist")]
    [InlineData("""{"product":"Shirt","name":"x"}""", "name: has 2 to 100 characters")]
    [InlineData("""{"product":"Shirt","incoterms":"abc"}""",
        "incoterms: is none of cfr, cif, cip, cpt, dap, dat, ddp, ddu, dpu, exw, fas, fca, fob")]
    [InlineData("""{"product":"Shirt","freight_type":"mule"}""", "freight_type: is none of air, express, intermodal, rails, road, sea")]
    [InlineData("""{"product":"Shirt","packing_conditions":"loose"}""", "packing_conditions: is none of mix, single")]
    [InlineData(
        """{"product":"Shirt","deliver_at":"soon","locked":"maybe"}""", "deliver_at: is not a date (YYYY-MM-DD); locked: is invalid")]
    public async Task what_makes_no_sense_is_422_by_field(string body, string message)
    {
        var ann = await User();
        await Project(ann, "Spring");
        await Product(ann, "Shirt");
        Assert.Equal(message, (await ann.Post("projects/Spring/line_items", body)).Refusal(422));
    }

    [Fact]
    public async Task the_product_of_a_line_stays()
    {
        var ann = await User();
        await Project(ann, "Spring");
        await Product(ann, "Shirt");
        await Product(ann, "Hat");
        (await ann.Post("projects/Spring/line_items", """{"product":"Shirt"}""")).AssertStatus(201);
        Assert.Equal(
            "product: cannot be changed", (await ann.Patch("projects/Spring/line_items/Shirt", """{"product":"Hat"}""")).Refusal(422));
        Assert.Equal("base: The project has lines.", (await ann.Delete("projects/Spring")).Refusal(422));
    }

    [Fact]
    public async Task the_files_of_the_product_are_shown_in_the_line_to_whoever_sees_it()
    {
        var company = (await server.Company()).Company;
        var (owner, member) = (await server.User(company), await server.User(company));
        var (shirt, project) = (await Product(owner, "Shirt"), await Project(owner, "Spring", $"[{member.User.Id}]"));
        var attached = (await owner.Post($"products/{shirt}/attachments", """{"name":"a.txt","base64_data":"SGVsbG8="}"""))
            .Item("attachment", 201);
        var line = (await owner.Post($"projects/{project}/line_items", """{"product":"Shirt"}""")).Item("line_item", 201);
        Assert.Equal(attached.GetRawText(), Assert.Single(line.GetProperty("attachments").EnumerateArray()).GetRawText());
        var seen = Assert.Single(
            (await member.Get($"projects/{project}/line_items/{Id(line)}")).Item("line_item").GetProperty("attachments").EnumerateArray());
        Assert.Equal((Text(attached, "url"), false), (Text(seen, "url"), seen.GetProperty("updatable").GetBoolean()));
    }

    [Theory]
    [InlineData("""{"product":{"name":"Hat"},"variants":["Red"]}""", "variants: 'Red' does not exist")]
    [InlineData("""{"product":{"name":"Hat","reference":"R1"}}""", "reference: has already been taken")]
    public async Task a_line_that_is_refused_leaves_no_new_product(string body, string refusal)
    {
        var erp = await server.Company();
        var ann = await server.User(erp.Company);
        (await ann.Post("products", """{"name":"Shirt","reference":"R1"}""")).AssertStatus(201);
        var project = await Project(ann, "Spring");
        await erp.NewEvents();
        await erp.NewMessages();
        Assert.Equal(refusal, (await ann.Post($"projects/{project}/line_items", body)).Refusal(422));
        await erp.AssertNothingHappened();
        Assert.Empty((await ann.Get($"projects/{project}/line_items")).Json.GetProperty("line_items").EnumerateArray());
    }

    [Fact]
    public async Task lines_are_seen_and_written_as_their_project_is()
    {
        var company = (await server.Company()).Company;
        var (owner, member, stranger, admin) =
            (await server.User(company), await server.User(company), await server.User(company), await server.User(company, admin: true));
        var outsider = await server.User((await server.Company()).Company, admin: true);
        await Product(owner, "Shirt");
        var project = await Project(owner, "Spring", $"[{member.User.Id}]");
        var lines = $"projects/{project}/line_items";
        var line = lines + "/" + Id((await owner.Post(lines, """{"product":"Shirt"}""")).Item("line_item", 201));
        foreach (var (user, sees, writes) in new[] { (owner, true, true), (member, true, false), (stranger, false, false),
            (admin, true, true), (outsider, false, false) })
        {
            var refusal = sees ? 403 : 404;
            (await user.Get(lines)).AssertStatus(sees ? 200 : 404);
            (await user.Get(line)).AssertStatus(sees ? 200 : 404);
            (await user.Patch(line, "{}")).AssertStatus(writes ? 200 : refusal);
            (await user.Put(line, "{}")).AssertStatus(writes ? 200 : refusal);
            (await user.Post(lines, """{"product":"Shirt","name":"More"}""")).AssertStatus(writes ? 201 : refusal);
            if (!writes)
            {
                (await user.Delete(line)).AssertStatus(refusal);
            }
        }

        var other = await Project(owner, "Autumn");
        (await owner.Get($"projects/{other}/line_items/{line.Split('/')[^1]}")).Refusal(404);
        (await owner.Delete(line)).AssertStatus(200);
        (await owner.Get(line)).Refusal(404);
    }

    private async Task<WinddleClient> User() => await server.User((await server.Company()).Company);

    private static async Task<long> Project(WinddleClient user, string name, string members = "[]") =>
        Id((await user.Post("projects", $$"""{"name":"{{name}}","members":{{members}} }""")).Item("project", 201));

    private static async Task<long> Product(WinddleClient user, string name) =>
        Id((await user.Post("products", $$"""{"name":"{{name}}"}""")).Item("product", 201));

    private static async Task<long> Variant(WinddleClient user, long product, string name) =>
        Id((await user.Post($"products/{product}/variants", $$"""{"name":"{{name}}"}""")).Item("variant", 201));

    private static long Id(JsonElement item) => item.GetProperty("id").GetInt64();

    private static string? Text(JsonElement item, string name) => item.GetProperty(name).GetString();
}
