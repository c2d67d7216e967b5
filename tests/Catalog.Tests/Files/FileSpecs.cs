using PixeeEvents.Catalog.Files;
using PixeeEvents.Catalog.Products;
using PixeeEvents.EventLog;
using Xunit;
using static PixeeEvents.Catalog.Tests.Products.ProductDecision;

namespace PixeeEvents.Catalog.Tests.Files;

public sealed class FileSpecs
{
    private static readonly ProductRegistered Known = new(new Dictionary<string, System.Text.Json.JsonElement>());
    private static readonly AttachmentDetails Notice = new("Notice", "DOC-1", "Notices");
    private static readonly AttachmentAdded Attached = new(7, Notice, Version(8, "a", "notice.pdf"));

    [Fact]
    public void a_picture_is_set_with_its_sizes() =>
        Given(Known).When(Image("k", "a").Decide).Then(new ImageSet("k", File("a"), Sizes, null));

    [Fact]
    public void another_picture_replaces_it() =>
        Given(Known, Set("k", "a")).When(Image("l", "b").Decide).Then(Set("l", "b") with { Was = "a" });

    [Fact]
    public void the_same_picture_again_leaves_no_event() => Given(Known, Set("k", "a")).When(Image("l", "a").Decide).ThenNothing();

    [Fact]
    public void a_removed_picture_can_be_set_again() =>
        Given(Known, Set("k", "a"), new ImageRemoved("a")).When(Image("l", "a").Decide).Then(Set("l", "a"));

    [Fact]
    public void a_picture_is_removed_once()
    {
        Given(Known, Set("k", "a")).When(RemoveImage.Decide).Then(new ImageRemoved("a"));
        Given(Known, Set("k", "a"), new ImageRemoved("a")).When(RemoveImage.Decide).ThenNothing();
        Given(Known).When(RemoveImage.Decide).ThenNothing();
    }

    [Fact]
    public void a_product_that_is_gone_takes_no_files()
    {
        object[] gone = [Known, Set("k", "a"), Attached, new ProductDestroyed(null, null)];
        Given(gone).When(Image("l", "b").Decide).ThenRefused("no_such_product");
        Given(gone).When(RemoveImage.Decide).ThenRefused("no_such_product");
        Given(gone).When(new AddAttachment(9, Notice, Version(10, "b", "x")).Decide).ThenRefused("no_such_product");
        Given(gone).When(new RemoveAttachment(7).Decide).ThenRefused("no_such_attachment");
    }

    [Fact]
    public void a_file_is_attached_with_its_first_version() =>
        Given(Known).When(new AddAttachment(7, Notice, Attached.Version).Decide).Then(Attached);

    [Fact]
    public void the_same_file_can_be_attached_twice() =>
        Given(Known, Attached).When(new AddAttachment(9, Notice, Version(10, "a", "notice.pdf")).Decide)
            .Then(new AttachmentAdded(9, Notice, Version(10, "a", "notice.pdf")));

    [Fact]
    public void a_product_has_at_most_five_hundred_attachments()
    {
        object[] full = [Known, .. Enumerable.Range(0, 500).Select(n => Attached with { Id = n })];
        Given(full).When(new AddAttachment(900, Notice, Attached.Version).Decide).ThenRefused("too_many_attachments");
        Given([.. full, new AttachmentRemoved(3)]).When(new AddAttachment(900, Notice, Attached.Version).Decide)
            .Then(new AttachmentAdded(900, Notice, Attached.Version));
    }

    [Fact]
    public void another_content_or_another_filename_is_another_version()
    {
        Given(Known, Attached).When(new ReviseAttachment(7, null, Version(9, "b", "notice.pdf")).Decide)
            .Then(new AttachmentVersionAdded(7, Version(9, "b", "notice.pdf")));
        Given(Known, Attached).When(new ReviseAttachment(7, null, Version(9, "a", "notice-2.pdf")).Decide)
            .Then(new AttachmentVersionAdded(7, Version(9, "a", "notice-2.pdf")));
    }

    [Fact]
    public void the_current_version_again_leaves_no_event() =>
        Given(Known, Attached).When(new ReviseAttachment(7, Notice, Version(9, "a", "notice.pdf")).Decide).ThenNothing();

    [Fact]
    public void an_earlier_version_can_come_back_as_a_new_one() =>
        Given(Known, Attached, new AttachmentVersionAdded(7, Version(9, "b", "notice.pdf")))
            .When(new ReviseAttachment(7, null, Version(10, "a", "notice.pdf")).Decide)
            .Then(new AttachmentVersionAdded(7, Version(10, "a", "notice.pdf")));

    [Fact]
    public void changed_words_are_told_with_before_and_after() =>
        Given(Known, Attached).When(new ReviseAttachment(7, Notice with { Name = "Mode d'emploi", Folder = null }, null).Decide)
            .Then(new AttachmentRenamed(7, Notice, Notice with { Name = "Mode d'emploi", Folder = null }));

    [Fact]
    public void an_attachment_is_removed_and_then_unknown()
    {
        Given(Known, Attached).When(new RemoveAttachment(7).Decide).Then(new AttachmentRemoved(7));
        Given(Known, Attached, new AttachmentRemoved(7)).When(new RemoveAttachment(7).Decide).ThenRefused("no_such_attachment");
        Given(Known, Attached, new AttachmentRemoved(7))
            .When(new ReviseAttachment(7, Notice, null).Decide).ThenRefused("no_such_attachment");
    }

    [Fact]
    public void a_product_without_files_is_stored_without_a_word_about_them()
    {
        Assert.Null(Product.Aggregate.Fold([Known]).Files);
        Assert.Null(Product.Aggregate.Fold([Known, Set("k", "a"), Attached, new ImageRemoved("a"), new AttachmentRemoved(7)]).Files);
        Assert.DoesNotContain(
            "Files", System.Text.Json.JsonSerializer.Serialize(Product.Aggregate.Fold([Known]), EventLogOptions.Json),
            StringComparison.Ordinal);
    }

    private static Dictionary<string, StoredFile> Sizes => new() { ["px40"] = File("s") };

    private static StoredFile File(string content) => new(content, 1, "image/png");

    private static SetImage Image(string key, string content) => new(key, File(content), Sizes);

    private static ImageSet Set(string key, string content) => new(key, File(content), Sizes, null);

    private static AttachmentVersion Version(long id, string content, string filename) =>
        new(id, $"key{id}", filename, null, new StoredFile(content, 1, "application/pdf"), new Dictionary<string, StoredFile>());
}
