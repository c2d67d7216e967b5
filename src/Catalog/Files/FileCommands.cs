using PixeeEvents.Catalog.Products;
using PixeeEvents.EventLog;

namespace PixeeEvents.Catalog.Files;

/// <summary>Gives a product its picture. The same picture again is no change.</summary>
public sealed record SetImage(string Key, StoredFile Original, IReadOnlyDictionary<string, StoredFile> Sizes)
{
    public Decision Decide(Product product) =>
        !product.Exists ? FileRefusals.NoSuchProduct
        : product.Files?.Image == Original.Sha256 ? Decision.Nothing
        : Decision.Of(new ImageSet(Key, Original, Sizes, product.Files?.Image));
}

/// <summary>Takes the picture of a product away, if it has one.</summary>
public sealed record RemoveImage
{
    public static Decision Decide(Product product) =>
        !product.Exists ? FileRefusals.NoSuchProduct
        : product.Files?.Image is { } image ? Decision.Of(new ImageRemoved(image))
        : Decision.Nothing;
}

/// <summary>Attaches a file. The same file may be attached twice: each is a container of its own.</summary>
public sealed record AddAttachment(long Id, AttachmentDetails Details, AttachmentVersion Version)
{
    public const int MaxPerProduct = 500;

    public Decision Decide(Product product) =>
        !product.Exists ? FileRefusals.NoSuchProduct
        : product.Files?.Attachments.Count >= MaxPerProduct ? new Refusal(
            "too_many_attachments", $"A product has at most {MaxPerProduct} attachments.")
        : Decision.Of(new AttachmentAdded(Id, Details, Version));
}

/// <summary>Changes the words about an attachment, and makes a version the current one. What is null stays.</summary>
public sealed record ReviseAttachment(long Id, AttachmentDetails? Details, AttachmentVersion? Version)
{
    public Decision Decide(Product product)
    {
        if (product.Files?.Attachment(Id) is not { } attachment)
        {
            return FileRefusals.NoSuchAttachment;
        }

        var events = new List<object>(2);
        if (Details is not null && Details != attachment.Details)
        {
            events.Add(new AttachmentRenamed(Id, attachment.Details, Details));
        }

        if (Version is not null && (Version.Content.Sha256, Version.Filename) != (attachment.Sha256, attachment.Filename))
        {
            events.Add(new AttachmentVersionAdded(Id, Version));
        }

        return events.Count == 0 ? Decision.Nothing : Decision.Of([.. events]);
    }
}

/// <summary>Takes an attachment away with all its versions.</summary>
public sealed record RemoveAttachment(long Id)
{
    public Decision Decide(Product product) =>
        product.Files?.Attachment(Id) is null ? FileRefusals.NoSuchAttachment : Decision.Of(new AttachmentRemoved(Id));
}

internal static class FileRefusals
{
    public static Refusal NoSuchProduct { get; } = new("no_such_product", "There is no such product.");

    public static Refusal NoSuchAttachment { get; } = new("no_such_attachment", "The product has no such attachment.");
}
