using System.Text.Json.Nodes;
using PixeeEvents.Catalog;
using PixeeEvents.Catalog.Planning;
using PixeeEvents.Winddle.Wire;

namespace PixeeEvents.Winddle.Projects;

/// <summary>What a body says of a line, but for its product and variants.</summary>
internal sealed class LineItemInput
{
    public const int AnyLength = 10_000;

    private readonly Input _body;
    private readonly string? _name;
    private readonly string? _sourceId;
    private readonly string? _reference;
    private readonly DateOnly? _startAt;
    private readonly DateOnly? _deliverAt;
    private readonly bool? _locked;
    private readonly bool? _cancelled;
    private readonly bool? _archived;
    private readonly PlanDetails _details;

    private LineItemInput(Input body)
    {
        _body = body;
        _name = body.Text("name", AnyLength);
        (_sourceId, _reference) = (body.Text("source_id", AnyLength), body.Text("reference", AnyLength));
        (_startAt, _deliverAt) = (body.Date("start_at"), body.Date("deliver_at"));
        (_locked, _cancelled, _archived) = (body.Boolean("locked"), body.Boolean("cancelled"), body.Boolean("archived"));
        _details = PlanDetails.Read(body, ProjectLine.DetailNames);
    }

    public static LineItemInput Read(Input body) => new(body);

    /// <summary>A line of which nothing is said.</summary>
    public static ProjectLine New(Project project, DateOnly today) => new(
        0,
        project.Id,
        Guid.Empty,
        [],
        "",
        null,
        null,
        today,
        null,
        false,
        false,
        false,
        new Dictionary<string, string>(StringComparer.Ordinal));

    /// <summary>What it says over a line as it is.</summary>
    public ProjectLine Over(ProjectLine line) => line with
    {
        Name = _name ?? line.Name,
        SourceId = _body.Has("source_id") ? _sourceId : line.SourceId,
        Reference = _body.Has("reference") ? _reference : line.Reference,
        StartAt = _startAt ?? line.StartAt,
        DeliverAt = _body.Has("deliver_at") ? _deliverAt : line.DeliverAt,
        Locked = _locked ?? line.Locked,
        Cancelled = _cancelled ?? line.Cancelled,
        Archived = _archived ?? line.Archived,
        Details = _details.Over(line.Details),
    };

    /// <summary>The variants that a body names, each by id, else source_id, else name; null when it is silent.</summary>
    /// <param name="product">Whose variants they are.</param>
    public static IReadOnlyList<long>? Variants(Input body, Product product)
    {
        if (!body.Has("variants"))
        {
            return null;
        }

        var found = new List<long>();
        var variants = (product.Variants ?? []).Select(v => (v.Id, v.Text(ProductFields.SourceId), v.Text(ProductFields.Name))).ToList();
        foreach (var key in body.List("variants").Select(KeyOf).OfType<string>())
        {
            if (Keyed.Choose(variants, key) is { } variant)
            {
                found.Add(variant);
            }
            else
            {
                body.Errors.Add("variants", $"'{key}' does not exist");
            }
        }

        return [.. found.Distinct()];
    }

    /// <summary>What a body names another thing by, or sends it as it was read.</summary>
    public static string? KeyOf(JsonNode? node) => new Input(new JsonObject { ["key"] = node?.DeepClone() }).Key("key");
}
