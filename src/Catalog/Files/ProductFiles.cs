namespace PixeeEvents.Catalog.Files;

/// <summary>The product got a picture, in the sizes named.</summary>
/// <param name="Key">Random: whoever knows it may see the sizes.</param>
/// <param name="Was">Hash of the picture it replaces.</param>
public sealed record ImageSet(string Key, StoredFile Original, IReadOnlyDictionary<string, StoredFile> Sizes, string? Was);

/// <summary>The product has no picture any more.</summary>
/// <param name="Was">Hash of what was uploaded.</param>
public sealed record ImageRemoved(string Was);

/// <summary>A file was attached to the product: a container with its first version.</summary>
public sealed record AttachmentAdded(long Id, AttachmentDetails Details, AttachmentVersion Version);

/// <summary>An attachment got a newer version, which is now the current one.</summary>
public sealed record AttachmentVersionAdded(long Id, AttachmentVersion Version);

/// <summary>The words about an attachment changed.</summary>
public sealed record AttachmentRenamed(long Id, AttachmentDetails Before, AttachmentDetails After);

/// <summary>An attachment left the product with all its versions.</summary>
public sealed record AttachmentRemoved(long Id);

/// <summary>What is said about an attachment as a whole.</summary>
/// <param name="SourceId">Its id in the customer's own system.</param>
public sealed record AttachmentDetails(string Name, string? SourceId, string? Folder);

/// <summary>One content of an attachment.</summary>
/// <param name="Key">Random: whoever knows it may fetch the content and its sizes.</param>
/// <param name="Sizes">Of a picture; empty for anything else.</param>
public sealed record AttachmentVersion(
    long Id, string Key, string Filename, string? Note, StoredFile Content, IReadOnlyDictionary<string, StoredFile> Sizes);

/// <summary>What decisions on a product's files need.</summary>
/// <param name="Image">Hash of the picture that was uploaded.</param>
public sealed record ProductFiles(string? Image, IReadOnlyList<Attachment> Attachments)
{
    private static readonly ProductFiles None = new(null, []);

    public Attachment? Attachment(long id) => Attachments.FirstOrDefault(a => a.Id == id);

    internal static ProductFiles? Evolve(ProductFiles? before, object @event)
    {
        var files = before ?? None;
        var after = @event switch
        {
            ImageSet e => files with { Image = e.Original.Sha256 },
            ImageRemoved => files with { Image = null },
            AttachmentAdded e =>
                files with
                {
                    Attachments =
                    [
                        .. files.Attachments, new Attachment(e.Id, e.Details, e.Version.Filename, e.Version.Content.Sha256),
                    ],
                },
            AttachmentVersionAdded e => files.With(e.Id, a => a with { Filename = e.Version.Filename, Sha256 = e.Version.Content.Sha256 }),
            AttachmentRenamed e => files.With(e.Id, a => a with { Details = e.After }),
            AttachmentRemoved e => files with { Attachments = [.. files.Attachments.Where(a => a.Id != e.Id)] },
            _ => files,
        };
        return ReferenceEquals(after, files) ? before : after is { Image: null, Attachments: [] } ? null : after;
    }

    private ProductFiles With(long id, Func<Attachment, Attachment> change) =>
        this with { Attachments = [.. Attachments.Select(a => a.Id == id ? change(a) : a)] };
}

/// <summary>An attachment with the name and hash of its current version.</summary>
public sealed record Attachment(long Id, AttachmentDetails Details, string Filename, string Sha256);
