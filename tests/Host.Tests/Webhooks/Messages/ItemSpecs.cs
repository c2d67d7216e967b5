using System.Text.Json;
using PixeeEvents.Catalog;
using PixeeEvents.EventLog;
using PixeeEvents.Inventory;
using PixeeEvents.Testing;
using Xunit;

namespace PixeeEvents.Host.Tests.Webhooks.Messages;

public sealed class ItemSpecs(WinDevServer server) : IClassFixture<WinDevServer>
{
    [Fact]
    public async Task a_stock_batch_has_one_item_per_product_with_the_versions_of_its_stock()
    {
        var erp = await server.Company();
        await erp.Given(1, 2, 3);
        await erp.Stock("""[{"ean":"3760000000001","stock":5},{"ean":"3760000000002","stock":7,"supplier_code":"KIMEX"}]""");
        await erp.Stock("""[{"ean":"3760000000002","stock":8},{"ean":"3760000000001","stock":6},{"ean":"3760000000003","stock":0}]""");
        var items = await server.Items(erp, "stock.updated");
        Assert.Equal(
            ["ART-001 3760000000001 1..2 stock: 5 → 6", "ART-002 3760000000002 1..2 stock: null → 8", "ART-003 3760000000003 0..1 stock: null → 0"],
            items.Select(i => $"{i.Json().Subject()} {i.Json().Changes()}").Order(StringComparer.Ordinal));
        Assert.All(items, i => Assert.Equal(Stock.StreamOf(i.Json().GetProperty("id").GetGuid()), i.Entity));
        Assert.All(items, i => Assert.Equal(("stock", 0), (Assert.Single(i.Fields), i.SupplierCodes.Count)));
    }

    [Fact]
    public async Task a_product_named_twice_in_a_call_is_one_item_from_the_first_before_to_the_last_after()
    {
        var erp = await server.Company();
        await erp.Given(1);
        await erp.Stock(
            """[{"ean":"3760000000001","stock":5},{"ean":"3760000000001","stock":9,"supplier_code":"KIMEX"},{"ean":"3760000000001","stock":6}]""");
        var message = await server.Last(erp, "stock.updated");
        Assert.Equal(1, JsonSerializer.Deserialize<JsonElement>(message.Data).GetProperty("total").GetInt32());
        var item = await server.Item(erp, "stock.updated");
        Assert.Equal((0, 3, "KIMEX"), (item.PreviousVersion, item.Version, Assert.Single(item.SupplierCodes)));
        Assert.Equal("stock: null → 6, stock: null → 9 @KIMEX", item.Json().Changes());
        await erp.Stock("""[{"ean":"3760000000001","stock":7},{"ean":"3760000000001","stock":6}]""");
        item = await server.Item(erp, "stock.updated");
        Assert.Equal(
            (3, 5, "", "[]"),
            (item.PreviousVersion, item.Version, item.Json().Changes(), item.Json().GetProperty("updated_fields").GetRawText()));
    }

    [Fact]
    public async Task a_price_batch_tells_the_figures_that_moved()
    {
        var erp = await server.Company();
        await erp.Given(1);
        await erp.Prices("""[{"ean":"3760000000001","price_ht":10.50,"price_ttc":12.60}]""");
        await erp.Prices("""[{"ean":"3760000000001","price_ht":10.5,"price_ttc":13}]""");
        var item = await server.Item(erp, "price.updated");
        Assert.Equal("ART-001 3760000000001 1..2 price_ttc: 12.60 → 13", $"{item.Json().Subject()} {item.Json().Changes()}");
        Assert.Equal(["price_ttc"], item.Fields);
    }

    [Fact]
    public async Task a_sync_tells_each_product_under_the_type_that_fits_it()
    {
        var erp = await server.Company();
        await erp.Given(1, 2);
        await erp.Sync(
            """
            [{"reference":"NEW","ean":"37600099","name":"n","price_ht":2,"stock":1},{"reference":"ART-001","name":"autre"},
             {"reference":"NEW","name":"neuf","color":"noir"},{"reference":"ART-002","name":"Article 2","price_ttc":4}]
            """);
        Assert.Equal(
            ["price.updated", "product.created", "product.updated", "stock.updated"],
            (await server.Messages(erp.Company)).Skip(1).Select(m => m.Type));
        var created = (await server.Item(erp, "product.created")).Json();
        Assert.Equal("NEW 37600099 0..2", created.Subject());
        Assert.Equal(
            """color: null → "noir", ean: null → "37600099", is_active: null → true, name: null → "neuf", reference: null → "NEW", status: null → "active" """.Trim(),
            string.Join(", ", created.Changes().Split(", ").Order(StringComparer.Ordinal)));
        Assert.Equal(
            """ART-001 3760000000001 1..2 name: "Article 1" → "autre" """.Trim(),
            $"{(await server.Item(erp, "product.updated")).Json().Subject()} {(await server.Item(erp, "product.updated")).Json().Changes()}");
        Assert.Equal(
            ["ART-002 3760000000002 0..1", "NEW 37600099 0..1"],
            (await server.Items(erp, "price.updated")).Select(i => i.Json().Subject()).Order(StringComparer.Ordinal));
        Assert.All(
            await server.Messages(erp.Company),
            m =>
                Assert.Equal(
                    JsonSerializer.Deserialize<JsonElement>(m.Data).GetProperty("total").GetInt32(),
                    server.Items.ItemsOf(m, CancellationToken.None).Result.Count));
    }

    [Fact]
    public async Task a_message_about_one_product_is_its_own_item()
    {
        var erp = await server.Company();
        await erp.Given(1);
        await erp.Patch("ART-001", """{"brand":"x","stock":3,"supplier_code":"KIMEX","price_ht":4}""");
        var (message, item) = (await server.Last(erp, "product.updated"), await server.Item(erp, "product.updated"));
        Assert.Equal(message.Data, item.Data);
        Assert.Equal((item.Json().GetProperty("id").GetGuid(), 1, 2), (item.Entity, item.PreviousVersion, item.Version));
        Assert.Equal("brand stock price_ht KIMEX", string.Join(' ', item.Fields.Concat(item.SupplierCodes)));
        Assert.Equal("""brand: null → "x", stock: null → 3 @KIMEX, price_ht: null → 4""", item.Json().Changes());
        Assert.Equal(["stock: null → 3 @KIMEX"], (await server.Items(erp, "stock.updated")).Select(i => i.Json().Changes()));
        Assert.Equal(["price_ht: null → 4"], (await server.Items(erp, "price.updated")).Select(i => i.Json().Changes()));
    }

    [Fact]
    public async Task items_name_products_as_they_were_called_then()
    {
        var erp = await server.Company();
        await erp.Given(1, 2);
        await erp.Stock("""[{"ean":"3760000000001","stock":5},{"ean":"3760000000002","stock":5}]""");
        var before = (await server.Items(erp, "stock.updated")).Select(i => i.Json().GetRawText()).ToList();
        await erp.Patch("ART-001", """{"ean":"3760000000009"}""");
        await erp.Patch("ART-001", """{"ean":null,"reference":"ART-009"}""");
        await erp.Patch("ART-009", """{"ean":"3760000000001"}""");
        await Destroy(erp, "ART-002");
        Assert.Equal(before, (await server.Items(erp, "stock.updated")).Select(i => i.Json().GetRawText()));
        var deleted = (await server.Item(erp, "product.deleted")).Json();
        Assert.Equal(("ART-002 3760000000002 1..2", ""), (deleted.Subject(), deleted.Changes()));
    }

    [Fact]
    public async Task calls_at_one_time_keep_their_events_apart()
    {
        var erp = await server.Company();
        await erp.Given([.. Enumerable.Range(1, 40)]);
        await Task.WhenAll(Enumerable.Range(1, 40).Select(n => erp.Stock(
            JsonSerializer.Serialize(
                Enumerable.Range(1, 5).Select(i => new { ean = WinDevClient.Ean((n + i * 7) % 40 + 1), stock = n * 100 + i })))));
        var messages = (await server.Messages(erp.Company)).Where(m => m.Type == "stock.updated").ToList();
        Assert.Equal((40, 40), (messages.Count, messages.Select(m => m.CausationId).Distinct(StringComparer.Ordinal).Count()));
        foreach (var message in messages)
        {
            var items = await server.Items.ItemsOf(message, CancellationToken.None);
            Assert.Equal(5, items.Count);
            Assert.Single(items.Select(i => i.Json().GetProperty("changes")[0].GetProperty("after").GetInt32() / 100).Distinct());
        }
    }

    [Fact]
    public async Task one_message_tells_a_thousand_products_with_as_many_queries_as_one()
    {
        var erp = await server.Company();
        await erp.Given([.. Enumerable.Range(1, 1000)]);
        var queries = new List<int>();
        foreach (var count in (int[])[1, 1000])
        {
            await erp.Stock(
                JsonSerializer.Serialize(Enumerable.Range(1, count).Select(n => new { ean = WinDevClient.Ean(n), stock = count + 1 })));
            var message = await server.Last(erp, "stock.updated");
            using var counted = new QueryCount();
            Assert.Equal(count, (await server.Items.ItemsOf(message, CancellationToken.None)).Count);
            queries.Add(counted.Queries);
        }

        Assert.Equal([2, 2], queries);
    }

    private async Task Destroy(WinDevClient erp, string reference)
    {
        await using var session = server.Store.Open(
            new Caller(erp.Company, "t", Guid.NewGuid().ToString(), new Dictionary<string, string>()));
        var (_, products) = await CatalogModule.LockAndFetch(session, [(ProductFields.Reference, reference)], CancellationToken.None);
        var product = products.Values.Single();
        product.Append(new DestroyProduct().Decide(product.State));
        session.Publish(Announcements.Single("product.deleted", product));
        Assert.True(await session.SaveChanges(CancellationToken.None));
    }
}
