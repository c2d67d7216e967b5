using System.Text.Json;
using PixeeEvents.Catalog.Products;
using PixeeEvents.EventLog;
using Xunit;
using static PixeeEvents.Catalog.Tests.Products.ProductDecision;

namespace PixeeEvents.Catalog.Tests.Products;

public sealed class LifecycleSpecs
{
    private const long Ann = 1;

    private static readonly ProductRegistered Known = new(Values("name", "Chair"));

    [Fact]
    public void a_product_is_archived_once_and_deactivated_with_it_if_it_was_active()
    {
        Given(Known).When(Act(ProductAction.Archive)).Then(new ProductArchived(), new ProductDeactivated());
        Given(Known, new ProductDeactivated()).When(Act(ProductAction.Archive)).Then(new ProductArchived());
        Given(Known, new ProductArchived(), new ProductDeactivated()).When(Act(ProductAction.Archive)).ThenNothing();
    }

    [Fact]
    public void a_product_taken_out_of_the_archive_is_active()
    {
        Given(Known, new ProductArchived(), new ProductDeactivated())
            .When(Act(ProductAction.Unarchive)).Then(new ProductUnarchived(), new ProductActivated());
        Given(Known).When(Act(ProductAction.Unarchive)).ThenNothing();
        Given(Known, new ProductDeactivated()).When(Act(ProductAction.Unarchive)).ThenNothing();
    }

    [Fact]
    public void an_archived_product_is_made_active_by_taking_it_out_of_the_archive()
    {
        Given(Known, new ProductArchived(), new ProductDeactivated())
            .When(new ReviseProduct(Nothing, true).Decide).Then(new ProductUnarchived(), new ProductActivated());
        Given(Known, new ProductDeactivated()).When(new ReviseProduct(Nothing, true).Decide).Then(new ProductActivated());
        Given(Known, new ProductArchived(), new ProductDeactivated()).When(new ReviseProduct(Nothing, false).Decide).ThenNothing();
    }

    [Fact]
    public void a_cancelled_product_is_archived_and_uncancelling_takes_back_both()
    {
        Given(Known).When(Act(ProductAction.Cancel)).Then(new ProductCancelled(), new ProductArchived(), new ProductDeactivated());
        Given(Known, new ProductCancelled(), new ProductArchived(), new ProductDeactivated()).When(Act(ProductAction.Uncancel))
            .Then(new ProductUncancelled(), new ProductUnarchived(), new ProductActivated());
        Given(Known, new ProductArchived(), new ProductDeactivated()).When(Act(ProductAction.Uncancel)).ThenNothing();
        Given(Known, new ProductCancelled()).When(Act(ProductAction.Uncancel)).Then(new ProductUncancelled());
    }

    [Fact]
    public void a_like_is_one_users_and_counted_once()
    {
        Given(Known).When(Act(ProductAction.Like)).Then(new ProductLiked(Ann));
        Given(Known, new ProductLiked(2)).When(Act(ProductAction.Like)).Then(new ProductLiked(Ann));
        Given(Known, new ProductLiked(Ann)).When(Act(ProductAction.Like)).ThenNothing();
        Given(Known, new ProductLiked(Ann)).When(Act(ProductAction.Unlike)).Then(new ProductUnliked(Ann));
        Given(Known, new ProductLiked(2)).When(Act(ProductAction.Unlike)).ThenNothing();
    }

    [Fact]
    public void the_showcase_is_entered_and_left_once()
    {
        Given(Known).When(Act(ProductAction.Showcase)).Then(new ProductShowcased());
        Given(Known, new ProductShowcased()).When(Act(ProductAction.Showcase)).ThenNothing();
        Given(Known, new ProductShowcased()).When(Act(ProductAction.Unshowcase)).Then(new ProductUnshowcased());
        Given(Known).When(Act(ProductAction.Unshowcase)).ThenNothing();
    }

    [Fact]
    public void nothing_is_done_to_a_product_that_does_not_exist()
    {
        foreach (var action in Enum.GetValues<ProductAction>())
        {
            Given().When(Act(action)).ThenRefused("no_such_product");
            Given(Known, new ProductDestroyed(null, null)).When(Act(action)).ThenRefused("no_such_product");
        }

        Given().When(new AddVariant(1, Fields("name", "Red")).Decide).ThenRefused("no_such_product");
    }

    [Fact]
    public void a_product_without_key_is_for_callers_that_can_find_it()
    {
        Given().When(new RegisterProduct(Fields("name", "Chair"), NeedsKey: false).Decide).Then(Known);
        Given(Known).When(new ReviseProduct(Fields("color", "red"), NeedsKey: false).Decide)
            .Then(
                new ProductDetailsChanged(
                    new Dictionary<string, FieldChange> { ["color"] = new(null, JsonSerializer.SerializeToElement("red")) }));
        Given(Known).When(new ReviseProduct(Fields("color", "red")).Decide).ThenRefused("key_required");
    }

    [Fact]
    public void a_product_in_use_is_not_destroyed()
    {
        Given(Known).When(new DestroyProduct(IsInUse: true).Decide).ThenRefused("product_in_use");
        Given(Known, new VariantAdded(7, Values("reference", "V1")), new VariantAdded(8, Values("name", "Red")))
            .When(new DestroyProduct().Decide)
            .Then(new ProductDestroyed(null, null, ["V1"]));
    }

    [Fact]
    public void a_variant_is_added_changed_and_removed_in_its_products_stream()
    {
        var added = new VariantAdded(7, Values("name", "Red"));
        Given(Known).When(new AddVariant(7, Fields("name", "Red")).Decide).Then(added);
        Given(Known).When(new AddVariant(7, Fields("color", "Red")).Decide).ThenRefused("name_required");
        Given(Known, added).When(new ReviseVariant(7, Fields("name", "Red")).Decide).ThenNothing();
        Given(Known, added).When(new ReviseVariant(7, Fields("name", null)).Decide).ThenRefused("name_required");
        Given(Known, added).When(new ReviseVariant(8, Fields("name", "Blue")).Decide).ThenRefused("no_such_variant");
        Given(Known, added).When(new ReviseVariant(7, Fields("size", "L")).Decide)
            .Then(
                new VariantChanged(
                    7, new Dictionary<string, FieldChange> { ["size"] = new(null, JsonSerializer.SerializeToElement("L")) }));
        Given(Known, added).When(new RemoveVariant(7, IsInUse: true).Decide).ThenRefused("variant_in_use");
        Given(Known, added).When(new RemoveVariant(7, IsInUse: false).Decide).Then(new VariantRemoved(7, null));
        Given(Known, added, new VariantRemoved(7, null)).When(new RemoveVariant(7, IsInUse: false).Decide).ThenRefused("no_such_variant");
    }

    [Fact]
    public void a_product_has_a_bounded_number_of_variants() =>
        Given([Known, .. Enumerable.Range(1, Variant.MaxPerProduct).Select(n => new VariantAdded(n, Values("name", "Red")))])
            .When(new AddVariant(1000, Fields("name", "Red")).Decide).ThenRefused("too_many_variants");

    [Fact]
    public void the_state_of_a_plain_product_is_stored_without_a_word_on_what_it_has_not()
    {
        var stored = JsonSerializer.Serialize(Product.Aggregate.Fold([Known]), EventLogOptions.Json);
        Assert.DoesNotContain("Archived", stored, StringComparison.Ordinal);
        Assert.DoesNotContain("Variants", stored, StringComparison.Ordinal);
        Assert.DoesNotContain("Owner", stored, StringComparison.Ordinal);
        var full = Product.Aggregate.Fold(
            [Known, new ProductArchived(), new ProductLiked(Ann), new VariantAdded(7, Values("name", "Red"))]);
        var read = JsonSerializer.Deserialize<Product>(JsonSerializer.Serialize(full, EventLogOptions.Json), EventLogOptions.Json)!;
        Assert.True(read.IsArchived && read.Likes(Ann) && read.Variant(7)!.Text("name") == "Red");
    }

    private static Dictionary<string, JsonElement?> Nothing { get; } = [];

    private static Func<Product, Decision> Act(ProductAction action) => new ActOnProduct(action, Ann).Decide;

    private static Dictionary<string,
    JsonElement> Values(string field, string value) => new() { [field] = JsonSerializer.SerializeToElement(value) };

    private static Dictionary<string,
    JsonElement?> Fields(string field, string? value) =>
        new() { [field] = value is null ? null : JsonSerializer.SerializeToElement(value) };
}
