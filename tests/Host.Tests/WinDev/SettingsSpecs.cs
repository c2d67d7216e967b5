using Xunit;
using static PixeeEvents.Host.Tests.Testing.Answer;

namespace PixeeEvents.Host.Tests.WinDev;

public sealed class SettingsSpecs(SharedServer server)
{
    [Fact]
    public async Task categories_come_flat_by_level_then_display_order_then_name()
    {
        var erp = await server.Company();
        async Task Put(string name, string slug, string? parent, int order) =>
            Assert.Null(await server.Catalog.Categories.Put(erp.Company, name, slug, parent, order, CancellationToken.None));
        await Put("Supports TV", "supports-tv", null, 1);
        await Put("Supports muraux", "supports-muraux", "supports-tv", 1);
        await Put("Audio", "audio", null, 1);
        await Put("Câbles", "cables", null, 0);
        var answer = (await erp.Get("categories")).AssertOk("4 catégories");
        Assert.Equal("cables audio supports-tv supports-muraux", answer.Column("slug"));
        Assert.Equal(("0 0 0 1", "0 1 1 1"), (answer.Column("level"), answer.Column("sort_order")));
        Assert.Equal(["id", "level", "name", "parent_id", "slug", "sort_order"], Keys(answer.Item(0)));
        Assert.Equal(
            ("", answer.Item(2).GetProperty("id").GetString()),
            (answer.Item(0).GetProperty("parent_id").ToString(), answer.Item(3).GetProperty("parent_id").GetString()));
        Assert.False(answer.Json.TryGetProperty("page", out _));
    }

    [Fact]
    public async Task active_suppliers_come_sorted_by_name()
    {
        var erp = await server.Company();
        await server.Inventory.PutSupplier(erp.Company, "ZED", "Audio Zed", null, CancellationToken.None);
        await server.Inventory.PutSupplier(erp.Company, "OLD", "Ancien", "BE", CancellationToken.None);
        await server.Scalar<int>("update inventory.suppliers set is_active = false where tenant_id = $1 and code = 'OLD'", erp.Company);
        var answer = (await erp.Get("suppliers")).AssertOk("2 fournisseurs");
        Assert.Equal(("ZED KIMEX", "True True", " FR"), (answer.Column("code"), answer.Column("is_active"), answer.Column("country")));
        Assert.Equal("KIMEX International", answer.Item(1).GetProperty("name").GetString());
        Assert.Equal(["code", "country", "id", "is_active", "name"], Keys(answer.Item(0)));
    }

    [Fact]
    public async Task a_company_without_settings_gets_empty_lists()
    {
        var erp = await server.Company();
        Assert.Equal(0, (await erp.Get("categories")).AssertOk("0 catégories").Data.GetArrayLength());
    }

    [Fact]
    public async Task an_inactive_supplier_takes_no_stock()
    {
        var erp = await server.Company();
        await erp.Given(1);
        await server.Scalar<int>("update inventory.suppliers set is_active = false where tenant_id = $1", erp.Company);
        (await erp.Stock("""[{"ean":"3760000000001","stock":1,"supplier_code":"KIMEX"}]"""))
            .AssertOk("Stocks : 0 mis à jour, 0 introuvables, 1 erreurs");
        await erp.AssertNothingHappened();
    }
}
