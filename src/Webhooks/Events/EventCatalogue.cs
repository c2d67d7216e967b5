using System.Globalization;
using System.Text.Json.Nodes;

namespace PixeeEvents.Webhooks.Events;

/// <summary>One type of event.</summary>
/// <param name="When">What makes it fire.</param>
public sealed record EventType(string Name, string Description, string When);

/// <summary>
/// Every type of event that a subscriber can ask for, with its JSON Schema in each served version. A version is a promise: what is
/// optional may be added to it, nothing else. Two versions are served, each for at least six months after the next one came.
/// </summary>
public static class EventCatalogue
{
    /// <summary>What a new subscription gets.</summary>
    public const string Current = "2026-11-01";

    public const string Elder = "2026-05-01";

    /// <summary>What a subscriber may have sent to try its endpoint; fires on demand only.</summary>
    public const string Test = "test";

    /// <summary>The newest first.</summary>
    public static IReadOnlyList<string> Versions { get; } = [Current, Elder];

    /// <summary>The day before which a version is not taken away; null while no newer one has come.</summary>
    public static DateOnly? ServedUntil(string version) => Versions.TakeWhile(v => v != version).LastOrDefault() is { } next
        ? DateOnly.ParseExact(next, "yyyy-MM-dd", CultureInfo.InvariantCulture).AddMonths(6)
        : null;

    public static IReadOnlyList<EventType> Types { get; } =
    [
        new("product.created", "Products entered the catalogue.", "A product is created, by itself or in a sync."),
        new(
            "product.updated", "Products changed.",
            "A product is changed by itself, its stock and prices included; or a sync changes fields other than stock and prices."),
        new("product.deleted", "Products left the catalogue for good.", "A product is deleted."),
        new("stock.updated", "Stock levels changed.", "Once for each call that changed a stock level."),
        new("price.updated", "Prices or tax rates changed.", "Once for each call that changed a price or a tax rate."),
        new(
            OperationalEvents.Failing, "A webhook of the company is failing.",
            "After 60 hours without one success, and again 24 hours before it is disabled. Asked for by name, not by *."),
        new(
            OperationalEvents.Disabled, "A webhook of the company was disabled.",
            "By itself after five days of failure, by an answer 410, or by its owner. Asked for by name, not by *."),
        new(
            OperationalEvents.Exhausted, "An event did not arrive at a webhook of the company.",
            "When the last attempt failed. Asked for by name, not by *."),
        new(
            OperationalEvents.Dead, "An event became no delivery of anybody.",
            "When it could not be handled and was set aside. Asked for by name, not by *."),
        new(Test, "A try-out of an endpoint.", "On demand only."),
    ];

    /// <summary>The data of a test event.</summary>
    public static byte[] TestEvent { get; } = """{"message":"Test event: this endpoint receives webhooks."}"""u8.ToArray();

    /// <summary>JSON Schema (2020-12) of a body of a type in a version.</summary>
    public static JsonObject Schema(string type, string version)
    {
        var elder = version == Elder;
        var schema = JsonNode.Parse(
            $$$$"""
            {"$schema":"https://json-schema.org/draft/2020-12/schema","$id":"urn:pixeeevents:event:{{{{type}}}}:{{{{version}}}}",
             "title":"{{{{type}}}}","type":"object","required":["id","event","timestamp","data"],"properties":{
               "id":{"type":"string","pattern":"^evt_[0-9a-f]{32}$","description":"The same on every attempt and replay."},
               "event":{"const":"{{{{type}}}}"},
               "timestamp":{"type":"string","format":"date-time"}}}
            """)!.AsObject();
        schema["description"] = Types.Single(t => t.Name == type).Description;
        var properties = schema["properties"]!.AsObject();
        if (!elder)
        {
            properties.Insert(1, "type", JsonNode.Parse($$"""{"const":"{{type}}"}"""));
            properties["sequence"] = JsonNode.Parse(
                """{"type":"integer","minimum":1,"description":"Number of the event within the subscription."}""");
            schema["required"]!.AsArray().Insert(1, "type");
        }

        AddTestMark(properties, type);
        properties["data"] = EventSchemas.Data(type, elder);
        return schema;
    }

    /// <summary>JSON Schema of the same event as a CloudEvent.</summary>
    public static JsonObject CloudSchema(string type, string version)
    {
        var schema = JsonNode.Parse(
            $$$$"""
            {"$schema":"https://json-schema.org/draft/2020-12/schema","$id":"urn:pixeeevents:cloudevent:{{{{type}}}}:{{{{version}}}}",
             "title":"{{{{type}}}}","type":"object",
             "required":["specversion","id","source","type","time","datacontenttype","dataschema","data"],"properties":{
               "specversion":{"const":"1.0"},
               "id":{"type":"string","pattern":"^evt_[0-9a-f]{32}$"},
               "source":{"type":"string","format":"uri-reference"},
               "type":{"const":"{{{{type}}}}"},
               "subject":{"type":"string","format":"uuid","description":"The product."},
               "time":{"type":"string","format":"date-time"},
               "datacontenttype":{"const":"application/json"},
               "dataschema":{"type":"string","format":"uri"},
               "sequence":{"type":"string","pattern":"^[0-9]{20}$"}}}
            """)!.AsObject();
        AddTestMark(schema["properties"]!.AsObject(), type);
        schema["properties"]!["data"] = EventSchemas.Data(type, version == Elder);
        return schema;
    }

    /// <summary>A body of a type in a version, as a subscriber of this server would get it.</summary>
    public static JsonNode Example(string type, string version, Uri publicUrl)
    {
        var at = new DateTimeOffset(2026, 11, 23, 9, 30, 0, TimeSpan.Zero);
        return JsonNode.Parse(EventBody.Full(
            Guid.Parse("0198b1c2-8a10-7d55-8e00-52d1c7a94e0b"), type, at, version, Sample(type, ofOne: false), publicUrl))!;
    }

    /// <summary>Data of a type as an event might have them, of invented products.</summary>
    /// <param name="ofOne">Of one product, where a call's event may speak of many.</param>
    internal static ReadOnlySpan<byte> Sample(string type, bool ofOne) => type switch
    {
        Test => TestEvent,
        OperationalEvents.Failing =>
            """
            {"webhook_id":"0198b1c2-7f00-7c3a-9a51-3f0e6d2b8c11","name":"shop","url":"https://shop.example/hooks",
             "failing_since":"2026-11-20T21:30:00.000Z","failed_attempts":57,"disabled_from":"2026-11-25T21:30:00.000Z",
             "detail":"No delivery has succeeded for half of the time after which the webhook is disabled."}
            """u8,
        OperationalEvents.Disabled =>
            """
            {"webhook_id":"0198b1c2-7f00-7c3a-9a51-3f0e6d2b8c11","name":"shop","url":"https://shop.example/hooks",
             "reason":"failing","failing_since":"2026-11-18T09:30:00.000Z","failed_attempts":112,
             "detail":"No delivery has succeeded for five days. Events are kept until it is enabled."}
            """u8,
        OperationalEvents.Exhausted =>
            """
            {"webhook_id":"0198b1c2-7f00-7c3a-9a51-3f0e6d2b8c11","name":"shop","url":"https://shop.example/hooks",
             "event_id":"evt_0198b1c28a107d558e0052d1c7a94e0a","event_type":"stock.updated",
             "delivery_id":"0198b1c2-8b20-7e44-a1c7-5d9f0e3a2b22","attempts":10,"status":503,"error":"status",
             "detail":"stock.updated evt_0198b1c28a107d558e0052d1c7a94e0a: the last attempt failed."}
            """u8,
        OperationalEvents.Dead =>
            """
            {"event_id":"evt_0198b1c28a107d558e0052d1c7a94e0a","event_type":"stock.updated","occurred_at":"2026-11-23T09:28:11Z",
             "detail":"stock.updated evt_0198b1c28a107d558e0052d1c7a94e0a reaches nobody: It ended the process whenever it was handled."}
            """u8,
        "product.created" =>
            """
            {"id":"0198b1c2-7f00-7c3a-9a51-3f0e6d2b8c11","reference":"ART-001","ean":"3760000000001",
             "previous_version":0,"version":1,"updated_fields":["name"],
             "changes":[{"field":"name","before":null,"after":"Support TV"}]}
            """u8,
        "product.updated" =>
            """
            {"id":"0198b1c2-7f00-7c3a-9a51-3f0e6d2b8c11","reference":"ART-001","ean":"3760000000001",
             "previous_version":1,"version":2,"updated_fields":["name"],
             "changes":[{"field":"name","before":"Support TV","after":"Support TV mural"}]}
            """u8,
        "product.deleted" =>
            """
            {"id":"0198b1c2-7f00-7c3a-9a51-3f0e6d2b8c11","reference":"ART-001","ean":"3760000000001",
             "previous_version":2,"version":3,"updated_fields":[],"changes":[]}
            """u8,
        "stock.updated" when ofOne =>
            """
            {"id":"0198b1c2-7f00-7c3a-9a51-3f0e6d2b8c11","reference":"ART-001","ean":"3760000000001",
             "previous_version":1,"version":2,"updated_fields":["stock"],"changes":[{"field":"stock","before":38,"after":42}]}
            """u8,
        "price.updated" when ofOne =>
            """
            {"id":"0198b1c2-7f00-7c3a-9a51-3f0e6d2b8c11","reference":"ART-001","ean":"3760000000001",
             "previous_version":1,"version":2,"updated_fields":["tax_rate"],
             "changes":[{"field":"tax_rate","before":20,"after":5.5}]}
            """u8,
        _ =>
            """
            {"eans":["3760000000001","3760000000002"],
             "ids":["0198b1c2-7f00-7c3a-9a51-3f0e6d2b8c11","0198b1c2-7f00-7c3a-9a51-3f0e6d2b8c12"],
             "references":["ART-001","ART-002"],"total":2,"truncated":false}
            """u8,
    };

    /// <summary>What tells a sample of a type from an event of it.</summary>
    private static void AddTestMark(JsonObject properties, string type)
    {
        if (type != Test)
        {
            properties["test"] = JsonNode.Parse(
                """{"const":true,"description":"A sample that somebody asked for, to try an endpoint: it happened nowhere."}""");
        }
    }
}
