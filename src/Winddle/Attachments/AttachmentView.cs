using System.Globalization;
using PixeeEvents.Catalog;
using PixeeEvents.Winddle.Files;
using PixeeEvents.Winddle.Images;
using PixeeEvents.Winddle.Rows;
using PixeeEvents.Winddle.Wire;

namespace PixeeEvents.Winddle.Attachments;

/// <summary>Attachments as they are shown: what is said of the current version stands with the attachment itself.</summary>
/// <param name="Updatable">May the caller change them?</param>
internal sealed record AttachmentView(FileLinks Links, bool Updatable)
{
    /// <summary>Where a version is kept: with us.</summary>
    private const string Storage = "local";

    public static AttachmentView Of(CurrentUser user, ProductRow product) =>
        new(user.Files, Roles.CanManage(user.User, product.Shown.Owner));

    public void WriteAll(ResourceWriter writer, IReadOnlyList<ShownAttachment> attachments) =>
        writer.List("attachments", "attachment", attachments, attachment => Write(writer, attachment));

    public void Write(ResourceWriter writer, ShownAttachment attachment)
    {
        writer.Integer("id", attachment.Id);
        writer.Text("source_id", attachment.Details.SourceId);
        writer.Text("name", attachment.Details.Name);
        writer.Text("folder", attachment.Details.Folder);
        WriteVersion(writer, attachment.Current);
        writer.Time("created_at", attachment.CreatedAt);
        writer.Time("updated_at", attachment.UpdatedAt);
        writer.Boolean("updatable", Updatable);
        writer.List("versions", "version", attachment.Versions, version =>
        {
            writer.Integer("id", version.Version.Id);
            WriteVersion(writer, version.Version);
            writer.Time("created_at", version.CreatedAt);
        });
    }

    private void WriteVersion(ResourceWriter writer, AttachmentVersion version)
    {
        writer.Text("storage", Storage);
        writer.Text("filename", version.Filename);
        writer.Text("note", version.Note);
        writer.Text("url", Links.Original(version));
        writer.Text("size", version.Content.Size.ToString(CultureInfo.InvariantCulture));
        writer.Text("mime_type", version.Content.MediaType);
        foreach (var size in ImageSize.Attachment)
        {
            writer.Text(size.Name, Links.Size(version, size.Name));
        }
    }
}
