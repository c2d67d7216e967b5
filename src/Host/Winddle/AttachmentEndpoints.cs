using System.Globalization;
using System.Text.Json.Nodes;
using PixeeEvents.Catalog;
using PixeeEvents.Host.Files;
using PixeeEvents.Host.OpenApi;

namespace PixeeEvents.Host.Winddle;

/// <summary>Attachments of a product: containers of versions, the last one current. Who may manage the product may manage them.</summary>
internal static class AttachmentEndpoints
{
    private static readonly Resource Resource = new("attachments", "attachment");

    private const string File = "attachment[versions_attributes][][attached]";

    private const string NewAttachment =
        """{"name": "plan.txt", "versions_attributes": [{"base64_data": "UGxhbiBkZSBtb250YWdlCg==", "filename": "plan.txt", "note": "Premier jet"}]}""";

    private const string NextVersion = """{"folder": "Notices", "versions_attributes": [{"base64_data": "Tm90aWNlIDIK", "filename": "notice-2.txt"}]}""";

    private static readonly Parameter Key = Parameter.Path("attachmentKey", "Id, source_id or name of the attachment.", "1");

    private static readonly string[] Change = [HttpMethods.Put, HttpMethods.Patch];

    public static void Map(RouteGroupBuilder routes)
    {
        foreach (var path in (ReadOnlySpan<string>)["/products/{key}/attachments", "/product/{key}/attachments"])
        {
            routes.MapGet(path, List).WithMetadata(Admission.Read).Documented("attachments/list", "The attachments of a product.", [ProductEndpoints.Key]);
            routes.MapPost(path, Create).WithMetadata(Admission.Upload).Documented(
                "attachments/create", "Attaches a file to a product: Base64, an address to download from, or the part of a form.", [ProductEndpoints.Key], NewAttachment, File,
                StatusCodes.Status201Created);
            routes.MapGet(path + "/{attachmentKey}", Show).WithMetadata(Admission.Read).Documented("attachments/show", "An attachment with its versions.", [ProductEndpoints.Key, Key]);
            routes.MapMethods(path + "/{attachmentKey}", Change, Update).WithMetadata(Admission.Upload).Documented(
                "attachments/update", "Renames or moves an attachment, or adds a version.", [ProductEndpoints.Key, Key], NextVersion, File);
            routes.MapDelete(path + "/{attachmentKey}", Destroy).WithMetadata(Admission.Manage)
                .Documented("attachments/destroy", "Removes an attachment with its versions; answers with what it was.", [ProductEndpoints.Key, Key]);
        }
    }

    private static async Task List(HttpContext context, Pixee pixee, string key)
    {
        var product = await ProductEndpoints.Find(context, pixee, key);
        await Answer.List(context, Resource, "index", await Of(context, pixee, product.Product), ViewOf(context, product).Write);
    }

    private static async Task Show(HttpContext context, Pixee pixee, string key, string attachmentKey)
    {
        var product = await ProductEndpoints.Find(context, pixee, key);
        var attachments = await Of(context, pixee, product.Product);
        var id = Choose(attachments.Select(a => (a.Id, a.Details)), attachmentKey);
        await Answer.Item(context, Resource, "show", writer => ViewOf(context, product).Write(writer, attachments.First(a => a.Id == id)));
    }

    private static async Task Create(HttpContext context, Pixee pixee, Uploads uploads, string key)
    {
        await FindToManage(context, pixee, key);
        var input = await Body.Read(context, Resource);
        var (details, version) = await Read(context, uploads, input);
        if (version is null)
        {
            input.Errors.Add("attached", Errors.Blank);
            input.Errors.ThrowIfAny();
        }

        var id = 0L;
        var product = await ProductWriting.Change(context, pixee, Keyed.Decoded(key), needsManager: true, givesKeys: false, async (product, stop) =>
        {
            var numbers = await ServedFiles.Numbers(product.Session, 2, stop);
            id = numbers[0];
            var added = details(new AttachmentDetails(version!.Version.Filename, null, null));
            ProductWriting.AppendAndAnnounce(product, new AddAttachment(id, added, version.Version with { Id = numbers[1] }).Decide(product.State));
            await Blob.Keep(product.Session, version.Blobs, stop);
        });
        await AnswerWith(context, pixee, product, id, "create", StatusCodes.Status201Created);
    }

    private static async Task Update(HttpContext context, Pixee pixee, Uploads uploads, string key, string attachmentKey)
    {
        var found = await FindToManage(context, pixee, key);
        Choose((await Of(context, pixee, found.Product)).Select(a => (a.Id, a.Details)), attachmentKey);
        var (details, version) = await Read(context, uploads, await Body.Read(context, Resource));
        var id = 0L;
        var product = await ProductWriting.Change(context, pixee, Keyed.Decoded(key), needsManager: true, givesKeys: false, async (product, stop) =>
        {
            id = Choose((product.State.Files?.Attachments ?? []).Select(a => (a.Id, a.Details)), attachmentKey);
            var numbered = version is null ? null : version.Version with { Id = (await ServedFiles.Numbers(product.Session, 1, stop))[0] };
            var decision = new ReviseAttachment(id, details(product.State.Files!.Attachment(id)!.Details), numbered).Decide(product.State);
            ProductWriting.AppendAndAnnounce(product, decision);
            if (decision.Events.Any(e => e is AttachmentVersionAdded))
            {
                await Blob.Keep(product.Session, version!.Blobs, stop);
            }
        });
        await AnswerWith(context, pixee, product, id, "update");
    }

    /// <summary>Answers with the attachment as it was.</summary>
    private static async Task Destroy(HttpContext context, Pixee pixee, string key, string attachmentKey)
    {
        var row = await FindToManage(context, pixee, key);
        var attachments = await Of(context, pixee, row.Product);
        var id = 0L;
        await ProductWriting.Change(context, pixee, Keyed.Decoded(key), needsManager: true, givesKeys: false, (product, _) =>
        {
            id = Choose((product.State.Files?.Attachments ?? []).Select(a => (a.Id, a.Details)), attachmentKey);
            ProductWriting.AppendAndAnnounce(product, new RemoveAttachment(id).Decide(product.State));
            return Task.CompletedTask;
        });
        var attachment = attachments.FirstOrDefault(a => a.Id == id) ?? throw NotFound(attachmentKey);
        await Answer.Item(context, Resource, "destroy", writer => ViewOf(context, row).Write(writer, attachment));
    }

    /// <summary>What the body says: the words it changes, and the one version it brings.</summary>
    private static async Task<(Func<AttachmentDetails, AttachmentDetails> Details, PreparedVersion? Version)> Read(HttpContext context, Uploads uploads, Input input)
    {
        var (name, sourceId, folder) = (input.Text("name"), input.Text("source_id"), input.Text("folder"));
        var version = VersionOf(input);
        var note = version.Text("note", multiline: true);
        input.Errors.ThrowIfAny();
        var upload = await uploads.Read(context, version, name);
        version.Errors.ThrowIfAny();
        var prepared = upload is null ? null : await uploads.Prepare(context, upload, note);
        return (before => new AttachmentDetails(
            name ?? before.Name, input.Has("source_id") ? sourceId : before.SourceId, input.Has("folder") ? folder : before.Folder), prepared);
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

    /// <summary>Whoever may not write is told so before anything is read, downloaded or scaled for him.</summary>
    public static async Task<ProductRow> FindToManage(HttpContext context, Pixee pixee, string key)
    {
        var row = await ProductEndpoints.Find(context, pixee, key);
        return Roles.CanManage(TokenCheck.UserOf(context).User, row.Shown.Owner)
            ? row
            : throw new RefusedRequestException(StatusCodes.Status403Forbidden, "This is for company admins and the product's owner.");
    }

    public static Task<IReadOnlyList<ShownAttachment>> Of(HttpContext context, Pixee pixee, Guid product) =>
        AttachmentRows.Of(TokenCheck.UserOf(context).Tenant, product).Run(pixee.DataSource, context.RequestAborted);

    public static AttachmentView ViewOf(HttpContext context, ProductRow product)
    {
        var user = TokenCheck.UserOf(context).User;
        return new AttachmentView(FileLinks.For(context, user.Tenant), Roles.CanManage(user, product.Shown.Owner));
    }

    private static long Choose(IEnumerable<(long Id, AttachmentDetails Details)> attachments, string key) =>
        Keyed.Choose(attachments.Select(a => (a.Id, a.Details.SourceId, (string?)a.Details.Name)), Keyed.Decoded(key)) ?? throw NotFound(key);

    private static async Task AnswerWith(HttpContext context, Pixee pixee, Guid product, long id, string action, int status = StatusCodes.Status200OK)
    {
        var row = (await ProductQueries.ById(pixee.DataSource, TokenCheck.UserOf(context).Tenant, [product], context.RequestAborted)).SingleOrDefault();
        var attachment = (await Of(context, pixee, product)).FirstOrDefault(a => a.Id == id);
        if (row is null || attachment is null)
        {
            throw NotFound(id.ToString(CultureInfo.InvariantCulture));
        }

        await Answer.Item(context, Resource, action, writer => ViewOf(context, row).Write(writer, attachment), status);
    }

    private static RefusedRequestException NotFound(string key) => new(StatusCodes.Status404NotFound, $"The product has no attachment '{key}'.");
}
