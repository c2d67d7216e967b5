namespace PixeeEvents.Catalog.Settings;

/// <summary>What products of a company are described with, as of one moment.</summary>
/// <param name="Statuses">Its own or the default ones; never empty.</param>
/// <param name="Branches">The categories asked for and all their ancestors.</param>
public sealed record CompanySettings(
    IReadOnlyList<CustomField> CustomFields,
    IReadOnlyList<ProductStatus> Statuses,
    IReadOnlyList<Season> Seasons,
    IReadOnlyList<Sizeset> Sizesets,
    IReadOnlyList<Category> Branches)
{
    private readonly Dictionary<long, Category> _byNumber = Branches.ToDictionary(c => c.Number);

    /// <summary>What a new product has.</summary>
    public ProductStatus DefaultStatus => Statuses[0];

    /// <summary>The same with other branches.</summary>
    public CompanySettings With(IReadOnlyList<Category> branches) => new(CustomFields, Statuses, Seasons, Sizesets, branches);

    public string? StatusName(long id) => ProductStatuses.NameOf(Statuses, id);

    public Season? Season(long id) => Seasons.FirstOrDefault(s => s.Id == id);

    /// <summary>A category with its ancestors, root first; empty for none and for one that was not asked for.</summary>
    public IReadOnlyList<Category> Path(long? category)
    {
        var path = new List<Category>();
        while (category is { } number && _byNumber.TryGetValue(number, out var found))
        {
            path.Add(found);
            category = found.ParentNumber;
        }

        path.Reverse();
        return path;
    }

    /// <summary>The size sets that apply to a product of a category, or of none.</summary>
    public IReadOnlyList<Sizeset> SizesetsOf(long? category)
    {
        var path = Path(category);
        return [.. Sizesets.Where(s => s.AppliesTo(path))];
    }
}
