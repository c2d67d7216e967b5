using System.Collections.Frozen;
using PixeeEvents.Catalog.Products;
using PixeeEvents.Catalog.Settings;
using PixeeEvents.EventLog;

namespace PixeeEvents.Catalog.Planning;

/// <summary>Who looks: projects are seen by their owner and members, and by those who see all of the company's.</summary>
public readonly record struct Viewer(long User, bool SeesAll);

/// <summary>A plan of lines, each with a product. Owner and members are users of the company.</summary>
/// <param name="Details">Texts by the names of <see cref="DetailNames"/>; what is not given is missing.</param>
public sealed record Project(
    long Id,
    string Name,
    string? SourceId,
    string? Reference,
    long Owner,
    IReadOnlyList<long> Members,
    long? Season,
    bool Archived,
    IReadOnlyDictionary<string, string> Details,
    DateTimeOffset CreatedAt = default,
    DateTimeOffset UpdatedAt = default)
{
    /// <summary>A time in UTC as <c>2014-05-14T02:03:20.000Z</c>; the other details are plain texts.</summary>
    public const string TermsValidatedAt = "terms_validated_at";

    public static IReadOnlyList<string> DetailNames { get; } =
    [
        "warehouse", "warehouse_code", "departure_place", "country_of_origin", "arrival_place", "payment_conditions",
        "transportation_mode", "incoterm",
        "project_type", "laboratory", "terms_status", TermsValidatedAt,
    ];

    public Refusal? Check() => PlanRules.Check(Name, SourceId, Reference, Details);

    public bool SameAs(Project other) =>
        (Name, SourceId, Reference, Owner, Season, Archived) == (
            other.Name, other.SourceId, other.Reference, other.Owner, other.Season, other.Archived)
        && Members.Order().SequenceEqual(other.Members.Order()) && PlanRules.Same(Details, other.Details);
}

/// <summary>One product of a project, in some of its variants.</summary>
/// <param name="Details">Texts by the names of <see cref="DetailNames"/>; what is not given is missing.</param>
public sealed record ProjectLine(
    long Id,
    long Project,
    Guid Product,
    IReadOnlyList<long> Variants,
    string Name,
    string? SourceId,
    string? Reference,
    DateOnly StartAt,
    DateOnly? DeliverAt,
    bool Locked,
    bool Cancelled,
    bool Archived,
    IReadOnlyDictionary<string, string> Details,
    DateTimeOffset CreatedAt = default,
    DateTimeOffset UpdatedAt = default)
{
    public static IReadOnlyList<string> DetailNames { get; } = ["manufacturer", "incoterms", "freight_type", "packing_conditions"];

    public Refusal? Check() => PlanRules.Check(Name, SourceId, Reference, Details);

    public bool SameAs(ProjectLine other) =>
        (Name, SourceId, Reference, StartAt, DeliverAt, Locked, Cancelled, Archived)
        == (other.Name, other.SourceId, other.Reference, other.StartAt, other.DeliverAt, other.Locked, other.Cancelled, other.Archived)
        && Variants.Order().SequenceEqual(other.Variants.Order()) && PlanRules.Same(Details, other.Details);
}

/// <summary>The rules that projects and lines share.</summary>
internal static class PlanRules
{
    private const int MinName = 2;
    private const int MaxName = 100;
    private const int MaxText = 255;

    private static readonly FrozenSet<string> Incoterms =
        FrozenSet.ToFrozenSet(
            ["dat", "dap", "exw", "fca", "fas", "fob", "cfr", "cif", "cip", "cpt", "ddp", "ddu", "dpu"], StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, FrozenSet<string>> Choices = new Dictionary<string, FrozenSet<string>>
    {
        ["incoterm"] = Incoterms,
        ["incoterms"] = Incoterms,
        ["freight_type"] = FrozenSet.ToFrozenSet(["sea", "air", "road", "rails", "intermodal", "express"], StringComparer.Ordinal),
        ["packing_conditions"] = FrozenSet.ToFrozenSet(["single", "mix"], StringComparer.Ordinal),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public static Refusal? Check(string name, string? sourceId, string? reference, IReadOnlyDictionary<string, string> details)
    {
        if (name.Length is < MinName or > MaxName)
        {
            return new Refusal("name_length", $"has {MinName} to {MaxName} characters");
        }

        if (sourceId is { Length: 0 or > MaxText })
        {
            return new Refusal("source_id_length", $"has 1 to {MaxText} characters");
        }

        if (reference is { Length: 0 or > MaxText })
        {
            return new Refusal("reference_length", $"has 1 to {MaxText} characters");
        }

        foreach (var (detail, text) in details)
        {
            if (Choices.TryGetValue(detail, out var choices) && !choices.Contains(text))
            {
                return new Refusal(detail + "_choice", $"is none of {string.Join(", ", choices.Order(StringComparer.Ordinal))}");
            }

            if (text.Length is 0 or > MaxText)
            {
                return new Refusal(detail + "_length", $"has 1 to {MaxText} characters");
            }
        }

        return null;
    }

    public static bool Same(IReadOnlyDictionary<string, string> a, IReadOnlyDictionary<string, string> b) =>
        a.Count == b.Count && a.All(d => b.TryGetValue(d.Key, out var text) && text == d.Value);
}
