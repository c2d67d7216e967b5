using System.Text.Json.Nodes;

namespace PixeeEvents.Webhooks.Events;

/// <summary>The JSON Schemas of what events carry.</summary>
internal static class EventSchemas
{
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
          "previous_version":{"type":"integer","minimum":0,
            "description":"Version before the change; where it is not the last one received, an event is missing."},
          "version":{"type":"integer","minimum":1,
            "description":"Version after the change; rises without gaps in the product, its stock and its prices, each for itself."},
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

    private const string About =
        """
          "webhook_id":{"type":"string","format":"uuid","description":"The webhook that it is about."},
          "name":{"type":"string"},
          "url":{"type":"string","description":"Without credentials and query."},
          "detail":{"type":"string","description":"What happened, in a sentence; as the webhook's notice has it."}
        """;

    private const string Health =
        """
          "failing_since":{"type":["string","null"],"format":"date-time","description":"The first of the failures since the last success."},
          "failed_attempts":{"type":"integer","minimum":0,"description":"Attempts that failed since then."}
        """;

    private const string Failing =
        $$$$"""
        {"type":"object","required":["webhook_id","name","url","failing_since","failed_attempts","disabled_from","detail"],"properties":{
        {{{{About}}}},
        {{{{Health}}}},
          "disabled_from":{"type":"string","format":"date-time","description":"The webhook is not disabled before."}}}
        """;

    private const string Disabled =
        $$$$"""
        {"type":"object","required":["webhook_id","name","url","reason","detail"],"properties":{
        {{{{About}}}},
        {{{{Health}}}},
          "reason":{"type":"string","description":"As disabled_reason of the webhook."}}}
        """;

    private const string Exhausted =
        $$$$"""
        {"type":"object","required":["webhook_id","name","url","event_id","event_type","delivery_id","attempts","detail"],"properties":{
        {{{{About}}}},
          "event_id":{"type":"string","pattern":"^evt_[0-9a-f]{32}$","description":"The event that did not arrive."},
          "event_type":{"type":"string"},
          "delivery_id":{"type":"string","format":"uuid"},
          "attempts":{"type":"integer","minimum":1},
          "status":{"type":["integer","null"],"description":"Of the last answer; null when there was none."},
          "error":{"type":["string","null"],"description":"Of the last attempt, as its log has it."}}}
        """;

    private const string Dead =
        """
        {"type":"object","required":["event_id","event_type","occurred_at","detail"],"properties":{
          "event_id":{"type":"string","pattern":"^evt_[0-9a-f]{32}$",
            "description":"The event that nobody gets until an operator retries it."},
          "event_type":{"type":"string"},
          "occurred_at":{"type":"string","format":"date-time"},
          "detail":{"type":"string","description":"What happened, in a sentence."}}}
        """;

    /// <summary>Of the data of a type.</summary>
    public static JsonNode Data(string type, bool elder)
    {
        var ofItsOwn = type switch
        {
            EventCatalogue.Test => TestData,
            OperationalEvents.Failing => Failing,
            OperationalEvents.Disabled => Disabled,
            OperationalEvents.Exhausted => Exhausted,
            OperationalEvents.Dead => Dead,
            _ => null,
        };
        if (ofItsOwn is not null)
        {
            return JsonNode.Parse(ofItsOwn)!;
        }

        var product = elder ? ElderProduct : Product.Replace("CHANGE", Change, StringComparison.Ordinal);
        var batch = elder ? ElderBatch : Batch;
        var ofOne = elder && !type.StartsWith("product.", StringComparison.Ordinal) ? "" : product + ",";
        return JsonNode.Parse($$"""{"anyOf":[{{ofOne}}{{batch}}]}""")!;
    }
}
