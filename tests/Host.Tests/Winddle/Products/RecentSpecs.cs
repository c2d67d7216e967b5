using Xunit;

namespace PixeeEvents.Host.Tests.Winddle.Products;

public sealed class RecentSpecs(SharedServer server)
{
    [Fact]
    public async Task own_products_come_latest_change_first()
    {
        var company = (await server.Company()).Company;
        var (ann, bob) = (await server.User(company), await server.User(company));
        foreach (var name in new[] { "Shirt", "Hat", "Sock" })
        {
            (await ann.Post("products", $$"""{"name":"{{name}}"}""")).AssertStatus(201);
        }

        (await bob.Post("products", """{"name":"Scarf"}""")).AssertStatus(201);
        (await ann.Patch("products/Shirt", """{"brand":"Ateliers"}""")).AssertStatus(200);
        (await ann.Put("products/Hat/archive")).AssertStatus(200);
        Assert.Equal("Hat Shirt Sock", await Names(ann, ""));
        Assert.Equal("Hat Shirt Sock", await Names(ann, "?scope=user&days=100"));
        Assert.Equal("Sock", await Names(ann, "?per_page=2&page=2"));
        Assert.Equal(
            """{"type":"products","action":"recent"}""", (await ann.Get("recent/products")).Json.GetProperty("resource").GetRawText());
        Assert.Equal("3", (await ann.Get("recent/products")).Header("X-Total-Count"));
        Assert.Equal(
            (await ann.Get("products/Sock")).Item("product").GetProperty("customs").GetRawText(),
            (await ann.Get("recent/products")).Json.GetProperty("products")[2].GetProperty("customs").GetRawText());
    }

    [Fact]
    public async Task the_products_of_the_company_are_for_admins_and_product_owners()
    {
        var company = (await server.Company()).Company;
        var ann = await server.User(company);
        (await ann.Post("products", """{"name":"Shirt"}""")).AssertStatus(201);
        (await ann.Get("recent/products?scope=company")).Refusal(403);
        Assert.Equal("Shirt", await Names(await server.User(company, admin: true), "?scope=company"));
        var owner = await server.User(company, productOwner: true);
        Assert.Equal("Shirt", await Names(owner, "?scope=company"));
        Assert.Equal("", await Names(owner, ""));
        Assert.Equal("", await Names(await server.User((await server.Company()).Company, admin: true), "?scope=company"));
    }

    [Fact]
    public async Task the_look_back_is_3_days_unless_said_otherwise_and_100_at_most()
    {
        var ann = await server.User((await server.Company()).Company);
        foreach (var (name, days) in new[] { ("Shirt", 0), ("Hat", 4), ("Sock", 99), ("Scarf", 101) })
        {
            (await ann.Post("products", $$"""{"name":"{{name}}"}""")).AssertStatus(201);
            await server.Scalar<int>(
                $"update winddle.products set updated_at = updated_at - interval '{days} days' where tenant_id = $1 and name = $2",
                ann.Company, name);
        }

        Assert.Equal("Shirt", await Names(ann, ""));
        Assert.Equal("Shirt Hat", await Names(ann, "?days=5"));
        Assert.Equal("Shirt Hat Sock", await Names(ann, "?days=100"));
        foreach (var days in new[] { "0", "101", "-1", "many" })
        {
            Assert.Equal("days: must be a whole number from 1 to 100", (await ann.Get("recent/products?days=" + days)).Refusal(422));
        }

        Assert.Equal("scope: must be user or company", (await ann.Get("recent/products?scope=all")).Refusal(422));
    }

    [Fact]
    public async Task recent_products_come_in_xml_too()
    {
        var ann = await server.User((await server.Company()).Company);
        (await ann.Post("products", """{"name":"Shirt"}""")).AssertStatus(201);
        var answer = (await ann.Get("recent/products.xml")).AssertStatus(200).Xml;
        Assert.Equal(
            ("recent", "Shirt"),
            (answer.Element("resource")!.Element("action")!.Value, answer.Element("products")!.Element("product")!.Element("name")!.Value));
    }

    private static async Task<string> Names(WinddleClient user, string query) => string.Join(
        ' ', (await user.Get("recent/products" + query)).AssertStatus(200).Json.GetProperty("products").EnumerateArray()
            .Select(p => p.GetProperty("name").GetString()));
}
