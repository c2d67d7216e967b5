using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using PixeeEvents.EventLog;
using PixeeEvents.Testing;
using PixeeEvents.Webhooks;
using Xunit;

namespace PixeeEvents.Host.Tests.Webhooks;

public sealed class EventEndpointSpecs(SharedServer server)
{
    private static readonly string[] Scopes = ["windev:read", "windev:write", "windev:sync", "webhooks:read"];

    [Fact]
    public async Task the_catalogue_lists_every_type_with_valid_examples_in_both_versions()
    {
        var erp = await server.Company("webhooks:read");
        var catalogue = (await erp.Get("/api/v1/webhooks/event-types")).Json;
        Assert.Equal("2026-11-01", catalogue.GetProperty("current_version").GetString());
        Assert.Equal(
            """[{"version":"2026-11-01","served_until":null},{"version":"2026-05-01","served_until":"2027-05-01"}]""",
            catalogue.GetProperty("versions").GetRawText());
        Assert.Equal(
            [
                "product.created", "product.updated", "product.deleted", "stock.updated", "price.updated",
                "endpoint.failing", "endpoint.disabled", "message.exhausted", "message.dead", "test",
            ],
            catalogue.GetProperty("event_types").EnumerateArray().Select(t => t.GetProperty("name").GetString()!));
        foreach (var type in catalogue.GetProperty("event_types").EnumerateArray())
        {
            Assert.NotEmpty(type.GetProperty("description").GetString()!);
            Assert.NotEmpty(type.GetProperty("fires").GetString()!);
            foreach (var version in type.GetProperty("versions").EnumerateArray())
            {
                var schema = JsonNode.Parse(version.GetProperty("schema").GetRawText())!;
                Assert.Empty(await JsonSchema.Errors(schema, JsonSerializer.SerializeToUtf8Bytes(version.GetProperty("example"))));
                var alone = await erp.Get(
                    $"/api/v1/webhooks/event-types/{type.GetProperty("name").GetString()}/{version.GetProperty("version").GetString()}");
                Assert.Equal(
                    (schema.ToJsonString(), "application/json"),
                    (JsonNode.Parse(alone.Text)!.ToJsonString(), alone.ContentHeaders.ContentType?.MediaType));
            }
        }

        Assert.Equal(HttpStatusCode.NotFound, (await erp.Get("/api/v1/webhooks/event-types/product.updated/2020-01-01")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await erp.Get("/api/v1/webhooks/event-types/unknown/2026-11-01")).Status);
    }

    [Fact]
    public async Task an_event_is_shown_in_full_to_its_company_alone()
    {
        var erp = await server.Company(Scopes);
        await erp.Given(1);
        await erp.Patch("ART-001", """{"brand":"é"}""");
        var message = await server.Last(erp, "product.updated");
        var path = "/api/v1/webhooks/events/" + EventIds.Text(message.Id);
        var shown = await erp.Get(path);
        Assert.Equal((HttpStatusCode.OK, "application/json"), (shown.Status, shown.ContentHeaders.ContentType?.MediaType));
        Assert.Empty(
            await JsonSchema.Errors(
                EventCatalogue.Schema("product.updated", EventCatalogue.Current), System.Text.Encoding.UTF8.GetBytes(shown.Text)));
        Assert.Equal(
            (EventIds.Text(message.Id), "brand: null → \"é\""),
            (shown.Json.GetProperty("id").GetString(), shown.Json.GetProperty("data").Changes()));
        Assert.Equal(
            """{"ean":"3760000000001","reference":"ART-001","updated_fields":["brand"]}""",
            (await erp.Get(path + "?schema_version=2026-05-01")).Json.GetProperty("data").GetRawText());
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await erp.Get(path + "?schema_version=1")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await (await server.Company("webhooks:read")).Get(path)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await (await server.Company("webhooks:read")).Get(path + "/items")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await (await server.Client(erp.Company, "windev:read")).Get(path)).Status);
        foreach (var unknown in (string[])["evt_" + Guid.NewGuid().ToString("N"), message.Id.ToString(), "evt_"])
        {
            Assert.Equal(HttpStatusCode.NotFound, (await erp.Get("/api/v1/webhooks/events/" + unknown)).Status);
        }
    }

    [Fact]
    public async Task an_event_about_deliveries_is_asked_for_by_name_and_shown_by_its_id()
    {
        var shop = await WebhookClient.Of(server);
        var operators = await shop.Created("""{"events":["endpoint.*","message.exhausted"]}""");
        (await shop.Patch(operators, """{"events":["endpoint.unknown"]}""")).AssertError(422, "VALIDATION_ERROR");
        var id = await shop.Created();
        await shop.Post($"{id}/disable");
        var message = await shop.Row<Guid>("select id from outbox where tenant_id = $1 and type = 'endpoint.disabled'");
        var shown = (await shop.Get($"events/{EventIds.Text(message)}")).Json;
        Assert.Equal("endpoint.disabled", shown.GetProperty("type").GetString());
        Assert.Equal(
            (id.ToString(), "by its owner"),
            (shown.GetProperty("data").GetProperty("webhook_id").GetString(), shown.GetProperty("data").GetProperty("reason").GetString()));
        Assert.Equal(0, (await shop.Get($"events/{EventIds.Text(message)}/items")).Json.GetProperty("total").GetInt32());
    }

    [Fact]
    public async Task items_url_leads_through_every_product_of_a_batch_page_by_page()
    {
        var erp = await server.Company(Scopes);
        await erp.Given([.. Enumerable.Range(1, 120)]);
        await erp.Stock(JsonSerializer.Serialize(Enumerable.Range(1, 120).Select(n => new { ean = WinDevClient.Ean(n), stock = n })));
        var message = await server.Last(erp, "stock.updated");
        var path = "/api/v1/webhooks/events/" + EventIds.Text(message.Id);
        var url = new Uri((await erp.Get(path)).Json.GetProperty("data").GetProperty("items_url").GetString()!).PathAndQuery;
        Assert.Equal(path + "/items", url);
        var seen = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var (page, pages) = (1, 1); page <= pages; page++)
        {
            var answer = (await erp.Get($"{url}?page={page}&limit=50")).Json;
            pages = answer.GetProperty("pages").GetInt32();
            Assert.Equal((3, 120, page), (pages, answer.GetProperty("total").GetInt32(), answer.GetProperty("page").GetInt32()));
            foreach (var item in answer.GetProperty("items").EnumerateArray())
            {
                Assert.NotNull(EventIds.Parse(item.GetProperty("event_id").GetString()!));
                seen.Add(
                    item.GetProperty("ean").GetString()!,
                    $"{item.GetProperty("previous_version").GetInt32()}..{item.GetProperty("version").GetInt32()} {item.Changes()}");
            }
        }

        Assert.Equal(
            Enumerable.Range(1, 120).Select(n => (WinDevClient.Ean(n), $"0..1 stock: null → {n}")),
            seen.OrderBy(s => s.Key, StringComparer.Ordinal).Select(s => (s.Key, s.Value)));
        Assert.Equal(120, (await erp.Get(url)).Json.GetProperty("items").GetArrayLength());
        foreach (var bad in (string[])["page=0", "page=x", "limit=5001", "limit=0"])
        {
            Assert.Equal(HttpStatusCode.UnprocessableEntity, (await erp.Get($"{url}?{bad}")).Status);
        }
    }

    [Fact]
    public async Task an_item_event_leads_to_its_own_part_of_the_batch()
    {
        var erp = await server.Company(Scopes);
        await erp.Given(1, 2);
        await erp.Stock("""[{"ean":"3760000000001","stock":5},{"ean":"3760000000002","stock":7}]""");
        var message = await server.Last(erp, "stock.updated");
        var item = (await server.Items(erp, "stock.updated")).Single(i => i.Json().GetProperty("ean").GetString() == "3760000000002");
        var id = EventIds.OfItem(message.Id, item.Entity);
        await Deliver(erp.Company, id, message, item.Entity);
        var path = "/api/v1/webhooks/events/" + EventIds.Text(id);
        Assert.Equal(
            "ART-002 3760000000002 0..1 stock: null → 7",
            $"{(await erp.Get(path)).Json.GetProperty("data").Subject()} {(await erp.Get(path)).Json.GetProperty("data").Changes()}");
        Assert.Equal(EventIds.Text(id), (await erp.Get(path + "/items")).Json.GetProperty("items")[0].GetProperty("event_id").GetString());
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"schema_version":"2026-05-01","body":"thin"}""")]
    [InlineData("""{"format":"cloudevents"}""")]
    public async Task a_test_event_is_valid_and_shown_as_it_was_sent(string settings)
    {
        var erp = await server.Company("webhooks:read", "webhooks:write");
        var webhooks = new WebhookClient(server, erp);
        await webhooks.Post($"{await webhooks.Created(settings)}/test");
        var body = await server.Scalar<byte[]>("select body from webhooks.deliveries where tenant_id = $1", erp.Company);
        await PublishedMessages.AssertValid(body);
        var shown = await erp.Get("/api/v1/webhooks/events/" + JsonSerializer.Deserialize<JsonElement>(body).GetProperty("id").GetString());
        Assert.Equal(System.Text.Encoding.UTF8.GetString(body!), shown.Text);
    }

    [Fact]
    public async Task the_asyncapi_document_has_a_message_for_each_type_and_version()
    {
        var erp = await server.Company("webhooks:read");
        var document = (await erp.Get("/api/v1/webhooks/asyncapi.json")).Json;
        Assert.Equal("3.0.0", document.GetProperty("asyncapi").GetString());
        var messages = document.GetProperty("components").GetProperty("messages").EnumerateObject().ToList();
        Assert.Equal(20, messages.Count);
        foreach (var message in messages)
        {
            var example = message.Value.GetProperty("examples")[0].GetProperty("payload");
            Assert.Empty(
                await JsonSchema.Errors(
                    JsonNode.Parse(message.Value.GetProperty("payload").GetRawText())!, JsonSerializer.SerializeToUtf8Bytes(example)));
            Assert.Equal(
                $"#/components/messages/{message.Name}",
                document.GetProperty("channels")
                    .GetProperty("subscriber").GetProperty("messages").GetProperty(message.Name).GetProperty("$ref").GetString());
        }
    }

    /// <summary>A delivery of one item, as the fan-out prepares it.</summary>
    private async Task Deliver(string company, Guid eventId, OutboxRecord message, Guid entity)
    {
        var subscription = Guid.NewGuid();
        await using var batch = server.DataSource.CreateBatch();
        batch.BatchCommands.Add(Sql.Command(
            "insert into webhooks.subscriptions (tenant_id, id, name, url, events, schema_version, created_at, updated_at) values ($1, $2, 's', 'https://erp.example', '{*}', '2026-11-01', now(), now())",
            Sql.Text(company), Sql.Uuid(subscription)));
        batch.BatchCommands.Add(Sql.Command(
            """
            insert into webhooks.deliveries (tenant_id, id, subscription_id, event_id, message_id, type, origin, entity, body, state,
                occurred_at, created_at)
            values ($1, $2, $3, $2, $4, $5, 'event', $6, '', 'waiting', now(), now())
            """,
            Sql.Text(company), Sql.Uuid(eventId), Sql.Uuid(subscription), Sql.Uuid(message.Id), Sql.Text(message.Type), Sql.Uuid(entity)));
        await batch.ExecuteNonQueryAsync();
    }
}
