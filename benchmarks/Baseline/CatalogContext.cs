using Microsoft.EntityFrameworkCore;

namespace PixeeEvents.Baseline;

internal interface IUpdated
{
    DateTime UpdatedAt { get; set; }
}

internal sealed class Product : IUpdated
{
    public Guid Id { get; set; } = Guid.CreateVersion7();
    public string? Reference { get; set; }
    public string? Ean { get; set; }
    public required string Name { get; set; }
    public string? Brand { get; set; }
    public string? ShortDescription { get; set; }
    public string? Description { get; set; }
    public decimal? Weight { get; set; }
    public decimal? Width { get; set; }
    public decimal? Height { get; set; }
    public decimal? Depth { get; set; }
    public string? UnitOfMeasure { get; set; }
    public int? PackageWeight { get; set; }
    public int? PackageQuantity { get; set; }
    public string? Upc { get; set; }
    public string? Gtin { get; set; }
    public string? ExternalId { get; set; }
    public int? MinOrderQuantity { get; set; }
    public int? LeadTimeDays { get; set; }
    public string? HsCode { get; set; }
    public string? CountryOfOrigin { get; set; }
    public bool? DangerousGoods { get; set; }
    public bool? CeMarked { get; set; }
    public string? Color { get; set; }
    public string? Size { get; set; }
    public string? Material { get; set; }
    public int? WarrantyDuration { get; set; }
    public bool IsActive { get; set; } = true;
    public DateTime UpdatedAt { get; set; }
    public List<Stock> Stocks { get; } = [];
    public Price? Price { get; set; }
}

internal sealed class Stock : IUpdated
{
    public int Id { get; set; }
    public Guid ProductId { get; set; }
    public string? SupplierCode { get; set; }
    public int Level { get; set; }
    public DateTime UpdatedAt { get; set; }
}

internal sealed class Price : IUpdated
{
    public Guid ProductId { get; set; }
    public decimal? PriceHt { get; set; }
    public decimal? PriceTtc { get; set; }
    public decimal? TaxRate { get; set; }
    public DateTime UpdatedAt { get; set; }
}

internal sealed partial class CatalogContext(DbContextOptions<CatalogContext> options) : DbContext(options)
{
    public DbSet<Product> Products => Set<Product>();

    public override Task<int> SaveChangesAsync(CancellationToken cancellationToken = default)
    {
        var now = DateTime.UtcNow;
        foreach (var entry in ChangeTracker.Entries<IUpdated>())
        {
            if (entry.State is EntityState.Added or EntityState.Modified)
                entry.Entity.UpdatedAt = now;
        }
        return base.SaveChangesAsync(cancellationToken);
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<Product>(product =>
        {
            product.ToTable("products");
            product.Property(p => p.Id).ValueGeneratedNever();
            product.HasIndex(p => p.Reference).IsUnique();
            product.HasIndex(p => p.Ean).IsUnique();
            product.HasIndex(p => p.UpdatedAt);
            product.HasMany(p => p.Stocks).WithOne().HasForeignKey(s => s.ProductId);
            product.HasOne(p => p.Price).WithOne().HasForeignKey<Price>(p => p.ProductId);
        });
        modelBuilder.Entity<Stock>(stock =>
        {
            stock.ToTable("stocks");
            stock.HasIndex(s => new { s.ProductId, s.SupplierCode }).IsUnique().AreNullsDistinct(false);
            stock.HasIndex(s => s.UpdatedAt);
        });
        modelBuilder.Entity<Price>(price =>
        {
            price.ToTable("prices");
            price.HasKey(p => p.ProductId);
            price.Property(p => p.PriceHt).HasPrecision(18, 4);
            price.Property(p => p.PriceTtc).HasPrecision(18, 4);
            price.HasIndex(p => p.UpdatedAt);
        });
        MapWinddle(modelBuilder);
    }
}
