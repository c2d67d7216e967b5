using PixeeEvents.Testing;
using Xunit;

namespace PixeeEvents.Host.Tests.Winddle.Products;

public sealed class ListSpecs(WinDevServer server) : IClassFixture<WinDevServer>
{
    [Fact]
    public async Task a_list_says_what_it_is_and_shows_products_as_their_detail_does()
    {
        var (_, user) = await Company(2);
        var json = (await user.Get("products")).Json;
        Assert.Equal(["resource", "products"], json.EnumerateObject().Select(p => p.Name));
        Assert.Equal("""{"type":"products","action":"index"}""", json.GetProperty("resource").GetRawText());
        // The detail has one key more, the attachments.
        Assert.Equal((await user.Get("products/2")).Item("product").GetRawText(), json.GetProperty("products")[1]
            .GetRawText()[..^1] + ""","attachments":[]}""");
        var xml = (await user.Get("products.xml")).Xml.Element("products")!;
        Assert.Equal(("array", 2), (xml.Attribute("type")!.Value, xml.Elements("product").Count()));
    }

    [Fact]
    public async Task pages_are_counted_in_the_headers_and_linked_to_their_neighbours()
    {
        var (_, user) = await Company(5);
        Assert.Equal("5 1 50", Totals(await user.Get("products")));
        var middle = await user.Get(
            "products?page=2&per_page=2&filter%5Bname%5D%5B%5D=P1&filter[name][]=P2&filter[name][]=P3&filter[name][]=P4&filter[name][]=P5");
        Assert.Equal("5 2 2", Totals(middle));
        Assert.Equal("P3 P4", Names(middle));
        var links = middle.Header("Link").Split(", ").ToDictionary(
            l => l[(l.IndexOf("rel=\"", StringComparison.Ordinal) + 5)..^1], l => l[1..l.IndexOf('>', StringComparison.Ordinal)]);
        Assert.Equal(["first", "last", "next", "prev"], links.Keys.Order());
        Assert.Equal("P1 P2", Names(await user.Get(links["prev"])));
        Assert.Equal("P5", Names(await user.Get(links["next"])));
        Assert.Equal("P5", Names(await user.Get(links["last"])));
        Assert.Equal("", Names(await user.Get("products?page=9")));
        Assert.DoesNotContain(
            "token", (await user.Get($"products?per_page=1&token={user.RawToken}")).Header("Link"), StringComparison.Ordinal);

        static string Totals(Reply answer) => $"{answer.Header("X-Total-Count")} {answer.Header("X-Page")} {answer.Header("X-Per-Page")}";
    }

    [Fact]
    public async Task pages_are_linked_below_the_public_address_when_there_is_one()
    {
        await using var known = await WinDevServer.Start(("PublicUrl", "https://pim.example.com/hub/"));
        var user = await known.User((await known.Company()).Company);
        await user.Post("products", """{"name":"P1"}""");
        await user.Post("products", """{"name":"P2"}""");
        Assert.StartsWith(
            "<https://pim.example.com/hub/api/v1/products.xml?page=2&per_page=1>; rel=\"next\"",
            (await user.Get("products.xml?per_page=1")).Header("Link"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task pages_follow_the_blocks_of_ids_through_archiving_and_destruction()
    {
        var (erp, user) = await Company(0);
        var admin = await server.User(erp.Company, admin: true);
        for (var sync = 0; sync < 3; sync++)
        {
            await erp.Sync(
                "[" + string.Join(
                    ',', Enumerable.Range(1 + sync * 1000, 1000).Select(n => $$"""{"reference":"R{{n}}","name":"P{{n}}"}""")) + "]");
        }

        foreach (var (id, action) in new[] { (1, "archive"), (999, "archive"), (1000, "cancel"), (1001, "archive"), (1001, "unarchive"),
            (2500, "archive") })
        {
            (await admin.Patch($"product/{id}/{action}")).AssertStatus(200);
        }

        (await admin.Delete("products/2")).AssertStatus(200);
        (await admin.Delete("products/999")).AssertStatus(200);
        List<int> archived = [1, 1000, 2500];
        List<int> all = [.. Enumerable.Range(1, 3000).Where(n => n is not (2 or 999))];
        await Same("", [.. all.Except(archived)]);
        await Same("&filter[archived]=all", all);
        await Same("&filter[archived]=true", archived);

        async Task Same(string filter, List<int> ids)
        {
            foreach (var page in (int[])[1, 5, 7, 15, 16])
            {
                var answer = await user.Get($"products?page={page}&per_page=200{filter}");
                Assert.Equal(string.Join(' ', ids.Skip((page - 1) * 200).Take(200).Select(n => $"P{n}")), Names(answer));
                Assert.Equal(ids.Count.ToString(), answer.Header("X-Total-Count"));
            }
        }
    }

    [Fact]
    public async Task a_page_of_two_hundred_costs_as_many_queries_as_a_page_of_one()
    {
        var (erp, user) = await Company(1);
        await erp.Sync("[" + string.Join(',', Enumerable.Range(1, 199).Select(n => $$"""{"reference":"R{{n}}","name":"P{{n}}"}""")) + "]");
        (await user.Post("products/1/variants", """{"name":"Rouge"}""")).AssertStatus(201);
        (await user.Get("products")).AssertStatus(200);
        var queries = new List<int>();
        foreach (var size in (int[])[1, 200])
        {
            // A call now and then reads the token again; the cheapest of a few does not.
            var counts = new List<int>();
            for (var call = 0; call < 5; call++)
            {
                using var counted = new QueryCount();
                Assert.Equal(size, Names(await user.Get($"products?per_page={size}")).Split(' ').Length);
                counts.Add(counted.Queries);
            }

            queries.Add(counts.Min());
        }

        // The page, and everything that belongs to its products.
        Assert.Equal([2, 2], queries);
    }

    [Theory]
    [InlineData("page=0")]
    [InlineData("page=x")]
    [InlineData("per_page=201")]
    [InlineData("per_page=-1")]
    [InlineData("filter[nothing]=x")]
    [InlineData("filter[archived]=perhaps")]
    [InlineData("filter[id]=x")]
    [InlineData("filter[updated_since]=yesterday")]
    [InlineData("filter[brand][a]=x")]
    [InlineData("filter={\"\":\"x\"}")]
    [InlineData("filter={\"name\":\"\\ud800\"}")]
    [InlineData("filter={\"name\":[\"a\\u0000b\"]}")]
    public async Task what_cannot_be_asked_is_422(string query) => (await (await Company(0)).User.Get("products?" + query)).Refusal(422);

    [Theory]
    [InlineData("filter=x")]
    [InlineData("filter[brand]=x&filter[brand][]=y")]
    [InlineData("filter[][]=x")]
    [InlineData("filter[name]=%00")]
    public async Task a_filter_that_is_no_object_is_400(string query) =>
        (await (await Company(0)).User.Get("products?" + query)).Refusal(400);

    [Theory]
    [InlineData("", "P1 P2 P4")]
    [InlineData("filter[archived]=all", "P1 P2 P3 P4")]
    [InlineData("filter[archived]=true", "P3")]
    [InlineData("filter[archived]=false", "P1 P2 P4")]
    [InlineData("filter[brand]=Alpha", "P1")]
    [InlineData("filter[brand][]=Alpha&filter[brand][]=Beta", "P1 P2")]
    [InlineData("filter[brand]=", "P4")]
    [InlineData("filter[brand]=Alpha&filter[color]=Noir", "")]
    [InlineData("filter[brand]=Alpha&filter[color]=Blanc", "P1")]
    [InlineData("filter={\"brand\":[\"Alpha\",\"Beta\"],\"archived\":\"all\"}", "P1 P2")]
    [InlineData("filter[id][]=1&filter[id][]=4", "P1 P4")]
    [InlineData("filter[source_id]=S2", "P2")]
    [InlineData("filter[reference]=R1", "P1")]
    [InlineData("filter[status]=draft", "P1 P4")]
    [InlineData("filter[status][]=sample", "P2")]
    [InlineData("filter[status]=unheard", "")]
    [InlineData("filter[category]=chaises", "P1")]
    [InlineData("filter[category]=0", "P2 P4")]
    [InlineData("filter[season]=E26", "P2")]
    [InlineData("filter[showcased]=true", "P2")]
    [InlineData("filter[cancelled]=false", "P1 P2 P4")]
    [InlineData("filter[target_store_date]=2026-03-01", "P1")]
    [InlineData("filter[owner]=admin@list.example", "P2")]
    [InlineData("filter[updated_since]=2020-01-01T00:00:00Z", "P1 P2 P4")]
    [InlineData("filter[updated_since]=2999-01-01", "")]
    public async Task filters_combine_fields_by_and_and_values_by_or_and_leave_archived_products_out(string query, string names)
    {
        var (erp, user) = await Company(0);
        var catalog = server.Catalog;
        await catalog.Categories.Create(erp.Company, new("Chaises"), CancellationToken.None);
        await catalog.Seasons.Create(erp.Company, new(0, "Été 2026", "E26"), CancellationToken.None);
        var named = await server.Accounts.CreateUser(erp.Company, "Admin", "admin@list.example", true, false, CancellationToken.None);
        var (_, raw) = await server.Accounts.CreateToken(erp.Company, named!.Id, "spec", false, CancellationToken.None);
        var admin = new WinddleClient(server, named, raw);
        await user.Post(
            "products",
            """{"name":"P1","brand":"Alpha","color":"Blanc","reference":"R1","category":"Chaises","target_store_date":"2026-03-01"}""");
        await admin.Post("products", """{"name":"P2","brand":"Beta","source_id":"S2","status":"sample","season":"E26"}""");
        await admin.Patch("products/2/showcase");
        await user.Post("products", """{"name":"P3","brand":"Gamma"}""");
        await user.Patch("products/3/archive");
        await erp.Sync("""[{"reference":"ART-004","name":"P4"}]""");
        Assert.Equal(names, Names(await user.Get("products?" + query)));
    }

    [Fact]
    public async Task the_last_three_projects_that_the_user_may_see_are_shown()
    {
        var (erp, user) = await Company(1);
        var product = (await erp.NewEvents())[0].Stream;
        var (other, admin) = (await server.User(erp.Company), await server.User(erp.Company, admin: true));
        foreach (var n in Enumerable.Range(1, 4))
        {
            await server.Line(erp.Company, user.User.Id, $"A{n}", product);
        }

        await server.Line(erp.Company, other.User.Id, "B1", product);
        Assert.Equal("A4 A3 A2", await Projects(user));
        Assert.Equal("B1", await Projects(other));
        Assert.Equal("B1 A4 A3", await Projects(admin));

        static async Task<string> Projects(WinddleClient client) =>
            string.Join(' ', (await client.Get("products")).Json.GetProperty("products")[0].GetProperty("projects").EnumerateArray()
                .Select(p => p.GetProperty("name").GetString()));
    }

    [Fact]
    public async Task size_sets_that_could_apply_are_shown()
    {
        var (erp, user) = await Company(1);
        var (category, _) = await server.Catalog.Categories.Create(erp.Company, new("Chaises"), CancellationToken.None);
        await server.Catalog.Sizesets.Create(erp.Company, new(0, "Tous", ["S", "M"]), CancellationToken.None);
        await server.Catalog.Sizesets.Create(erp.Company, new(0, "Sièges", ["1", "2"], category!.Number), CancellationToken.None);
        Assert.Equal("Tous:S,M", await Sizesets());
        await user.Put("products/1", """{"category":"Chaises"}""");
        Assert.Equal("Tous:S,M Sièges:1,2", await Sizesets());

        async Task<string> Sizesets() =>
            string.Join(' ', (await user.Get("products/1")).Item("product").GetProperty("sizesets").EnumerateArray().Select(s =>
                $"{s.GetProperty("name")}:{string.Join(',', s.GetProperty("sizes").EnumerateArray().Select(z => z.GetString()))}"));
    }

    private static string Names(Reply answer) =>
        string.Join(
            ' ', answer.AssertStatus(200).Json.GetProperty("products").EnumerateArray().Select(p => p.GetProperty("name").GetString()));

    private async Task<(WinDevClient Erp, WinddleClient User)> Company(int products)
    {
        var erp = await server.Company();
        var user = await server.User(erp.Company);
        for (var n = 1; n <= products; n++)
        {
            (await user.Post("products", $$"""{"name":"P{{n}}"}""")).AssertStatus(201);
        }

        return (erp, user);
    }
}
