using Xunit;

namespace PixeeEvents.Host.Tests.Http;

/// <summary>
/// No product gets a reference that no path can carry: every client and proxy takes "." and ".." out of a path, encoded or not.
/// </summary>
public sealed class UnreachableReferenceSpecs(SharedServer server)
{
    private const string Reason = "reference : « . » et « .. » sont interdits, aucune adresse ne les porte";

    [Theory]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData(" .. ")]
    public async Task dots_alone_are_no_reference(string reference)
    {
        var erp = await server.Company();
        await erp.Given(1);
        var synced = await erp.Sync(
            $$"""[{"reference":"{{reference}}","name":"n"},{"reference":"B","name":"b"},{"ean":"{{WinDevClient.Ean(1)}}","reference":"{{reference}}"}]""");
        synced.AssertOk("Sync terminé : 1 créés, 0 mis à jour, 2 erreurs");
        Assert.Equal("error created error", synced.Column("status"));
        Assert.Equal(Reason, synced.Item(0).GetProperty("message").GetString());
        (await erp.Patch("ART-001", $$"""{"reference":"{{reference}}"}""")).AssertRefused(422, Reason);
        var user = await server.User(erp.Company, admin: true);
        const string sentence = "reference: is no reference: no address can carry it";
        Assert.Equal(sentence, (await user.Post("products", $$"""{"name":"Chaise","reference":"{{reference}}"}""")).Refusal(422));
        (await user.Post("products", """{"name":"Chaise","reference":"C"}""")).AssertStatus(201);
        Assert.Equal(sentence, (await user.Put("products/Chaise", $$"""{"reference":"{{reference}}"}""")).Refusal(422));
        Assert.Equal("product_registered product_registered", await erp.NewTypes());
    }

    [Theory]
    [InlineData("...")]
    [InlineData(".a")]
    [InlineData("./.")]
    public async Task other_dots_are_one(string reference)
    {
        var erp = await server.Company();
        (await erp.Sync($$"""[{"reference":"{{reference}}","name":"n"}]""")).AssertOk("Sync terminé : 1 créés, 0 mis à jour, 0 erreurs");
        (await erp.Product(reference)).AssertOk("Produit trouvé");
    }
}
