using System.Globalization;
using System.Text.Json;
using PixeeEvents.Host.Cli.Demo;
using Xunit;

namespace PixeeEvents.Host.Tests.Cli;

public sealed class DemoCatalogueSpecs
{
    private const int Company = 1250;

    [Fact]
    public void the_first_product_is_the_one_of_the_documentation()
    {
        var first = DemoCatalogue.Products(1).Single().GetRawText();
        Assert.Equal("""{"ean":"3760000000001","reference":"012-1146","name":"Support TV mural fixe","brand":"KIMEX"}""", first);
    }

    [Fact]
    public void the_documented_calls_find_and_miss_what_they_should()
    {
        var products = DemoCatalogue.Products(Company).ToList();
        Assert.Equal(Company, products.Count);
        Assert.Single(products, p => Text(p, "ean") == "3760000000003");
        Assert.DoesNotContain(products, p => Text(p, "ean") == "3760000000002");
        Assert.DoesNotContain(products, p => Text(p, "reference") is "ART-001" or "ART-002");
    }

    [Fact]
    public void product_n_is_the_same_in_every_size_and_run() =>
        Assert.Equal(
            DemoCatalogue.Products(300).Select(p => p.GetRawText()),
            DemoCatalogue.Products(Company).Take(300).Select(p => p.GetRawText()));

    [Fact]
    public void no_two_products_share_a_reference_or_an_ean()
    {
        var references = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var eans = new HashSet<string>();
        foreach (var product in DemoCatalogue.Products(200_000))
        {
            Assert.True(references.Add(Text(product, "reference")!));
            Assert.True(Text(product, "ean") is not { } ean || (ean.Length == 13 && eans.Add(ean)));
        }

        Assert.InRange(eans.Count, 180_000, 199_000);
    }

    [Fact]
    public void most_prices_with_tax_follow_from_the_price_without()
    {
        var priced = DemoCatalogue.Products(Company).Where(p => p.TryGetProperty("price_ht", out _)).ToList();
        var usual = priced.Count(p => Money(p, "price_ttc") == decimal.Round(Money(p, "price_ht") * 1.2m, 2));
        Assert.InRange(usual, priced.Count * 9 / 10, priced.Count - 1);
        Assert.All(priced, p => Assert.Matches(@"^\d+\.\d\d$", p.GetProperty("price_ht").GetRawText()));
    }

    [Fact]
    public void products_name_only_known_suppliers_and_categories()
    {
        var products = DemoCatalogue.Products(Company).ToList();
        var codes = products.Select(p => Text(p, "supplier_code")).OfType<string>().ToHashSet();
        var categories = products.Select(p => Text(p, "category")).OfType<string>().ToHashSet();
        Assert.Equal(8, codes.Count);
        Assert.Subset(DemoCatalogue.Suppliers.Select(s => s.Code).ToHashSet(), codes);
        Assert.Subset(DemoCatalogue.Categories.Select(c => c.Name).ToHashSet(), categories);
        Assert.True(categories.Count > 25);
    }

    [Fact]
    public void forty_two_categories_make_a_tree_of_three_levels()
    {
        var bySlug = DemoCatalogue.Categories.ToDictionary(c => c.Slug);
        Assert.Equal(42, bySlug.Count);
        Assert.Equal(new DemoCategory("Supports TV", "supports-tv", null, 1), DemoCatalogue.Categories[0]);
        Assert.Equal(new DemoCategory("Supports muraux", "supports-muraux", "supports-tv", 1), DemoCatalogue.Categories[1]);
        Assert.Equal(3, bySlug.Values.Max(Depth));
        Assert.Equal(42, bySlug.Values.DistinctBy(c => (c.ParentSlug, c.SortOrder)).Count());

        int Depth(DemoCategory category) => category.ParentSlug is null ? 1 : 1 + Depth(bySlug[category.ParentSlug]);
    }

    [Fact]
    public void there_are_eight_suppliers_and_one_is_kimex()
    {
        Assert.Equal(8, DemoCatalogue.Suppliers.DistinctBy(s => s.Code).Count());
        Assert.Contains(new DemoSupplier("KIMEX International", "KIMEX", "FR"), DemoCatalogue.Suppliers);
    }

    private static string? Text(JsonElement product, string field) =>
        product.TryGetProperty(field, out var value) ? value.GetString() : null;

    private static decimal Money(JsonElement product, string field) =>
        decimal.Parse(product.GetProperty(field).GetRawText(), CultureInfo.InvariantCulture);
}
