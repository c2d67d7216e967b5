using Xunit;
using static PixeeEvents.Host.Tests.Testing.Answer;

namespace PixeeEvents.Host.Tests.WinDev.Catalogue;

public sealed class ListSpecs(SharedServer server)
{
    [Fact]
    public async Task a_page_has_the_documented_shape_and_counts()
    {
        var erp = await server.Company();
        await erp.Given([.. Enumerable.Range(1, 125)]);
        var answer = (await erp.Get("products?page=1&limit=100&active_only=true")).AssertOk("125 produits trouvés");
        Assert.Equal(["code", "count", "data", "message", "page", "pages", "success", "total"], Keys(answer.Json));
        Assert.Equal((100, 1, 2, 125), Counts(answer));
        Assert.Equal(
            ["brand", "ean", "id", "is_active", "name", "price_ht", "price_ttc", "reference", "stock", "updated_at"], Keys(answer.Item(0)));
        Assert.Matches(
            """^\{"id":"[0-9a-f-]{36}","ean":"3760000000001","reference":"ART-001","name":"Article 1","brand":null,"price_ht":null,"price_ttc":null,"stock":0,"is_active":true,"updated_at":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"\}$""",
            answer.Item(0).GetRawText());
        Assert.Equal((25, 2, 2, 125), Counts((await erp.Get("products?page=2")).AssertOk("125 produits trouvés")));
    }

    [Fact]
    public async Task a_page_past_the_end_is_empty_and_an_empty_catalogue_has_no_pages()
    {
        var erp = await server.Company();
        Assert.Equal((0, 1, 0, 0), Counts((await erp.Get("products")).AssertOk("0 produits trouvés")));
        await erp.Given(1);
        Assert.Equal((0, 7, 1, 1), Counts((await erp.Get("products?page=7")).AssertOk("1 produits trouvés")));
        Assert.Equal((0, int.MaxValue, 1, 1), Counts(await erp.Get($"products?page={int.MaxValue}&limit=500")));
    }

    [Theory]
    [InlineData("page=0", "page")]
    [InlineData("page=-1", "page")]
    [InlineData("page=x", "page")]
    [InlineData("page=99999999999", "page")]
    [InlineData("page=1.5", "page")]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=501", "limit")]
    [InlineData("limit=-1", "limit")]
    [InlineData("active_only=peut-etre", "active_only")]
    [InlineData("search=a%00b", "search")]
    [InlineData("ean=1%0A2", "ean")]
    public async Task a_bad_query_value_is_refused_with_its_name(string query, string name)
    {
        var erp = await server.Company();
        Assert.StartsWith(
            $"Paramètre {name} invalide : ", (await erp.Get("products?" + query)).AssertRefused(400).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task pages_cover_the_catalogue_once_in_one_order_across_blocks()
    {
        var erp = await server.Company();
        await erp.Given([.. Enumerable.Range(1, 2300)]);
        foreach (var n in new[] { 1, 999, 1000, 1001, 2000 })
        {
            (await erp.Post($"products/ART-{n:000}/deactivate")).AssertOk("Produit désactivé");
        }

        var active = await Walk("products?limit=500");
        Assert.Equal(2295, active.Count);
        Assert.Equal(active.Order(), active.Distinct().Order());
        Assert.DoesNotContain("ART-1000", active);
        var all = await Walk("products?limit=499&active_only=false");
        Assert.Equal(Enumerable.Range(1, 2300).Select(n => $"ART-{n:000}"), all);

        async Task<List<string>> Walk(string path)
        {
            var references = new List<string>();
            for (var page = 1; ; page++)
            {
                var answer = await erp.Get($"{path}&page={page}");
                references.AddRange(answer.Data.EnumerateArray().Select(d => d.GetProperty("reference").GetString()!));
                if (page >= answer.Json.GetProperty("pages").GetInt32())
                {
                    return references;
                }
            }
        }
    }

    [Fact]
    public async Task inactive_products_are_listed_on_demand_only()
    {
        var erp = await server.Company();
        await erp.Given(1, 2);
        await erp.Post("products/ART-001/deactivate");
        Assert.Equal("ART-002", (await erp.Get("products")).AssertOk("1 produits trouvés").Column("reference"));
        Assert.Equal("ART-001 ART-002", (await erp.Get("products?active_only=false")).AssertOk("2 produits trouvés").Column("reference"));
        Assert.Equal(
            "ART-002", (await erp.Get("products?active_only=1&search=article")).AssertOk("1 produits trouvés").Column("reference"));
        await erp.Post("products/ART-001/activate");
        Assert.Equal("ART-001 ART-002", (await erp.Get("products?active_only=TRUE")).AssertOk("2 produits trouvés").Column("reference"));
    }

    [Fact]
    public async Task the_ean_filter_is_exact()
    {
        var erp = await server.Company();
        await erp.Given(1, 10);
        Assert.Equal("ART-001", (await erp.Get("products?ean=3760000000001")).AssertOk("1 produits trouvés").Column("reference"));
        Assert.Equal("", (await erp.Get("products?ean=376000000000")).AssertOk("0 produits trouvés").Column("reference"));
        Assert.Equal("", (await erp.Get("products?ean=3760000000001&search=nothing")).AssertOk("0 produits trouvés").Column("reference"));
    }

    private static (int Count, int Page, int Pages, int Total) Counts(Answer answer) => (
        answer.Json.GetProperty("count").GetInt32(), answer.Json.GetProperty("page").GetInt32(),
        answer.Json.GetProperty("pages").GetInt32(), answer.Json.GetProperty("total").GetInt32());
}
