using Xunit;

namespace PixeeEvents.Host.Tests.Winddle.Settings;

public sealed class CategorySpecs(SharedServer server)
{
    [Fact]
    public async Task a_category_shows_itself_and_its_ancestors_root_first()
    {
        var admin = await Admin();
        var root = await Add(admin, "Audio");
        var middle = await Add(admin, "Cables", root);
        var leaf = (await admin.Post("product_categories",
            $$"""{"product_category":{"label":"Optical","parent_id":{{middle}},"source_id":"C-1"} }""")).Item("product_category", 201);
        Assert.Equal(
            ["id", "source_id", "label", "parent_id", "level", "position", "categories"], leaf.EnumerateObject().Select(p => p.Name));
        Assert.Equal(("Optical", "C-1", middle, 2), (
            leaf.GetProperty("label").GetString(), leaf.GetProperty("source_id").GetString(), leaf.GetProperty("parent_id").GetInt64(),
            leaf.GetProperty("level").GetInt32()));
        Assert.Equal(
            "Audio Cables Optical",
            string.Join(' ', leaf.GetProperty("categories").EnumerateArray().Select(c => c.GetProperty("label").GetString())));
        Assert.Equal(["id", "source_id", "label"], leaf.GetProperty("categories")[0].EnumerateObject().Select(p => p.Name));
        Assert.Equal(leaf.GetRawText(), (await admin.Get("product_categories/optical")).Item("product_category").GetRawText());
    }

    [Fact]
    public async Task a_category_goes_in_and_out_in_xml()
    {
        var admin = await Admin();
        var root = await Add(admin, "Audio");
        var created = (await admin.Send(
            HttpMethod.Post, "product_categories",
            $"<product-category><label>Câbles</label><parent-id type=\"integer\">{root}</parent-id><source-id>7</source-id>"
            + "</product-category>"))
            .AssertStatus(201).Xml.Element("product-category")!;
        Assert.Equal(("Câbles", root.ToString(), "7", "integer"), (
            created.Element("label")!.Value, created.Element("parent-id")!.Value, created.Element("source-id")!.Value,
            created.Element("parent-id")!.Attribute("type")!.Value));
        Assert.Equal(["Audio", "Câbles"], created.Element("categories")!.Elements("category").Select(c => c.Element("label")!.Value));
        var list = (await admin.Get("product_categories.xml")).Xml.Element("product-categories")!;
        Assert.Equal("array", list.Attribute("type")!.Value);
        Assert.Equal(["Audio", "Câbles"], list.Elements("product-category").Select(c => c.Element("label")!.Value));
    }

    [Fact]
    public async Task both_faces_show_one_tree()
    {
        var erp = await server.Company();
        var admin = await server.User(erp.Company, admin: true);
        Assert.Null(await server.Catalog.Categories.Put(erp.Company, "Audio", "audio", null, 1, CancellationToken.None));
        var audio = Assert.Single((await admin.Get("product_categories")).Json.GetProperty("product_categories").EnumerateArray());
        Assert.Equal("Audio", audio.GetProperty("label").GetString());
        await Add(admin, "Casques & écouteurs", audio.GetProperty("id").GetInt64());
        var shown = (await erp.Get("categories")).AssertOk("2 catégories");
        Assert.Equal(("audio casques-ecouteurs", "0 1"), (shown.Column("slug"), shown.Column("level")));
        Assert.Equal(shown.Item(0).GetProperty("id").GetString(), shown.Item(1).GetProperty("parent_id").GetString());
    }

    [Fact]
    public async Task a_category_is_renamed_moved_and_made_a_root()
    {
        var admin = await Admin();
        var (audio, video) = (await Add(admin, "Audio"), await Add(admin, "Video"));
        var moved = (await admin.Patch($"product_categories/{audio}", $$"""{"label":"Sound","parent_id":{{video}},"position":5}"""))
            .Item("product_category");
        Assert.Equal(
            ("Sound", 1, 5),
            (moved.GetProperty("label").GetString(), moved.GetProperty("level").GetInt32(), moved.GetProperty("position").GetInt32()));
        foreach (var nothing in new[] { "null", "0" })
        {
            await admin.Patch($"product_categories/{audio}", $$"""{"parent_id":{{video}}}""");
            Assert.Equal(0, (await admin.Patch($"product_categories/{audio}", $$"""{"parent_id":{{nothing}}}""")).Item("product_category")
                .GetProperty("level").GetInt32());
        }

        Assert.Equal(
            "Sound", (await admin.Patch($"product_categories/{audio}", "{}")).Item("product_category").GetProperty("label").GetString());
    }

    [Fact]
    public async Task what_makes_no_sense_is_422_by_field()
    {
        var admin = await Admin();
        var (audio, video) = (await Add(admin, "Audio"), await Add(admin, "Video"));
        var cables = await Add(admin, "Cables", audio);
        Assert.Equal("label: can't be blank", await Refused("{}"));
        Assert.Equal("label: has 2 to 64 characters", await Refused("""{"label":"x"}"""));
        Assert.Equal("label: has already been taken under the same parent", await Refused("""{"label":"audio"}"""));
        Assert.Equal("parent_id: does not exist", await Refused("""{"label":"Cables","parent_id":999999999}"""));
        Assert.Equal("parent_id: is invalid", await Refused("""{"label":"Cables","parent_id":"Audio"}"""));
        Assert.Equal(
            "source_id: has 1 to 255 characters", await Refused($$"""{"label":"Cables","source_id":"{{new string('x', 256)}}"}"""));
        Assert.Equal(
            "parent_id: lies below the category itself",
            (await admin.Patch($"product_categories/{audio}", $$"""{"parent_id":{{cables}}}""")).Refusal(422));
        Assert.Equal(
            "base: The category 'Audio' has categories below it.", (await admin.Delete($"product_categories/{audio}")).Refusal(422));
        await Add(admin, "Cables", video);
        Assert.StartsWith(
            "id: 'cables' names several", (await admin.Get("product_categories/cables")).Refusal(422), StringComparison.Ordinal);

        async Task<string> Refused(string body) => (await admin.Post("product_categories", body)).Refusal(422);
    }

    [Fact]
    public async Task a_deleted_category_is_gone()
    {
        var admin = await Admin();
        var audio = await Add(admin, "Audio");
        Assert.Equal("destroy", (await admin.Delete($"product_categories/{audio}")).AssertStatus(200).Json.GetProperty("resource")
            .GetProperty("action").GetString());
        (await admin.Delete($"product_categories/{audio}")).Refusal(404);
        (await admin.Patch($"product_categories/{audio}", "{}")).Refusal(404);
    }

    private async Task<WinddleClient> Admin() => await server.User((await server.Company()).Company, admin: true);

    private static async Task<long> Add(WinddleClient admin, string label, long? parent = null) =>
        (await admin.Post("product_categories", $$"""{"label":"{{label}}","parent_id":{{parent?.ToString() ?? "null"}}}"""))
            .Item("product_category", 201).GetProperty("id").GetInt64();
}
