using System.Text.Json;
using Xunit;

namespace PixeeEvents.Host.Tests.WinDev;

public sealed class AnnouncementSpecs(SharedServer server)
{
    [Theory]
    [InlineData("stock/update", "stock", "stock.updated")]
    [InlineData("prices/update", "price_ttc", "price.updated")]
    public async Task a_batch_makes_one_message_that_names_at_most_fifty_eans_of_what_changed(string path, string field, string type)
    {
        var erp = await server.Company();
        await erp.Given([.. Enumerable.Range(1, 60)]);
        string Items(int count) =>
            JsonSerializer.Serialize(
                Enumerable.Range(1, count).Select(n => new Dictionary<string, object> { ["ean"] = WinDevClient.Ean(n), [field] = 5 }));
        await erp.Post(path, Items(2));
        var two = Assert.Single(await erp.NewMessages());
        Assert.Equal(
            (type, 2, false), (two.Type, two.Data.GetProperty("total").GetInt32(), two.Data.GetProperty("truncated").GetBoolean()));
        Assert.Equal("""["3760000000001", "3760000000002"]""", two.Data.GetProperty("eans").GetRawText());
        await erp.Post(path, Items(60));
        var rest = Assert.Single(await erp.NewMessages());
        Assert.Equal(
            (type, 58, 50, true),
            (
                rest.Type, rest.Data.GetProperty("total").GetInt32(), rest.Data.GetProperty("eans").GetArrayLength(),
                rest.Data.GetProperty("truncated").GetBoolean()));
        Assert.Equal("3760000000003", rest.Data.GetProperty("eans")[0].GetString());
    }

    [Fact]
    public async Task sync_tells_each_kind_of_change_once_and_unchanged_products_not_at_all()
    {
        var erp = await server.Company();
        await erp.Given(1, 2, 3);
        await erp.Sync(
            """
            [{"reference":"ART-001","name":"Article 1","stock":4},{"reference":"ART-002","name":"autre","price_ht":4},{"reference":"ART-003","name":"Article 3"},
             {"reference":"NEW","ean":"37600099","name":"n"},{"reference":"BAD"}]
            """);
        Assert.Equal(
            [
                ("price.updated", "3760000000002"), ("product.created", "37600099"), ("product.updated", "3760000000002"),
                ("stock.updated", "3760000000001"),
            ],
            (await erp.NewMessages()).Select(m => (m.Type, Assert.Single(m.Data.GetProperty("eans").EnumerateArray()).GetString()!)));
    }

    [Theory]
    [InlineData("PATCH", "products/ART-001", """{"brand":"x"}""", """["brand"]""")]
    [InlineData("POST", "products/ART-001/deactivate", null, """["is_active", "status"]""")]
    public async Task a_changed_product_is_told_with_its_version_and_fields(string method, string path, string? body, string fields)
    {
        var erp = await server.Company();
        await erp.Given(1);
        await erp.Send(new HttpMethod(method), path, body);
        var message = Assert.Single(await erp.NewMessages());
        Assert.Equal(
            ("product.updated", "ART-001", "3760000000001", 2, fields),
            (message.Type, message.Data.GetProperty("reference").GetString(), message.Data.GetProperty("ean").GetString(), message.Data.GetProperty("version").GetInt32(),
                message.Data.GetProperty("updated_fields").GetRawText()));
    }

    [Fact]
    public async Task a_product_without_ean_is_named_by_id_and_reference()
    {
        var erp = await server.Company();
        await erp.Sync("""[{"reference":"A","name":"a"}]""");
        var id = (await erp.Get("products/A")).Data.GetProperty("id").GetString();
        var expected = $$"""{"ids": ["{{id}}"], "eans": [], "total": 1, "truncated": false, "references": ["A"]}""";
        Assert.Equal(expected, Assert.Single(await erp.NewMessages()).Data.GetRawText());
        await erp.Patch("A", """{"stock":5,"price_ht":2.5}""");
        var messages = await erp.NewMessages();
        Assert.Equal(["price.updated", "product.updated", "stock.updated"], messages.Select(m => m.Type).Order(StringComparer.Ordinal));
        Assert.All(messages.Where(m => m.Type != "product.updated"), m => Assert.Equal(expected, m.Data.GetRawText()));
    }

    [Theory]
    [InlineData("stock/update", "stock")]
    [InlineData("prices/update", "price_ttc")]
    public async Task a_batch_names_its_first_fifty_products_by_id_and_reference_side_by_side(string path, string field)
    {
        var erp = await server.Company();
        await erp.Given([.. Enumerable.Range(1, 60)]);
        await erp.Sync("""[{"ean":"3769999999999","name":"sans"}]""");
        await erp.NewMessages();
        await erp.Post(
            path,
            JsonSerializer.Serialize(
                Enumerable.Range(1, 60).Select(WinDevClient.Ean).Prepend("3769999999999")
                    .Select(e => new Dictionary<string, object> { ["ean"] = e, [field] = 5 })));
        var data = Assert.Single(await erp.NewMessages()).Data;
        var references = data.GetProperty("references").EnumerateArray().Select(r => r.GetString()).ToList();
        Assert.Equal((null, "ART-001", "ART-049", 50), (references[0], references[1], references[^1], references.Count));
        Assert.Equal((await erp.Get("products/ART-001")).Data.GetProperty("id").GetString(), data.GetProperty("ids")[1].GetString());
        Assert.Equal(50, data.GetProperty("ids").GetArrayLength());
    }
}
