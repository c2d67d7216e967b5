using System.Text.Json;
using System.Text.Json.Nodes;
using PixeeEvents.Catalog;
using PixeeEvents.Inventory;
using PixeeEvents.Pricing;

namespace PixeeEvents.Http.Changes;

/// <summary>One field of the public product that changed; null is "none" on either side.</summary>
/// <param name="SupplierCode">Of a supplier's own stock figure; null for every other change.</param>
internal sealed record PublicChange(string Field, JsonElement? Before, JsonElement? After, string? SupplierCode = null)
{
    /// <summary>
    /// What events of one product did to it as a whole: one change for each field and supplier, none where the value came back.
    /// </summary>
    public static IReadOnlyList<PublicChange> Net(IEnumerable<object> events)
    {
        var net = new List<PublicChange>();
        foreach (var change in events.SelectMany(Of))
        {
            var known = net.FindIndex(c => c.Field == change.Field && c.SupplierCode == change.SupplierCode);
            if (known < 0)
            {
                net.Add(change);
            }
            else
            {
                net[known] = net[known] with { After = change.After };
            }
        }

        net.RemoveAll(c => Same(c.Before, c.After));
        return net;
    }

    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("field"u8, Field);
        if (SupplierCode is not null)
        {
            json.WriteString("supplier_code"u8, SupplierCode);
        }

        Write("before", Before);
        Write("after", After);
        json.WriteEndObject();

        void Write(string name, JsonElement? value)
        {
            json.WritePropertyName(name);
            if (value is { } given)
            {
                given.WriteTo(json);
            }
            else
            {
                json.WriteNullValue();
            }
        }
    }

    /// <summary>The one place that says which public fields a stored event moved; events that move none give nothing.</summary>
    private static IEnumerable<PublicChange> Of(object @event) => @event switch
    {
        ProductRegistered e =>
            e.Fields.OrderBy(f => f.Key, StringComparer.Ordinal)
                .Select(f => new PublicChange(f.Key, null, f.Value)).Concat(Activity(null, true)),
        ProductDetailsChanged e =>
            e.Changes.OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => new PublicChange(c.Key, c.Value.Before, c.Value.After)),
        ProductActivated => Activity(false, true),
        ProductDeactivated => Activity(true, false),
        ProductArchived => [Flag("archived", true)],
        ProductUnarchived => [Flag("archived", false)],
        ProductCancelled => [Flag("cancelled", true)],
        ProductUncancelled => [Flag("cancelled", false)],
        ProductShowcased => [Flag("showcased", true)],
        ProductUnshowcased => [Flag("showcased", false)],
        VariantAdded e => [new PublicChange($"variants.{e.Id}", null, Json(e.Fields))],
        VariantChanged e =>
            e.Changes.OrderBy(c => c.Key, StringComparer.Ordinal)
                .Select(c => new PublicChange($"variants.{e.Id}.{c.Key}", c.Value.Before, c.Value.After)),
        VariantRemoved e => [new PublicChange($"variants.{e.Id}", Json<long>(e.Id), null)],
        ImageSet e => [new PublicChange("image", Text(e.Was), Text(e.Original.Sha256))],
        ImageRemoved e => [new PublicChange("image", Text(e.Was), null)],
        AttachmentAdded e => [new PublicChange("attachments", null, Attachment(e.Id, e.Details, e.Version))],
        AttachmentVersionAdded e => [new PublicChange("attachments", Attachment(e.Id), Attachment(e.Id, null, e.Version))],
        AttachmentRenamed e => [new PublicChange("attachments", Attachment(e.Id, e.Before), Attachment(e.Id, e.After))],
        AttachmentRemoved e => [new PublicChange("attachments", Attachment(e.Id), null)],
        StockLevelSet e => [new PublicChange("stock", Json(e.Was), Json<long>(e.Level), e.SupplierCode)],
        PriceSet e =>
        [
            new PublicChange("price_ht", Json(e.WasCost), Json(e.Cost)),
            new PublicChange("price_ttc", Json(e.WasSellingPrice), Json(e.SellingPrice)),
            new PublicChange("tax_rate", Json(e.WasTaxRate), Json(e.TaxRate)),
        ],
        _ => [],
    };

    private static PublicChange Flag(string field, bool after) => new(field, Json<bool>(!after), Json<bool>(after));

    private static IEnumerable<PublicChange> Activity(bool? before, bool after) =>
    [
        new PublicChange("is_active", Json(before), Json<bool>(after)),
        new PublicChange("status", before is null ? null : Json(before.Value ? "active" : "inactive"), Json(after ? "active" : "inactive")),
    ];

    /// <summary>Of an attachment its id, and what the event says of it.</summary>
    private static JsonElement Attachment(long id, AttachmentDetails? details = null, AttachmentVersion? version = null)
    {
        var said = new JsonObject { ["id"] = id };
        if (details is not null)
        {
            (said["name"], said["source_id"], said["folder"]) = (details.Name, details.SourceId, details.Folder);
        }

        if (version is not null)
        {
            (said["filename"], said["sha256"], said["size"]) = (version.Filename, version.Content.Sha256, version.Content.Size);
        }

        return JsonSerializer.SerializeToElement(said);
    }

    private static JsonElement? Text(string? value) => value is null ? null : Json(value);

    private static bool Same(JsonElement? a, JsonElement? b) =>
        a is null ? b is null : b is not null && JsonElement.DeepEquals(a.Value, b.Value);

    private static JsonElement? Json<T>(T? value)
        where T : struct => value is { } given ? JsonSerializer.SerializeToElement(given) : null;

    private static JsonElement? Json(IReadOnlyDictionary<string, JsonElement> fields) => JsonSerializer.SerializeToElement(fields);

    private static JsonElement? Json(string value) => JsonSerializer.SerializeToElement(value);
}
