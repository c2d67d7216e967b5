using Xunit;

namespace PixeeEvents.Host.Tests.Winddle.Products;

public sealed class InUseSpecs(SharedServer server)
{
    [Theory]
    [InlineData("product_categories", """{"label":"Audio"}""", "category", "base: The category 'Audio' is in use by a product.")]
    [InlineData("seasons", """{"name":"Audio"}""", "season", "base: The season 'Audio' is in use.")]
    [InlineData("product_statuses", """{"name":"Audio"}""", "status", "base: The status 'Audio' is in use.")]
    public async Task what_a_product_is_described_with_stays(string path, string body, string field, string refusal)
    {
        var admin = await server.User((await server.Company()).Company, admin: true);
        (await admin.Post(path, body)).AssertStatus(201);
        if (field == "status")
        {
            (await admin.Post(path, body.Replace("Audio", "First\",\"position\":\"1"))).AssertStatus(201);
        }

        (await admin.Post("products", $$"""{"name":"Shirt","{{field}}":"audio"}""")).AssertStatus(201);
        Assert.Equal(refusal, (await admin.Delete($"{path}/Audio")).Refusal(422));
        (await admin.Delete("products/Shirt")).AssertStatus(200);
        (await admin.Delete($"{path}/Audio")).AssertStatus(200);
    }

    [Theory]
    [InlineData("seasons", "season")]
    [InlineData("product_statuses", "status")]
    public async Task what_a_variant_is_described_with_stays(string path, string field)
    {
        var admin = await server.User((await server.Company()).Company, admin: true);
        (await admin.Post(path, """{"name":"First"}""")).AssertStatus(201);
        (await admin.Post(path, """{"name":"Second"}""")).AssertStatus(201);
        (await admin.Post("products", """{"name":"Shirt"}""")).AssertStatus(201);
        (await admin.Post("products/Shirt/variants", $$"""{"name":"White","{{field}}":"second"}""")).AssertStatus(201);
        (await admin.Delete($"{path}/Second")).Refusal(422);
        (await admin.Patch("products/Shirt/variants/White", $$"""{"{{field}}":"First"}""")).AssertStatus(200);
        (await admin.Delete($"{path}/Second")).AssertStatus(200);
        (await admin.Delete($"{path}/First")).Refusal(422);
    }

    [Fact]
    public async Task a_category_is_given_or_deleted_and_never_both()
    {
        var admin = await server.User((await server.Company()).Company, admin: true);
        (await admin.Post("products", """{"name":"Shirt"}""")).AssertStatus(201);
        for (var round = 0; round < 8; round++)
        {
            (await admin.Post("product_categories", $$"""{"label":"Audio {{round}}"}""")).AssertStatus(201);
            var replies = await Task.WhenAll(
                admin.Patch("products/Shirt", $$"""{"category":"Audio {{round}}"}"""), admin.Delete($"product_categories/Audio%20{round}"));
            Assert.True((int)replies[0].Status == 200 ^ (int)replies[1].Status == 200, $"{replies[0].Text} {replies[1].Text}");
        }
    }
}
