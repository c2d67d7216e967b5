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

    /// <summary>Of the data of a type.</summary>
    public static JsonNode Data(string type, bool elder)
    {
        if (type == EventCatalogue.Test)
        {
            return JsonNode.Parse(TestData)!;
        }

        var product = elder ? ElderProduct : Product.Replace("CHANGE", Change, StringComparison.Ordinal);
        var batch = elder ? ElderBatch : Batch;
        var ofOne = elder && !type.StartsWith("product.", StringComparison.Ordinal) ? "" : product + ",";
        return JsonNode.Parse($$"""{"anyOf":[{{ofOne}}{{batch}}]}""")!;
    }
}
