using Xunit;

namespace PixeeEvents.Host.Tests.Winddle.Products;

public sealed class LifecycleSpecs(SharedServer server)
{
    [Theory]
    [InlineData("archive", "product_archived product_deactivated", "archived")]
    [InlineData("archive unarchive", "product_archived product_deactivated product_unarchived product_activated", "active")]
    [InlineData("unarchive", "", "active")]
    [InlineData("archive archive", "product_archived product_deactivated", "archived")]
    [InlineData("cancel", "product_cancelled product_archived product_deactivated", "archived cancelled")]
    [InlineData("cancel cancel", "product_cancelled product_archived product_deactivated", "archived cancelled")]
    [InlineData("archive cancel", "product_archived product_deactivated product_cancelled", "archived cancelled")]
    [InlineData("cancel uncancel",
        "product_cancelled product_archived product_deactivated product_uncancelled product_unarchived product_activated", "active")]
    [InlineData("cancel unarchive", "product_cancelled product_archived product_deactivated product_unarchived product_activated",
        "active cancelled")]
    [InlineData("cancel unarchive uncancel",
        "product_cancelled product_archived product_deactivated product_unarchived product_activated product_uncancelled", "active")]
    [InlineData("archive uncancel", "product_archived product_deactivated", "archived")]
    [InlineData("showcase", "product_showcased", "active showcased")]
    [InlineData("showcase showcase unshowcase unshowcase", "product_showcased product_unshowcased", "active")]
    [InlineData("like like", "product_liked", "active liked")]
    [InlineData("like unlike unlike", "product_liked product_unliked", "active")]
    public async Task an_action_is_done_once_and_shown_by_both_faces(string actions, string events, string state)
    {
        var (erp, user) = await Company();
        await user.Post("products", """{"name":"Un","reference":"R1"}""");
        await erp.NewEvents();
        foreach (var action in actions.Split(' '))
        {
            (await user.Put("product/Un/" + action)).AssertStatus(200);
        }

        Assert.Equal(events, await erp.NewTypes());
        var product = (await user.Get("products/1")).Item("product");
        string[] shown = [.. new[] { "archived", "cancelled", "showcased", "liked" }.Where(k => product.GetProperty(k).GetBoolean())];
        var isActive = (await erp.Product("R1")).Data.GetProperty("is_active").GetBoolean();
        Assert.Equal(state, string.Join(' ', shown.Prepend("active").Where(s => s != "active" || isActive)));
        Assert.Equal(!isActive, product.GetProperty("archived").GetBoolean());
    }

    [Theory]
    [InlineData("PUT", "product/1/archive")]
    [InlineData("PATCH", "products/1/archive")]
    [InlineData("PATCH", "product/1/cancel")]
    [InlineData("PUT", "products/1/cancel")]
    [InlineData("PATCH", "product/1/like")]
    [InlineData("PATCH", "products/1/like")]
    [InlineData("PATCH", "product/1/showcase")]
    [InlineData("PATCH", "../v1product/1/showcase")]
    [InlineData("PATCH", "../v1product/1/showcase.xml")]
    public async Task an_action_is_on_the_singular_the_plural_and_the_documents_own_path(string method, string path)
    {
        var (erp, user) = await Company();
        await user.Post("products", """{"name":"Un"}""");
        await erp.NewEvents();
        (await user.Send(new HttpMethod(method), path)).AssertStatus(200);
        Assert.NotEmpty(await erp.NewEvents());
    }

    [Theory]
    [InlineData("../v1showcase/1/unshowcase")]
    [InlineData("showcase/1/unshowcase")]
    [InlineData("product/1/unshowcase")]
    [InlineData("products/1/unshowcase")]
    public async Task unshowcase_is_on_every_path_the_document_may_mean(string path)
    {
        var (_, user) = await Company();
        await user.Post("products", """{"name":"Un"}""");
        await user.Patch("products/1/showcase");
        Assert.False((await user.Patch(path)).Item("product").GetProperty("showcased").GetBoolean());
    }

    [Theory]
    [InlineData("archive")]
    [InlineData("unarchive")]
    [InlineData("cancel")]
    [InlineData("uncancel")]
    [InlineData("showcase")]
    [InlineData("unshowcase")]
    public async Task an_action_on_the_product_is_for_company_admins_and_its_owner(string action)
    {
        var (erp, user) = await Company();
        var (admin, other) = (await server.User(erp.Company, admin: true), await server.User(erp.Company, productOwner: true));
        await user.Post("products", """{"name":"Un"}""");
        await erp.NewEvents();
        Assert.Equal("base: This is for company admins and the product's owner.", (await other.Put("product/1/" + action)).Refusal(403));
        Assert.Equal("", await erp.NewTypes());
        (await user.Put("product/1/" + action)).AssertStatus(200);
        (await admin.Put("product/1/" + action)).AssertStatus(200);
    }

    [Fact]
    public async Task a_like_is_the_users_own()
    {
        var (erp, user) = await Company();
        var other = await server.User(erp.Company);
        await user.Post("products", """{"name":"Un"}""");
        await user.Patch("product/1/like");
        var seen = (await other.Get("products/1")).Item("product");
        Assert.Equal((false, 1), (seen.GetProperty("liked").GetBoolean(), seen.GetProperty("likes_count").GetInt32()));
        seen = (await other.Patch("product/1/like")).Item("product");
        Assert.Equal((true, 2), (seen.GetProperty("liked").GetBoolean(), seen.GetProperty("likes_count").GetInt32()));
        await other.Patch("product/1/unlike");
        Assert.True((await user.Get("products/1")).Item("product").GetProperty("liked").GetBoolean());
        Assert.Equal("product.created", string.Join(' ', (await erp.NewMessages()).Select(m => m.Type)));
    }

    [Fact]
    public async Task what_windev_deactivates_is_not_archived_and_what_it_activates_is_not_either()
    {
        var (erp, user) = await Company();
        await erp.Given(1);
        var admin = await server.User(erp.Company, admin: true);
        await erp.Post("products/ART-001/deactivate");
        Assert.False(await Archived());
        await admin.Put("products/1/archive");
        Assert.True(await Archived());
        Assert.Equal("product_deactivated product_archived", await erp.NewTypes());
        (await erp.Post("products/ART-001/activate")).AssertOk("Produit activé");
        Assert.Equal("product_unarchived product_activated", await erp.NewTypes());
        Assert.False(await Archived());

        async Task<bool> Archived() => (await user.Get("products/1")).Item("product").GetProperty("archived").GetBoolean();
    }

    private async Task<(WinDevClient Erp, WinddleClient User)> Company()
    {
        var erp = await server.Company();
        return (erp, await server.User(erp.Company));
    }
}
