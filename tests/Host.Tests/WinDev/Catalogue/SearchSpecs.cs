using Xunit;

namespace PixeeEvents.Host.Tests.WinDev.Catalogue;

public sealed class SearchSpecs(WinDevServer server) : IClassFixture<WinDevServer>
{
    private const string Catalogue =
        """
        [{"reference":"CAB-1","name":"Câble HDMI 2m"},{"reference":"cab_2","name":"CABLE Ethernet 100% cuivre"},{"reference":"X\\3","name":"Œillet à vis"},
         {"reference":"Z","name":"hdmi adaptateur câblé","brand":"Ethernet"}]
        """;

    [Theory]
    [InlineData("cable", "CAB-1 cab_2 Z")]
    [InlineData("CÂBLE", "CAB-1 cab_2 Z")]
    [InlineData("ca\u0302ble", "CAB-1 cab_2 Z")]
    [InlineData("cab-", "CAB-1")]
    [InlineData("hdmi cable", "CAB-1 Z")]
    [InlineData("oeillet", "X\\3")]
    [InlineData("ŒILLET", "X\\3")]
    [InlineData("a", "CAB-1 cab_2 X\\3 Z")]
    [InlineData("100%", "cab_2")]
    [InlineData("%", "cab_2")]
    [InlineData("_", "cab_2")]
    [InlineData("cab_", "cab_2")]
    [InlineData("\\", "X\\3")]
    [InlineData("c%2m", "")]
    [InlineData("ethernet", "cab_2")]
    [InlineData("'; drop table x; --", "")]
    [InlineData("2m CAB", "CAB-1")]
    [InlineData("  ", "CAB-1 cab_2 X\\3 Z")]
    public async Task search_looks_at_name_and_reference_without_case_accents_or_wildcards(string search, string references)
    {
        var erp = await server.Company();
        (await erp.Sync(Catalogue)).AssertOk("Sync terminé : 4 créés, 0 mis à jour, 0 erreurs");
        var count = references.Length == 0 ? 0 : references.Split(' ').Length;
        Assert.Equal(
            references,
            (await erp.Get("products?search=" + Uri.EscapeDataString(search))).AssertOk($"{count} produits trouvés").Column("reference"));
    }

    [Fact]
    public async Task search_follows_a_changed_name_or_reference()
    {
        var erp = await server.Company();
        await erp.Sync(Catalogue);
        await erp.Patch("CAB-1", """{"name":"Rallonge"}""");
        await erp.Patch("Z", """{"reference":"ZÉBRE","ean":"3760000000001"}""");
        Assert.Equal("cab_2 ZÉBRE", (await erp.Get("products?search=cable")).Column("reference"));
        Assert.Equal("CAB-1", (await erp.Get("products?search=rallonge%20cab")).Column("reference"));
        Assert.Equal("ZÉBRE", (await erp.Get("products?search=zebre")).Column("reference"));
        await erp.Patch("ZÉBRE", """{"reference":null}""");
        Assert.Equal("", (await erp.Get("products?search=zebre")).Column("reference"));
        Assert.Equal("3760000000001", (await erp.Get("products?search=adaptateur")).Column("ean"));
    }

    [Fact]
    public async Task search_pages_like_the_list()
    {
        var erp = await server.Company();
        await erp.Given([.. Enumerable.Range(1, 30)]);
        var answer = (await erp.Get("products?search=article&limit=12&page=3")).AssertOk("30 produits trouvés");
        Assert.Equal("ART-025 ART-026 ART-027 ART-028 ART-029 ART-030", answer.Column("reference"));
        Assert.Equal(3, answer.Json.GetProperty("pages").GetInt32());
    }

    [Fact]
    public async Task search_uses_its_index()
    {
        await using var alone = await WinDevServer.Start();
        var erp = await alone.Company();
        await alone.Scalar<int>(
            """
            insert into windev.products (tenant_id, product_id, ordinal, version, is_active, name, search, fields)
            select $1, gen_random_uuid(), n, 1, true, 'x', md5(n::text) || E'\n' || md5((-n)::text), '{}' from generate_series(1, 20000) n
            """,
            erp.Company);
        await alone.Scalar<int>("analyze windev.products");
        (await erp.Get("products?search=introuvable")).AssertOk("0 produits trouvés");
        (await erp.Get("products?search=tout%20introuvable")).AssertOk("0 produits trouvés");
        var deadline = DateTime.UtcNow.AddSeconds(20);
        while (await alone.Scalar<long>("select idx_scan from pg_stat_user_indexes where indexrelname = 'products_by_text'") == 0)
        {
            Assert.True(DateTime.UtcNow < deadline, "No search came through the index.");
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }
}
