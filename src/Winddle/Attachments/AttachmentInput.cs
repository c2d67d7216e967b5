using System.Text.Json.Nodes;
using PixeeEvents.Catalog;
using PixeeEvents.Winddle.Wire;

namespace PixeeEvents.Winddle.Attachments;

/// <summary>What a body says of an attachment: the words it changes, and the one version it brings.</summary>
internal sealed record AttachmentInput(
    string? Name, (bool IsGiven, string? Text) SourceId, (bool IsGiven, string? Text) Folder, PreparedVersion? Version)
{
    /// <summary>The words over those that stand there.</summary>
    public AttachmentDetails Over(AttachmentDetails before) => new(
        Name ?? before.Name, SourceId.IsGiven ? SourceId.Text : before.SourceId, Folder.IsGiven ? Folder.Text : before.Folder);

    public static async Task<AttachmentInput> Read(HttpContext context, Input input, Uploads uploads)
    {
        var (name, sourceId, folder) = (input.Text("name"), input.Text("source_id"), input.Text("folder"));
        var version = VersionOf(input);
        var note = version.Text("note", multiline: true);
        input.Errors.ThrowIfAny();
        var upload = await uploads.Read(context, version, name);
        version.Errors.ThrowIfAny();
        var prepared = upload is null ? null : await uploads.Prepare(context, upload, note);
        return new AttachmentInput(name, (input.Has("source_id"), sourceId), (input.Has("folder"), folder), prepared);
    }

    /// <summary>A call brings at most one version: the element of <c>versions_attributes</c>, or its words beside the others.</summary>
    private static Input VersionOf(Input input)
    {
        var versions = input.List("versions_attributes");
        if (versions.Count > 1)
        {
            input.Errors.Add("versions_attributes", "takes one version per call");
        }

        if (versions is not [{ } only])
        {
            return input;
        }

        if (only is JsonObject fields)
        {
            return new Input(fields);
        }

        input.Errors.Add("versions_attributes", Errors.Invalid);
        return input;
    }
}
