using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace PixeeEvents.Baseline;

/// <summary>The Winddle face's list, for one company admin, with everything that is shown of a product.</summary>
internal static class WinddleReads
{
    public static void MapWinddleReads(this IEndpointRouteBuilder routes) => routes.MapGet("/api/v1/products", List);

    private static async Task<IResult> List(
        CatalogContext db, HttpContext context, int page = 1, [FromQuery(Name = "per_page")] int perPage = 50,
        CancellationToken cancellationToken = default)
    {
        if (page < 1 || perPage is < 1 or > 200)
            return Results.UnprocessableEntity();
        var listed = db.CatalogProducts.AsNoTracking().Where(p => !p.Archived);
        var total = await listed.CountAsync(cancellationToken);
        var products = await listed.OrderBy(p => p.Id).Skip((page - 1) * perPage).Take(perPage)
            .Include(p => p.Status).Include(p => p.Season).Include(p => p.Owner).Include(p => p.Category!.Parent!.Parent)
            .Include(p => p.Customs)
            .Include(p => p.Variants.OrderBy(v => v.Id)).ThenInclude(v => v.Customs)
            .Include(p => p.Lines.OrderByDescending(l => l.Id)).ThenInclude(l => l.Project)
            .AsSplitQuery().ToListAsync(cancellationToken);
        var fields = await db.Set<CustomField>().AsNoTracking().OrderBy(f => f.Position).ToListAsync(cancellationToken);
        var sizesets = await db.Set<Sizeset>().AsNoTracking().OrderBy(s => s.Position).ToListAsync(cancellationToken);
        context.Response.Headers["X-Total-Count"] = total.ToString(CultureInfo.InvariantCulture);
        context.Response.Headers["X-Page"] = page.ToString(CultureInfo.InvariantCulture);
        context.Response.Headers["X-Per-Page"] = perPage.ToString(CultureInfo.InvariantCulture);
        return Results.Ok(
            new { Resource = new { Type = "products", Action = "index" }, Products = products.Select(p => ShownProduct.Of(p, fields, sizesets)) });
    }
}

internal sealed record ShownCustom(long Id, string Name, string? Value, [property: JsonConverter(typeof(WinddleTime))] DateTime? UpdatedAt)
{
    public static IEnumerable<ShownCustom> Of(IReadOnlyList<CustomField> fields, IReadOnlyList<Custom> customs) =>
        fields.Select(f => (Field: f, Custom: customs.FirstOrDefault(c => c.FieldId == f.Id)))
            .Select(c => new ShownCustom(c.Field.Id, c.Field.Name, c.Custom?.Value, c.Custom?.UpdatedAt));
}

internal sealed record ShownSizeset(long Id, string Name, string[] Sizes);

internal sealed record ShownCategory(long Id, string? SourceId, string Label);

internal sealed record ShownOwner(long Id, string FullName, string Email);

internal sealed record ShownProject(long Id, string Name);

internal abstract class Shown(Described item, CatalogProduct product)
{
    public long Id => item.Id;
    public string Name => item.Name;
    public string? SourceId => item.SourceId;
    public string? Reference => item.Reference;
    public string? Material => item.Material;
    public string? Brand => item.Brand;
    public string? Color => item.Color;
    public string? Size => item.Size;
    public string? Washcare => item.Washcare;
    public string? Description => item.Description;
    public string? Dimensions => item.Dimensions;
    public string? Theme => item.Theme;
    public string? Collection => item.Collection;
    public string? Formula => item.Formula;
    public DateOnly? TargetStoreDate => item.TargetStoreDate;
    public string Px40 { get; } = "";
    public string Px75 { get; } = "";
    public string Px150 { get; } = "";
    public string Px500 { get; } = "";
    public bool Archived => Product.Archived;
    public bool Showcased => Product.Showcased;
    /// <summary>A variant without a status of its own shows none.</summary>
    public string? Status => item.Status?.Name ?? (item is CatalogProduct ? "draft" : null);

    [JsonConverter(typeof(WinddleTime))]
    public DateTime CreatedAt => item.CreatedAt;

    [JsonConverter(typeof(WinddleTime))]
    public DateTime UpdatedAt => item.UpdatedAt;

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Season? Season => item.Season;

    public required IEnumerable<ShownCustom> Customs { get; init; }

    protected CatalogProduct Product { get; } = product;
}

internal sealed class ShownVariant(Variant variant, CatalogProduct product) : Shown(variant, product)
{
    public long ProductId => variant.ProductId;
}

internal sealed class ShownProduct(CatalogProduct product) : Shown(product, product)
{
    /// <summary>Who looks: the first user.</summary>
    private const long Viewer = 1;

    public bool Cancelled => Product.Cancelled;
    public bool Liked => Product.LikedBy.Contains(Viewer);
    public int LikesCount => Product.LikedBy.Length;

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ShownOwner? Owner => Product.Owner is { } owner ? new ShownOwner(owner.Id, owner.Name, owner.Email) : null;

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ShownCategory? Category => Categories.Count > 0 ? Categories[^1] : null;

    public required IReadOnlyList<ShownCategory> Categories { get; init; }
    public required IEnumerable<ShownSizeset> Sizesets { get; init; }
    public required IEnumerable<ShownVariant> Variants { get; init; }
    public IEnumerable<ShownProject> Projects =>
        Product.Lines.Select(l => l.Project!).DistinctBy(p => p.Id).Take(3).Select(p => new ShownProject(p.Id, p.Name));
    public bool CanDelete => Product.Lines.Count == 0;
    public bool CanManage { get; } = true;

    public static ShownProduct Of(CatalogProduct product, IReadOnlyList<CustomField> fields, IReadOnlyList<Sizeset> sizesets)
    {
        var categories = new List<ShownCategory>();
        for (var category = product.Category; category is not null; category = category.Parent)
            categories.Insert(0, new ShownCategory(category.Id, category.SourceId, category.Name));
        return new ShownProduct(product)
        {
            Categories = categories,
            Sizesets = sizesets.Where(s => s.CategoryId is null || categories.Exists(c => c.Id == s.CategoryId))
                .Select(s => new ShownSizeset(s.Id, s.Name, s.Sizes)),
            Customs = ShownCustom.Of(fields, product.Customs),
            Variants = product.Variants.Select(v => new ShownVariant(v, product) { Customs = ShownCustom.Of(fields, v.Customs) }),
        };
    }
}

/// <summary>UTC with milliseconds.</summary>
internal sealed class WinddleTime : JsonConverter<DateTime>
{
    public override DateTime Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetDateTime().ToUniversalTime();

    public override void Write(Utf8JsonWriter writer, DateTime value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
}
