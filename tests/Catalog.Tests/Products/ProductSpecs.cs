using System.Text.Json;
using PixeeEvents.Catalog.Products;
using PixeeEvents.EventLog;
using Xunit;
using static PixeeEvents.Catalog.Tests.Products.ProductDecision;

namespace PixeeEvents.Catalog.Tests.Products;

public sealed class ProductSpecs
{
    private static readonly ProductRegistered Known = new(Values(("reference", "ART-001"), ("name", "Support TV"), ("brand", "KIMEX")));

    [Fact]
    public void a_product_is_registered_with_what_is_given_and_no_more() =>
        Given().When(new RegisterProduct(Fields(("reference", "ART-001"), ("name", "Support TV"), ("brand", null))).Decide)
            .Then(new ProductRegistered(Values(("reference", "ART-001"), ("name", "Support TV"))));

    [Fact]
    public void a_product_needs_a_name() =>
        Given().When(new RegisterProduct(Fields(("reference", "ART-001"))).Decide).ThenRefused("name_required");

    [Fact]
    public void a_product_needs_an_ean_or_a_reference() =>
        Given().When(new RegisterProduct(Fields(("name", "Support TV"))).Decide).ThenRefused("key_required");

    [Theory]
    [InlineData(".")]
    [InlineData("..")]
    public void a_product_has_no_reference_that_no_path_can_carry(string reference)
    {
        var fields = Fields(("reference", reference), ("name", "Support TV"));
        Given().When(new RegisterProduct(fields).Decide).ThenRefused(ProductFields.UnreachableReference);
        Given(Known).When(new ReviseProduct(fields).Decide).ThenRefused(ProductFields.UnreachableReference);
        Given(new ProductRegistered(Values(("reference", reference), ("name", "Support TV"))))
            .When(new ReviseProduct(fields).Decide).ThenNothing();
    }

    [Fact]
    public void a_known_product_is_not_registered_again() =>
        Given(Known).When(new RegisterProduct(Fields(("reference", "ART-001"), ("name", "Support TV"))).Decide)
            .ThenRefused("product_exists");

    [Fact]
    public void only_changed_fields_are_told_with_before_and_after() =>
        Given(Known).When(new ReviseProduct(Fields(("name", "Support mural"), ("brand", "KIMEX"), ("color", "noir"))).Decide)
            .Then(new ProductDetailsChanged(Changes(("name", "Support TV", "Support mural"), ("color", null, "noir"))));

    [Fact]
    public void a_cleared_field_is_a_change_to_nothing() =>
        Given(Known).When(new ReviseProduct(Fields(("brand", null))).Decide)
            .Then(new ProductDetailsChanged(Changes(("brand", "KIMEX", null))));

    [Fact]
    public void the_same_values_again_leave_no_event() =>
        Given(Known).When(new ReviseProduct(Fields(("name", "Support TV"), ("brand", "KIMEX"), ("color", null)), true).Decide)
            .ThenNothing();

    [Fact]
    public void the_same_number_written_otherwise_is_unchanged() =>
        Given(new ProductRegistered(new Dictionary<string, JsonElement>(Known.Fields) { ["weight"] = Json("1.50") }))
            .When(new ReviseProduct(new Dictionary<string, JsonElement?> { ["weight"] = Json("1.5") }).Decide).ThenNothing();

    [Fact]
    public void the_name_cannot_be_cleared() =>
        Given(Known).When(new ReviseProduct(Fields(("name", null))).Decide).ThenRefused("name_required");

    [Fact]
    public void the_last_key_cannot_be_cleared() =>
        Given(Known).When(new ReviseProduct(Fields(("reference", null))).Decide).ThenRefused("key_required");

    [Fact]
    public void a_key_can_be_cleared_when_another_comes() =>
        Given(Known).When(new ReviseProduct(Fields(("reference", null), ("ean", "3760000000001"))).Decide)
            .Then(new ProductDetailsChanged(Changes(("reference", "ART-001", null), ("ean", null, "3760000000001"))));

    [Fact]
    public void switching_off_and_on_are_facts_of_their_own()
    {
        Given(Known).When(new ReviseProduct(Fields(), false).Decide).Then(new ProductDeactivated());
        Given(Known, new ProductDeactivated()).When(new ReviseProduct(Fields(), true).Decide).Then(new ProductActivated());
        Given(Known, new ProductDeactivated()).When(new ReviseProduct(Fields(), false).Decide).ThenNothing();
    }

    [Fact]
    public void an_unknown_product_cannot_be_revised() =>
        Given().When(new ReviseProduct(Fields(("name", "x"))).Decide).ThenRefused("no_such_product");

    [Fact]
    public void a_destroyed_product_gives_its_keys_back_and_is_gone()
    {
        Given(Known).When(new DestroyProduct().Decide).Then(new ProductDestroyed(null, "ART-001"));
        Given(Known, new ProductDestroyed(null, "ART-001")).When(new DestroyProduct().Decide).ThenNothing();
        Given(Known, new ProductDestroyed(null, "ART-001"))
            .When(new ReviseProduct(Fields(("name", "x"))).Decide).ThenRefused("no_such_product");
    }

    private static JsonElement Json(string json) => JsonSerializer.Deserialize<JsonElement>(json);

    private static Dictionary<string, JsonElement> Values(params (string Name, string Value)[] fields) =>
        fields.ToDictionary(f => f.Name, f => JsonSerializer.SerializeToElement(f.Value));

    private static Dictionary<string, JsonElement?> Fields(params (string Name, string? Value)[] fields) =>
        fields.ToDictionary(f => f.Name, f => Element(f.Value));

    private static Dictionary<string, FieldChange> Changes(params (string Name, string? Before, string? After)[] changes) =>
        changes.ToDictionary(c => c.Name, c => new FieldChange(Element(c.Before), Element(c.After)));

    private static JsonElement? Element(string? text) => text is null ? null : JsonSerializer.SerializeToElement(text);
}
