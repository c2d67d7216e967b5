using Microsoft.EntityFrameworkCore;

namespace PixeeEvents.Baseline;

/// <summary>
/// What products and variants are described with. The Winddle face has tables of its own here, so that it costs the other nothing.
/// </summary>
internal abstract class Described
{
    public long Id { get; set; }
    public required string Name { get; set; }
    public string? SourceId { get; set; }
    public string? Reference { get; set; }
    public string? Material { get; set; }
    public string? Brand { get; set; }
    public string? Color { get; set; }
    public string? Size { get; set; }
    public string? Washcare { get; set; }
    public string? Description { get; set; }
    public string? Dimensions { get; set; }
    public string? Theme { get; set; }
    public string? Collection { get; set; }
    public string? Formula { get; set; }
    public DateOnly? TargetStoreDate { get; set; }
    public long? StatusId { get; set; }
    public Status? Status { get; set; }
    public long? SeasonId { get; set; }
    public Season? Season { get; set; }
    public DateTime CreatedAt { get; set; }
    public DateTime UpdatedAt { get; set; }
}

internal sealed class CatalogProduct : Described
{
    public bool Archived { get; set; }
    public bool Cancelled { get; set; }
    public bool Showcased { get; set; }
    public long[] LikedBy { get; set; } = [];
    public long? OwnerId { get; set; }
    public User? Owner { get; set; }
    public long? CategoryId { get; set; }
    public Category? Category { get; set; }
    public List<Variant> Variants { get; } = [];
    public List<ProductCustom> Customs { get; } = [];
    public List<ProjectLine> Lines { get; } = [];
}

internal sealed class Variant : Described
{
    public long ProductId { get; set; }
    public List<VariantCustom> Customs { get; } = [];
}

internal abstract class Custom
{
    public long FieldId { get; set; }
    public required string Value { get; set; }
    public DateTime UpdatedAt { get; set; }
}

internal sealed class ProductCustom : Custom
{
    public long ProductId { get; set; }
}

internal sealed class VariantCustom : Custom
{
    public long VariantId { get; set; }
}

internal sealed record CustomField(long Id, string Name, int Position);

internal sealed record Status(long Id, string Name);

internal sealed record Season(long Id, string Name, string Code);

internal sealed record Sizeset(long Id, string Name, string[] Sizes, long? CategoryId, int Position);

internal sealed record User(long Id, string Name, string Email);

internal sealed class Category
{
    public long Id { get; set; }
    public string? SourceId { get; set; }
    public required string Name { get; set; }
    public long? ParentId { get; set; }
    public Category? Parent { get; set; }
}

internal sealed class Project
{
    public long Id { get; set; }
    public required string Name { get; set; }
}

internal sealed class ProjectLine
{
    public long Id { get; set; }
    public long ProductId { get; set; }
    public long ProjectId { get; set; }
    public Project? Project { get; set; }
}

internal sealed partial class CatalogContext
{
    public DbSet<CatalogProduct> CatalogProducts => Set<CatalogProduct>();

    private static void MapWinddle(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<CatalogProduct>(product =>
        {
            product.ToTable("catalog_products");
            product.HasIndex(p => new { p.Archived, p.Id });
            product.HasIndex(p => p.Reference).IsUnique();
            product.HasIndex(p => p.Name);
            product.HasIndex(p => p.SourceId);
            product.HasIndex(p => p.UpdatedAt);
            product.HasMany(p => p.Variants).WithOne().HasForeignKey(v => v.ProductId);
            product.HasMany(p => p.Customs).WithOne().HasForeignKey(c => c.ProductId);
            product.HasMany(p => p.Lines).WithOne().HasForeignKey(l => l.ProductId);
        });
        modelBuilder.Entity<Variant>(variant =>
        {
            variant.ToTable("variants");
            variant.HasMany(v => v.Customs).WithOne().HasForeignKey(c => c.VariantId);
        });
        modelBuilder.Entity<ProductCustom>().ToTable("product_customs").HasKey(c => new { c.ProductId, c.FieldId });
        modelBuilder.Entity<VariantCustom>().ToTable("variant_customs").HasKey(c => new { c.VariantId, c.FieldId });
        modelBuilder.Entity<ProjectLine>().ToTable("project_lines").HasIndex(l => new { l.ProductId, l.Id });
        modelBuilder.Entity<Project>().ToTable("projects");
        modelBuilder.Entity<Category>().ToTable("categories");
        modelBuilder.Entity<CustomField>().ToTable("custom_fields");
        modelBuilder.Entity<Status>().ToTable("statuses");
        modelBuilder.Entity<Season>().ToTable("seasons");
        modelBuilder.Entity<Sizeset>().ToTable("sizesets");
        modelBuilder.Entity<User>().ToTable("users");
    }
}
