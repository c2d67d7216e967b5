using System.Text;
using System.Text.Json;
using PixeeEvents.EventLog;
using PixeeEvents.Webhooks;
using Xunit;
using Answer = PixeeEvents.Host.Tests.Testing.Answer;

namespace PixeeEvents.Host.Tests.Webhooks.Messages;

public sealed class ContentSpecs(SharedServer server)
{
    [Theory]
    [InlineData("prices/update", """[{"ean":"3760000000001","price_ht":5}]""", "price.updated")]
    [InlineData("prices/update", """[{"ean":"3760000000001","price_ttc":6}]""", "price.updated")]
    [InlineData("stock/update", """[{"ean":"3760000000001","stock":5,"supplier_code":"KIMEX"}]""", "stock.updated")]
    [InlineData("products/sync", """[{"reference":"ART-001","name":"Article 1","price_ht":5}]""", "price.updated")]
    [InlineData("products/sync", """[{"reference":"ART-001","name":"Article 1","stock":5}]""", "stock.updated")]
    [InlineData("products/sync", """[{"reference":"ART-001","name":"autre"}]""", "product.updated")]
    [InlineData("products/sync", """[{"reference":"N","name":"n"}]""", "product.created")]
    [InlineData("products/sync", """[{"reference":"N","name":"n","stock":1,"price_ht":2},{"reference":"ART-001","name":"autre","stock":1,"tax_rate":20},{"reference":"ART-002","name":"x"}]""",
        "price.updated product.created product.updated stock.updated")]
    [InlineData("products/ART-001", """{"brand":"x"}""", "product.updated")]
    [InlineData("products/ART-001", """{"price_ht":5}""", "price.updated product.updated")]
    [InlineData("products/ART-001", """{"stock":5}""", "product.updated stock.updated")]
    [InlineData("products/ART-001", """{"brand":"x","stock":5,"tax_rate":5.5}""", "price.updated product.updated stock.updated")]
    [InlineData("products/ART-001/deactivate", null, "product.updated")]
    public async Task a_call_is_told_by_what_it_changed_and_told_once(string path, string? body, string types)
    {
        var erp = await server.Company();
        await erp.Given(1, 2);
        var method = path == "products/ART-001" ? HttpMethod.Patch : HttpMethod.Post;
        Assert.True((await erp.Send(method, path, body)).Json.GetProperty("success").GetBoolean());
        Assert.Equal(types, string.Join(' ', (await erp.NewMessages()).Select(m => m.Type)));
        await erp.NewEvents();
        Assert.True((await erp.Send(method, path, body)).Json.GetProperty("success").GetBoolean());
        await erp.AssertNothingHappened();
    }

    [Fact]
    public async Task every_update_says_what_each_field_was_and_is()
    {
        var erp = await server.Company();
        await erp.Given(1);
        foreach (var body in (string[])
                 [
                     """
                     {"name":"é","ean":"37600009","reference":"R","brand":"b","description":"d","is_active":false,"end_of_life_date":"2027-01-31","discontinued":true,"weight":1.50,
                      "package_quantity":5,"country_of_origin":"FR","technical_specs":{"vesa":[200,400]},"price_ht":1,"price_ttc":2.40,"stock":3,"tax_rate":5.5}
                     """,
                     """{"name":"f","brand":null,"is_active":true,"weight":1.75,"technical_specs":null,"price_ht":null,"price_ttc":2.5,"stock":0,"tax_rate":20}""",
                 ])
        {
            var key = (await erp.Product("R")).Status == System.Net.HttpStatusCode.OK ? "R" : "ART-001";
            var before = (await erp.Product(key)).Data;
            var after = (await erp.Patch(key, body)).AssertOk("Produit mis à jour").Data;
            var data = (await server.Item(erp, "product.updated")).Json();
            Assert.Equal(
                Answer.Keys(JsonSerializer.Deserialize<JsonElement>(body)).Append("status").Order(StringComparer.Ordinal),
                data.GetProperty("updated_fields").EnumerateArray().Select(f => f.GetString()!).Order(StringComparer.Ordinal));
            foreach (var change in data.GetProperty("changes").EnumerateArray())
            {
                var field = change.GetProperty("field").GetString()!;
                AssertSame(field, Shown(after, field), change.GetProperty("after"));
                AssertSame(field, field == "stock" && key == "ART-001" ? default : Shown(before, field), change.GetProperty("before"));
            }
        }

        static JsonElement Shown(JsonElement product, string field) => product.TryGetProperty(field, out var value) ? value : default;

        static void AssertSame(string field, JsonElement shown, JsonElement told) => Assert.True(
            shown.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null
                ? told.ValueKind == JsonValueKind.Null
                : JsonElement.DeepEquals(shown, told),
            $"{field}: {(shown.ValueKind == JsonValueKind.Undefined ? "-" : shown.GetRawText())} is told as {told.GetRawText()}");
    }

    [Fact]
    public async Task a_receiver_of_every_item_ends_with_what_the_hub_has_and_sees_no_gap()
    {
        const int Products = 30;
        var erp = await server.Company();
        await erp.Given([.. Enumerable.Range(1, Products)]);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async worker =>
        {
            var random = new Random(worker);
            for (var call = 0; call < 25; call++)
            {
                var items = Enumerable.Range(0, random.Next(1, 12)).Select(_ => random.Next(1, Products + 1)).ToList();
                _ = random.Next(5) switch
                {
                    0 =>
                        await erp.Stock(
                            JsonSerializer.Serialize(items.Select(n => new { ean = WinDevClient.Ean(n), stock = random.Next(5) }))),
                    1 =>
                        await erp.Prices(
                            JsonSerializer.Serialize(
                                items.Select(
                                    n => new { ean = WinDevClient.Ean(n), price_ht = random.Next(5), price_ttc = random.Next(5) }))),
                    2 =>
                        await erp.Sync(
                            JsonSerializer.Serialize(
                                items.Select(
                                    n =>
                                        new { reference = $"ART-{n:000}", name = $"n{random.Next(3)}", brand = $"b{random.Next(3)}", stock = random.Next(5) }))),
                    3 =>
                        await erp.Patch(
                            $"ART-{items[0]:000}",
                            JsonSerializer.Serialize(
                                new { name = $"n{random.Next(3)}", price_ht = random.Next(5), stock = random.Next(5) })),
                    _ => await erp.Post($"products/ART-{items[0]:000}/{(random.Next(2) == 0 ? "activate" : "deactivate")}"),
                };
            }
        }));

        var (versions, products) = (
            new Dictionary<Guid, long>(), new Dictionary<string, Dictionary<string, string>>(StringComparer.Ordinal));
        foreach (var message in await server.Messages(erp.Company))
        {
            foreach (var item in await server.Items.ItemsOf(message, CancellationToken.None))
            {
                var known = versions.GetValueOrDefault(item.Entity);
                Assert.True(
                    item.PreviousVersion == known && item.Version >= known,
                    $"{message.Type} {item.PreviousVersion}..{item.Version} after {known}");
                versions[item.Entity] = item.Version;
                var reference = item.Json().GetProperty("reference").GetString()!;
                var product = products.TryGetValue(reference, out var existing) ? existing : products[reference] = new Dictionary<string,
                string>(StringComparer.Ordinal);
                foreach (var change in item.Json().GetProperty("changes").EnumerateArray())
                {
                    product[change.GetProperty("field").GetString()!] = change.GetProperty("after").ToString();
                }
            }
        }

        Assert.Equal(
            versions.Values.Sum(), await server.Scalar<decimal>("select sum(version) from mt_streams where tenant_id = $1", erp.Company));
        foreach (var shown in (await erp.Get("products?limit=100&active_only=false")).Data.EnumerateArray())
        {
            var told = products[shown.GetProperty("reference").GetString()!];
            foreach (var field in (string[])["ean", "name", "brand", "price_ht", "price_ttc", "stock", "is_active"])
            {
                var value = shown.GetProperty(field).ToString();
                Assert.Equal((field, value), (field, told.GetValueOrDefault(field, field == "stock" ? "0" : "")));
            }
        }

        await AssertValid(await server.Messages(erp.Company), maxMedian: 2_000);
    }

    [Fact]
    public async Task the_message_of_a_full_batch_is_small()
    {
        var erp = await server.Company();
        await erp.Given([.. Enumerable.Range(1, 1000)]);
        await erp.Stock(JsonSerializer.Serialize(Enumerable.Range(1, 1000).Select(n => new { ean = WinDevClient.Ean(n), stock = n })));
        Assert.InRange((await server.Last(erp, "stock.updated")).Data.Length, 2_000, 4_000);
    }

    [Fact]
    public async Task an_event_above_256_KiB_is_sent_thin_and_its_link_leads_to_all_of_it()
    {
        var erp = await server.Company("windev:read", "windev:write", "windev:sync", "webhooks:read");
        await erp.Given(1);
        foreach (var letter in "€œ")
        {
            var text = new string(letter, 20_000);
            (
                await erp.Patch(
                    "ART-001",
                    JsonSerializer.Serialize(
                        new { description = text, short_description = text, promotional_text = text }))).AssertOk("Produit mis à jour");
        }

        var message = await server.Last(erp, "product.updated");
        Assert.True(message.Data.Length > EventBody.MaxBytes);
        var body = JsonSerializer.Deserialize<JsonElement>(
            EventBody.Render(Some, message.Id, message.Type, message.OccurredAt, 1, message.Data, server.Address));
        Assert.Equal(["ean", "id", "reference", "updated_fields", "url", "version"], Answer.Keys(body.GetProperty("data")));
        var full = (await erp.Get(body.GetProperty("data").GetProperty("url").GetString()!)).Json;
        Assert.Equal(20_000, full.GetProperty("data").GetProperty("changes")[0].GetProperty("after").GetString()!.Length);
        Assert.Equal(body.GetProperty("id").GetString(), full.GetProperty("id").GetString());
    }

    private static Subscription Some { get; } = new(
        "c", Guid.NewGuid(), "ERP", new Uri("https://erp.example/hook"), ["*"], true, null, new Dictionary<string, string>(), null, null,
        TimeSpan.FromSeconds(10), null, 10, false, false, false, null, false, EventCatalogue.Current, ["v1"], null, null, false, null,
        DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch);

    /// <summary>Every body in every shape a subscription can ask for is valid, and 99 in 100 are smaller than 20 kB.</summary>
    private async Task AssertValid(IReadOnlyList<OutboxRecord> messages, int maxMedian)
    {
        Assert.NotEmpty(messages);
        var sizes = new List<int>();
        foreach (var message in messages)
        {
            var item = (await server.Items.ItemsOf(message, CancellationToken.None))[0];
            foreach (
                var shape in from version in EventCatalogue.Versions from thin in (bool[])[false, true] from cloud in (bool[])[false, true] select Some with { SchemaVersion = version, Thin = thin, CloudEvents = cloud })
            {
                foreach (var (id, data) in new[] { (message.Id, message.Data), (EventIds.OfItem(message.Id, item.Entity), item.Data) })
                {
                    var body = EventBody.Render(shape, id, message.Type, message.OccurredAt, 1, data, server.Address);
                    sizes.Add(body.Length);
                    await PublishedMessages.AssertValid(body);
                }
            }
        }

        sizes.Sort();
        Assert.True(sizes[sizes.Count / 2] < maxMedian && sizes[sizes.Count * 99 / 100] < 20_000);
    }
}
