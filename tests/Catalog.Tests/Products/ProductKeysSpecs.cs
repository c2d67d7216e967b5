using System.Text.Json;
using Npgsql;
using PixeeEvents.Catalog.Products;
using PixeeEvents.Catalog.Settings;
using PixeeEvents.EventLog;
using Xunit;
using static PixeeEvents.Catalog.Tests.CatalogFixture;

namespace PixeeEvents.Catalog.Tests.Products;

public sealed class ProductKeysSpecs(CatalogFixture fixture) : IClassFixture<CatalogFixture>
{
    private readonly string _company = NewCompany();

    [Fact]
    public async Task two_products_of_one_transaction_cannot_have_one_reference()
    {
        await using var session = fixture.Open(_company);
        Register(session, "A");
        Register(session, "A");
        Assert.True(ProductKeys.IsTaken(await Assert.ThrowsAnyAsync<Exception>(() => session.SaveChanges(Stop))));
        Assert.Equal((0, 0), await Stored());
    }

    [Theory]
    [InlineData("012345678905", "00012345678905")]
    [InlineData("12345670", "0000012345670")]
    public async Task two_products_of_one_transaction_cannot_have_one_number_in_two_paddings(string one, string other)
    {
        await using var session = fixture.Open(_company);
        Register(session, one, ProductFields.Ean);
        Register(session, other, ProductFields.Ean);
        Assert.True(ProductKeys.IsTaken(await Assert.ThrowsAnyAsync<Exception>(() => session.SaveChanges(Stop))));
    }

    [Fact]
    public async Task of_two_that_wait_at_once_for_the_keys_one_gets_the_reference()
    {
        var sessions = Enumerable.Range(0, 5).Select(_ => fixture.Open(_company)).ToList();
        await CatalogModule.HoldKeys(sessions[4], Stop);
        var written = sessions.Take(4).Zip(["first", "A", "A", "last"], async (session, reference) =>
        {
            Register(session, reference);
            CatalogModule.HoldKeysLast(session);
            try
            {
                return await session.SaveChanges(Stop) ? "Saved" : "lost";
            }
            catch (Exception e) when (ProductKeys.IsTaken(e))
            {
                return ProductKeys.OneOwner;
            }
        }).ToList();
        await sessions[4].DisposeAsync();
        Assert.Equal(
            ["Saved", "Saved", "Saved", ProductKeys.OneOwner], (await Task.WhenAll(written)).OrderBy(o => o == ProductKeys.OneOwner));
        Assert.Equal((3, 3), await Stored());
        foreach (var session in sessions.Take(4))
        {
            await session.DisposeAsync();
        }
    }

    private static void Register(EventSession session, string key, string kind = ProductFields.Reference)
    {
        var product = session.Start(Product.Aggregate, Guid.CreateVersion7());
        var fields = new Dictionary<string, JsonElement?>(StringComparer.Ordinal)
        {
            [ProductFields.Name] = JsonSerializer.SerializeToElement("Chaise"),
            [kind] = JsonSerializer.SerializeToElement(key),
        };
        product.Append(new RegisterProduct(fields, NeedsKey: true).Decide(product.State));
    }

    private async Task<(long Events, long Keys)> Stored()
    {
        await using var command = fixture.DataSource.CreateCommand(
            "select (select count(*) from mt_events where tenant_id = $1), (select count(*) from catalog.product_keys where tenant_id = $1)").With(Sql.Text(_company));
        await using var reader = await command.ExecuteReaderAsync(Stop);
        await reader.ReadAsync(Stop);
        return (reader.GetInt64(0), reader.GetInt64(1));
    }
}
