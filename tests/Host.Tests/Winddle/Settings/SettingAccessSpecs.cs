using Xunit;

namespace PixeeEvents.Host.Tests.Winddle.Settings;

public sealed class SettingAccessSpecs(SharedServer server)
{
    public static TheoryData<string, string> Settings => new()
    {
        { "product_categories", """{"label":"Fabric"}""" },
        { "custom_fields", """{"name":"Fabric"}""" },
        { "product_statuses", """{"name":"Fabric"}""" },
        { "seasons", """{"name":"Fabric"}""" },
        { "sizesets", """{"name":"Fabric","sizes":["M"]}""" },
    };

    [Theory]
    [MemberData(nameof(Settings))]
    public async Task settings_are_read_by_every_user_and_written_by_admins(string path, string body)
    {
        var company = (await server.Company()).Company;
        var admin = await server.User(company, admin: true);
        (await admin.Post(path, body)).AssertStatus(201);
        foreach (var user in new[] { await server.User(company), await server.User(company, productOwner: true) })
        {
            (await user.Get(path)).AssertStatus(200);
            (await user.Get(path + "/fabric")).AssertStatus(200);
            (await user.Post(path, body)).Refusal(403);
            (await user.Put(path + "/fabric", body)).Refusal(403);
            (await user.Patch(path + "/fabric", body)).Refusal(403);
            (await user.Delete(path + "/fabric")).Refusal(403);
        }

        (await admin.Put(path + "/fabric", body)).AssertStatus(200);
        (await admin.Delete(path + "/fabric")).AssertStatus(200);
    }

    [Theory]
    [MemberData(nameof(Settings))]
    public async Task settings_of_another_company_are_not_there(string path, string body)
    {
        var owner = await server.User((await server.Company()).Company, admin: true);
        var stranger = await server.User((await server.Company()).Company, admin: true);
        var created = (await owner.Post(path, body)).AssertStatus(201).Json;
        var id = created.EnumerateObject().Last().Value.GetProperty("id");
        (await stranger.Get($"{path}/{id}")).Refusal(404);
        (await stranger.Get($"{path}/Fabric")).Refusal(404);
        (await stranger.Put($"{path}/{id}", body)).Refusal(404);
        (await stranger.Delete($"{path}/{id}")).Refusal(404);
        Assert.DoesNotContain("Fabric", (await stranger.Get(path)).AssertStatus(200).Text, StringComparison.Ordinal);
        (await owner.Get($"{path}/{id}")).AssertStatus(200);
    }
}
