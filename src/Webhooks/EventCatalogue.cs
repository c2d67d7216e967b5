using System.Globalization;
using System.Text.Json.Nodes;

namespace PixeeEvents.Webhooks;

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

    private const string Change =
        """
        {"type":"object","required":["field","before","after"],"properties":{
          "field":{"type":"string","description":"Name of the field, as the API names it."},
          "supplier_code":{"type":"string","description":"The supplier whose figure changed; absent for every other change."},
          "before":{"description":"The value before, null for none."},
          "after":{"description":"The value after, null for none."}}}
        """;

    private const string Product =
        """
        {"title":"One product","type":"object","required":["id","reference","ean","version","updated_fields"],"properties":{
          "id":{"type":"string","format":"uuid"},
          "reference":{"type":["string","null"]},
          "ean":{"type":["string","null"]},
          "previous_version":{"type":"integer","minimum":0,"description":"Version before the change; where it is not the last one received, an event is missing."},
          "version":{"type":"integer","minimum":1,"description":"Version after the change; rises without gaps in the product, its stock and its prices, each for itself."},
          "updated_fields":{"type":"array","items":{"type":"string"}},
          "changes":{"type":"array","items":CHANGE,"description":"Absent from thin bodies."},
          "url":{"type":"string","format":"uri","description":"The full event; in thin bodies."}}}
        """;

    private const string Batch =
        """
        {"title":"A call that changed many","type":"object","required":["total"],"properties":{
          "eans":{"type":"array","maxItems":50,"items":{"type":"string"},"description":"The first 50. Absent from thin bodies."},
          "ids":{"type":"array","maxItems":50,"items":{"type":"string","format":"uuid"},
            "description":"The first 50 products, those without EAN too. Absent from thin bodies."},
          "references":{"type":"array","maxItems":50,"items":{"type":["string","null"]},
            "description":"Of the products in ids, one beside the other; null for one without."},
          "total":{"type":"integer","minimum":1,"description":"Products that changed."},
          "truncated":{"type":"boolean","description":"There are more than eans names."},
          "items_url":{"type":"string","format":"uri","description":"Every product, with values before and after."},
          "url":{"type":"string","format":"uri","description":"The full event; in thin bodies."}}}
        """;

    private const string ElderProduct =
        """
        {"title":"One product","type":"object","required":["ean","reference","updated_fields"],"properties":{
          "ean":{"type":["string","null"]},
          "reference":{"type":["string","null"]},
          "updated_fields":{"type":"array","items":{"type":"string"}},
          "url":{"type":"string","format":"uri","description":"The full event; in thin bodies."}}}
        """;

    private const string ElderBatch =
        """
        {"title":"A call that changed many","type":"object","required":["total"],"properties":{
          "eans":{"type":"array","maxItems":50,"items":{"type":"string"},"description":"The first 50. Absent from thin bodies."},
          "ids":{"type":"array","maxItems":50,"items":{"type":"string","format":"uuid"},
            "description":"The first 50 products, those without EAN too. Absent from thin bodies."},
          "references":{"type":"array","maxItems":50,"items":{"type":["string","null"]},
            "description":"Of the products in ids, one beside the other; null for one without."},
          "total":{"type":"integer","minimum":1,"description":"Products that changed."},
          "url":{"type":"string","format":"uri","description":"The full event; in thin bodies."}}}
        """;

    private const string TestData = """{"type":"object","required":["message"],"properties":{"message":{"type":"string"}}}""";

    /// <summary>The newest first.</summary>
    public static IReadOnlyList<string> Versions { get; } = [Current, Elder];

    /// <summary>The day before which a version is not taken away; null while no newer one has come.</summary>
    public static DateOnly? ServedUntil(string version) => Versions.TakeWhile(v => v != version).LastOrDefault() is { } next
        ? DateOnly.ParseExact(next, "yyyy-MM-dd", CultureInfo.InvariantCulture).AddMonths(6)
        : null;

    public static IReadOnlyList<EventType> Types { get; } =
    [
        new("product.created", "Products entered the catalogue.", "A product is created, by itself or in a sync."),
        new("product.updated", "Products changed.", "A product is changed by itself, its stock and prices included; or a sync changes fields other than stock and prices."),
        new("product.deleted", "Products left the catalogue for good.", "A product is deleted."),
        new("stock.updated", "Stock levels changed.", "Once for each call that changed a stock level."),
        new("price.updated", "Prices or tax rates changed.", "Once for each call that changed a price or a tax rate."),
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
            properties["sequence"] = JsonNode.Parse("""{"type":"integer","minimum":1,"description":"Number of the event within the subscription."}""");
            schema["required"]!.AsArray().Insert(1, "type");
        }

        properties["data"] = Data(type, elder);
        return schema;
    }

    /// <summary>JSON Schema of the same event as a CloudEvent.</summary>
    public static JsonObject CloudSchema(string type, string version)
    {
        var schema = JsonNode.Parse(
            $$$$"""
            {"$schema":"https://json-schema.org/draft/2020-12/schema","$id":"urn:pixeeevents:cloudevent:{{{{type}}}}:{{{{version}}}}",
             "title":"{{{{type}}}}","type":"object","required":["specversion","id","source","type","time","datacontenttype","dataschema","data"],"properties":{
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
        schema["properties"]!["data"] = Data(type, version == Elder);
        return schema;
    }

    /// <summary>A body of a type in a version, as a subscriber of this server would get it.</summary>
    public static JsonNode Example(string type, string version, Uri publicUrl)
    {
        ReadOnlySpan<byte> data = type switch
        {
            Test => TestEvent,
            "product.created" =>
                """
                {"id":"0198b1c2-7f00-7c3a-9a51-3f0e6d2b8c11","reference":"ART-001","ean":"3760000000001","previous_version":0,"version":1,"updated_fields":["name"],
                 "changes":[{"field":"name","before":null,"after":"Support TV"}]}
                """u8,
            "product.updated" =>
                """
                {"id":"0198b1c2-7f00-7c3a-9a51-3f0e6d2b8c11","reference":"ART-001","ean":"3760000000001","previous_version":1,"version":2,"updated_fields":["name"],
                 "changes":[{"field":"name","before":"Support TV","after":"Support TV mural"}]}
                """u8,
            "product.deleted" =>
                """
                {"id":"0198b1c2-7f00-7c3a-9a51-3f0e6d2b8c11","reference":"ART-001","ean":"3760000000001","previous_version":2,"version":3,"updated_fields":[],"changes":[]}
                """u8,
            _ =>
                """
                {"eans":["3760000000001","3760000000002"],"ids":["0198b1c2-7f00-7c3a-9a51-3f0e6d2b8c11","0198b1c2-7f00-7c3a-9a51-3f0e6d2b8c12"],
                 "references":["ART-001","ART-002"],"total":2,"truncated":false}
                """u8,
        };
        return JsonNode.Parse(EventBody.Full(
            Guid.Parse("0198b1c2-8a10-7d55-8e00-52d1c7a94e0b"), type, new DateTimeOffset(2026, 11, 23, 9, 30, 0, TimeSpan.Zero), version, data, publicUrl))!;
    }

    private static JsonNode Data(string type, bool elder)
    {
        if (type == Test)
        {
            return JsonNode.Parse(TestData)!;
        }

        var product = elder ? ElderProduct : Product.Replace("CHANGE", Change, StringComparison.Ordinal);
        var batch = elder ? ElderBatch : Batch;
        var ofOne = elder && !type.StartsWith("product.", StringComparison.Ordinal) ? "" : product + ",";
        return JsonNode.Parse($$"""{"anyOf":[{{ofOne}}{{batch}}]}""")!;
    }
}
