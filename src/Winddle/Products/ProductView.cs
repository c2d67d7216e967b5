using System.Collections.Frozen;
using PixeeEvents.Accounts;
using PixeeEvents.Catalog;
using PixeeEvents.Catalog.Planning;
using PixeeEvents.Catalog.Settings;
using PixeeEvents.EventLog;
using PixeeEvents.Winddle.Images;
using PixeeEvents.Winddle.Rows;
using PixeeEvents.Winddle.Settings;
using PixeeEvents.Winddle.Wire;

namespace PixeeEvents.Winddle.Products;

/// <summary>Products with everything they are shown with, for the user who looks.</summary>
internal sealed class ProductView
{
    private static readonly string[] Texts =
    [
        "name", "source_id", "reference", "material", "brand", "color", "size", "washcare", "description", "dimensions", "theme",
        "collection", "formula",
    ];

    private static readonly ILookup<Guid, (string Size, string Key, string Name)> NoImages =
        Enumerable.Empty<(Guid Product, (string, string, string) Image)>().ToLookup(i => i.Product, i => i.Image);

    private readonly CurrentUser _user;
    private readonly CompanySettings _settings;
    private readonly ILookup<Guid, VariantRow> _variants;
    private readonly IReadOnlyDictionary<Guid, IReadOnlyList<(long Id, string Name)>> _projects;
    private readonly ProductUses _uses;
    private readonly Dictionary<long, User> _owners;
    private readonly ILookup<Guid, (string Size, string Key, string Name)> _images;

    public ProductView(
        CurrentUser user,
        CompanySettings settings,
        ILookup<Guid, VariantRow> variants,
        IReadOnlyDictionary<Guid, IReadOnlyList<(long Id, string Name)>> projects,
        ProductUses uses,
        Dictionary<long, User> owners,
        ILookup<Guid, (string Size, string Key, string Name)> images)
    {
        (_user, _settings, _variants, _projects, _uses, _owners, _images) = (user, settings, variants, projects, uses, owners, images);
    }

    /// <summary>A product that is being registered: nothing belongs to it yet but its picture.</summary>
    /// <param name="settings">Read before it was registered.</param>
    /// <param name="batch">Asked once it is written; what a picture or a category needs is added before it returns.</param>
    public static async Task<ProductView> OfNew(
        CurrentUser user, CompanySettings settings, User owner, EventStream<Product> stream, QueryBatch batch)
    {
        var images = stream.Events.OfType<ImageSet>().Any()
            ? batch.Add(ServedFiles.ImagesOf(user.Tenant, [stream.Id]))
            : Task.FromResult(NoImages);
        var branches = stream.State.Category is { } category ? batch.Add(CategoryTree.Branches(user.Tenant, [category])) : null;
        return new ProductView(
            user,
            branches is null ? settings : settings.With(await branches),
            Enumerable.Empty<VariantRow>().ToLookup(v => v.Product),
            FrozenDictionary<Guid, IReadOnlyList<(long Id, string Name)>>.Empty,
            new ProductUses(FrozenSet<Guid>.Empty, FrozenSet<long>.Empty),
            new Dictionary<long, User> { [owner.Id] = owner },
            await images);
    }

    public void Write(ResourceWriter writer, ProductRow row)
    {
        var path = _settings.Path(row.Shown.Category);
        WriteFields(
            writer,
            row.Id,
            row.Shown,
            _settings.DefaultStatus.Name,
            _images[row.Product],
            row.Archived,
            row.Showcased,
            row.CreatedAt,
            row.UpdatedAt);
        writer.Boolean("cancelled", row.Cancelled);
        writer.Boolean("liked", row.LikedBy.Contains(_user.Id));
        writer.Integer("likes_count", row.LikedBy.Count);
        if (row.Shown.Owner is { } owner && _owners.TryGetValue(owner, out var named))
        {
            UserEndpoint.WriteBrief(writer, "owner", named);
        }

        writer.List("sizesets", "sizeset", _settings.SizesetsOf(row.Shown.Category), sizeset =>
        {
            writer.Integer("id", sizeset.Id);
            writer.Text("name", sizeset.Name);
            SizesetEndpoints.WriteSizes(writer, sizeset);
        });
        if (path.Count > 0)
        {
            writer.Object("category", () => CategoryEndpoints.WriteBrief(writer, path[^1]));
        }

        writer.List("categories", "category", path, category => CategoryEndpoints.WriteBrief(writer, category));
        writer.List("variants", "variant", _variants[row.Product], variant => WriteVariant(writer, row, variant));
        WriteCustoms(writer, row.Shown);
        writer.List("projects", "project", _projects.TryGetValue(row.Product, out var projects) ? projects : [], project =>
        {
            writer.Integer("id", project.Id);
            writer.Text("name", project.Name);
        });
        writer.Boolean("can_delete", Roles.CanDelete(_user.User, row.Shown.Owner, _uses.Products.Contains(row.Product)));
        writer.Boolean("can_manage", Roles.CanManage(_user.User, row.Shown.Owner));
    }

    /// <summary>What a variant does not have of its own is blank; where it stands in life is its product's.</summary>
    public void WriteVariant(ResourceWriter writer, ProductRow row, VariantRow variant)
    {
        WriteFields(writer, variant.Id, variant.Shown, null, [], row.Archived, row.Showcased, variant.CreatedAt, variant.UpdatedAt);
        writer.Integer("product_id", row.Id);
        WriteCustoms(writer, variant.Shown);
    }

    private void WriteFields(
        ResourceWriter writer,
        long id,
        ShownFields shown,
        string? defaultStatus,
        IEnumerable<(string Size, string Key, string Name)> image,
        bool archived,
        bool showcased,
        DateTimeOffset createdAt,
        DateTimeOffset updatedAt)
    {
        writer.Integer("id", id);
        foreach (var field in Texts)
        {
            writer.Text(field, shown.Text(field));
        }

        writer.Date("target_store_date", shown.Date("target_store_date"));
        foreach (var size in ImageSize.Product.Reverse())
        {
            var file = image.FirstOrDefault(f => f.Size == size.Name);
            writer.Text(size.Name, file is { Key: { } key, Name: { } name } ? _user.Files.Of(key, name) : "");
        }

        writer.Boolean("archived", archived);
        writer.Boolean("showcased", showcased);
        writer.Text("status", shown.Status is { } status ? _settings.StatusName(status) : defaultStatus);
        writer.Time("created_at", createdAt);
        writer.Time("updated_at", updatedAt);
        if (shown.Season is { } id2 && _settings.Season(id2) is { } season)
        {
            writer.Object("season", () =>
            {
                writer.Integer("id", season.Id);
                writer.Text("name", season.Name);
                writer.Text("code", season.Code);
            });
        }
    }

    private void WriteCustoms(ResourceWriter writer, ShownFields shown) => writer.List("customs", "custom", _settings.CustomFields, field =>
    {
        var value = shown.Custom(field.Id);
        writer.Integer("id", field.Id);
        writer.Text("name", field.Name);
        writer.Text("value", value?.Value);
        writer.Time("updated_at", value?.UpdatedAt);
    });
}
