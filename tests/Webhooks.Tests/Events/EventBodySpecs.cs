using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using PixeeEvents.Testing;
using PixeeEvents.Webhooks.Events;
using PixeeEvents.Webhooks.Subscriptions;
using PixeeEvents.Webhooks.Tests.Testing;
using Xunit;

namespace PixeeEvents.Webhooks.Tests.Events;

public sealed class EventBodySpecs
{
    private const string One =
        """
        {"version":3,
         "changes":[{"after":9.5,"field":"price","before":null},{"after":"é","field":"name","before":"e","supplier_code":"KIMEX"}],
         "id":"0198b1c2-7f00-7c3a-9a51-3f0e6d2b8c11","reference":"ART-001","ean":"3760000000001","previous_version":2,
         "updated_fields":["price","name"]}
        """;

    private const string Many = """{"eans":["3760000000001","3760000000002"],"total":60,"truncated":true}""";

    private const string Unnamed =
        """{"eans":[],"ids":["0198b1c2-7f00-7c3a-9a51-3f0e6d2b8c11","0198b1c2-7f00-7c3a-9a51-3f0e6d2b8c12"]"""
        + ""","references":["ART-001",null],"total":2,"truncated":false}""";

    private static readonly Guid Id = Guid.Parse("0198b1c2-8a10-7d55-8e00-52d1c7a94e0b");
    private static readonly DateTimeOffset At = new(2026, 11, 23, 9, 30, 0, 120, TimeSpan.FromHours(1));
    private static readonly Subscription Current = Samples.Subscription with { SchemaVersion = EventCatalogue.Current };
    private static readonly Subscription Elder = Samples.Subscription with { SchemaVersion = EventCatalogue.Elder };

    [Fact]
    public async Task the_current_version_says_everything_in_a_fixed_order()
    {
        Assert.Equal(
            """{"id":"evt_0198b1c28a107d558e0052d1c7a94e0b","type":"product.updated","event":"product.updated","""
            + """ "timestamp":"2026-11-23T08:30:00.120Z","sequence":7,""".Trim()
            + """ "data":{"id":"0198b1c2-7f00-7c3a-9a51-3f0e6d2b8c11","reference":"ART-001","ean":"3760000000001",""".Trim()
            + """ "previous_version":2,"version":3,"updated_fields":["price","name"],"changes":[{"field":"price",""".Trim()
            + """ "before":null,"after":9.5},{"field":"name","supplier_code":"KIMEX","before":"e","after":"é"}]}}""".Trim(),
            await Render(Current, "product.updated", One, 7));
        Assert.Equal(
            """{"id":"evt_0198b1c28a107d558e0052d1c7a94e0b","type":"stock.updated","event":"stock.updated","""
            + """ "timestamp":"2026-11-23T08:30:00.120Z","data":{"eans":["3760000000001","3760000000002"],"total":60,""".Trim()
            + """ "truncated":true,"items_url":""".Trim()
            + """ "https://hub.example/pixee/api/v1/webhooks/events/evt_0198b1c28a107d558e0052d1c7a94e0b/items"}}""".Trim(),
            await Render(Current, "stock.updated", Many));
    }

    [Fact]
    public async Task products_without_ean_are_named_by_id_and_reference() => Assert.StartsWith(
        Unnamed.TrimEnd('\n', '}'), JsonNode.Parse(await Render(Current, "stock.updated", Unnamed))!["data"]!.ToJsonString(),
            StringComparison.Ordinal);

    [Theory]
    [InlineData("product.updated", One, """{"ean":"3760000000001","reference":"ART-001","updated_fields":["price","name"]}""")]
    [InlineData("product.updated", Many, """{"eans":["3760000000001","3760000000002"],"total":60}""")]
    [InlineData("stock.updated", Many, """{"eans":["3760000000001","3760000000002"],"total":60}""")]
    [InlineData(
        "price.updated", One,
        """{"eans":["3760000000001"],"ids":["0198b1c2-7f00-7c3a-9a51-3f0e6d2b8c11"],"references":["ART-001"],"total":1}""")]
    [InlineData(
        "stock.updated", Unnamed,
        """{"eans":[],"ids":["0198b1c2-7f00-7c3a-9a51-3f0e6d2b8c11","0198b1c2-7f00-7c3a-9a51-3f0e6d2b8c12"]"""
        + ""","references":["ART-001",null],"total":2}""")]
    public async Task the_elder_version_keeps_the_shape_its_clients_know(string type, string data, string expected) => Assert.Equal(
        $$"""{"id":"evt_0198b1c28a107d558e0052d1c7a94e0b","event":"{{type}}","timestamp":"2026-11-23T08:30:00Z","data":{{expected}}}""",
        await Render(Elder, type, data, 7));

    [Theory]
    [InlineData(
        "2026-11-01", "product.updated", One,
        """{"id":"0198b1c2-7f00-7c3a-9a51-3f0e6d2b8c11","reference":"ART-001","ean":"3760000000001","version":3"""
        + ""","updated_fields":["price","name"],"url":"URL"}""")]
    [InlineData("2026-11-01", "stock.updated", Many, """{"total":60,"url":"URL"}""")]
    [InlineData(
        "2026-05-01", "product.updated", One,
        """{"ean":"3760000000001","reference":"ART-001","updated_fields":["price","name"],"url":"URL"}""")]
    [InlineData("2026-05-01", "stock.updated", Many, """{"total":60,"url":"URL"}""")]
    [InlineData("2026-05-01", "test", """{"message":"m"}""", """{"message":"m"}""")]
    public async Task a_thin_body_keeps_who_and_what_and_links_to_the_rest(string version, string type, string data, string expected)
    {
        var body = JsonNode.Parse(await Render(Samples.Subscription with { SchemaVersion = version, Thin = true }, type, data))!;
        Assert.Equal(
            expected.Replace(
                "URL", "https://hub.example/pixee/api/v1/webhooks/events/evt_0198b1c28a107d558e0052d1c7a94e0b",
                StringComparison.Ordinal), body["data"]!.ToJsonString());
    }

    [Fact]
    public async Task a_cloud_event_carries_the_same_data_in_structured_mode()
    {
        var subscription = Current with { CloudEvents = true };
        var body = JsonNode.Parse(await Render(subscription, "product.updated", One, 7))!.AsObject();
        Assert.Equal(
            ["specversion", "id", "source", "type", "subject", "time", "datacontenttype", "dataschema", "sequence", "data"],
            body.Select(p => p.Key));
        Assert.Equal("00000000000000000007", body["sequence"]!.GetValue<string>());
        Assert.Equal(
            JsonNode.Parse(await Render(Current, "product.updated", One, 7))!["data"]!.ToJsonString(), body["data"]!.ToJsonString());
        Assert.Equal(
            ("application/cloudevents+json; charset=utf-8", "application/json; charset=utf-8"),
            (EventBody.ContentType(subscription), EventBody.ContentType(Current)));
        foreach (var type in EventCatalogue.Types)
        {
            var data = type.Name == EventCatalogue.Test || OperationalEvents.IsOperational(type.Name)
                ? EventCatalogue.Example(type.Name, EventCatalogue.Current, new Uri("https://hub.example"))["data"]!.ToJsonString()
                : Many;
            await Render(Elder with { CloudEvents = true }, type.Name, data);
        }
    }

    [Theory]
    [InlineData(200_000, true)]
    [InlineData(300_000, false)]
    public async Task a_body_above_256_KiB_is_sent_thin_with_a_link_to_the_full_event(int length, bool isWhole)
    {
        var data = JsonNode.Parse(One)!;
        data["changes"]![0]!["after"] = new string('é', length / 2);
        var body = await Render(Current, "product.updated", data.ToJsonString());
        Assert.Equal(
            (isWhole, !isWhole), (body.Contains("changes", StringComparison.Ordinal), body.Contains("\"url\"", StringComparison.Ordinal)));
        Assert.True(Encoding.UTF8.GetByteCount(body) <= EventBody.MaxBytes);
        Assert.Contains("\"version\":3", body, StringComparison.Ordinal);
        Assert.True(
            EventBody.Full(
                Id, "product.updated", At, EventCatalogue.Current, Encoding.UTF8.GetBytes(data.ToJsonString()),
                new Uri("https://hub.example")).Length > length);
    }

    [Fact]
    public void an_items_event_has_the_same_id_whoever_derives_it()
    {
        var (message, entity) = (Guid.NewGuid(), Guid.NewGuid());
        Assert.Equal(EventIds.OfItem(message, entity), EventIds.OfItem(message, entity));
        Assert.Equal(3, new[] { EventIds.OfItem(message, entity), EventIds.OfItem(entity, message), message }.Distinct().Count());
        Assert.Equal(message, EventIds.Parse(EventIds.Text(message)));
        Assert.Null(EventIds.Parse("evt_" + message));
        Assert.Null(EventIds.Parse(message.ToString("N")));
    }

    /// <summary>Whatever is rendered here is valid by the schema of its version.</summary>
    private static async Task<string> Render(Subscription subscription, string type, string data, long? sequence = null)
    {
        var body = EventBody.Render(
            subscription, Id, type, At, sequence, Encoding.UTF8.GetBytes(data), new Uri("https://hub.example/pixee/"));
        var schema = subscription.CloudEvents
            ? EventCatalogue.CloudSchema(type, subscription.SchemaVersion)
            : EventCatalogue.Schema(type, subscription.SchemaVersion);
        Assert.Empty(await JsonSchema.Errors(schema, body));
        return Encoding.UTF8.GetString(body);
    }
}
