using System.Globalization;
using PixeeEvents.Catalog;
using PixeeEvents.EventLog;
using PixeeEvents.Http.Availability;
using PixeeEvents.Winddle.Products;
using PixeeEvents.Winddle.Products.Writing;
using PixeeEvents.Winddle.Wire;
using Wolverine.Http;

namespace PixeeEvents.Winddle.Attachments;

/// <summary>Attachments of a product: containers of versions, the last one current. Who may manage the product may manage them.</summary>
public static class AttachmentEndpoints
{
    [WolverineGet(AttachmentRoutes.All)]
    public static async Task<Answer> List(CurrentUser user, string key, ShownProducts products, CancellationToken stop)
    {
        var product = await products.Find(user, key, stop);
        var attachments = await products.Attachments(user, product.Product, stop);
        return Answer.List(AttachmentRoutes.Resource, "index", attachments, AttachmentView.Of(user, product).Write);
    }

    [WolverineGet(AttachmentRoutes.One)]
    public static async Task<Answer> Show(
        CurrentUser user, string key, string attachmentKey, ShownProducts products, CancellationToken stop)
    {
        var product = await products.Find(user, key, stop);
        var attachments = await products.Attachments(user, product.Product, stop);
        var id = Choose(attachments, attachmentKey);
        var attachment = attachments.First(a => a.Id == id);
        return Answer.Item(AttachmentRoutes.Resource, "show", writer => AttachmentView.Of(user, product).Write(writer, attachment));
    }

    [WolverinePost(AttachmentRoutes.All)]
    public static async Task<Answer> Create(
        HttpContext context,
        Turn turn,
        CurrentUser user,
        Caller caller,
        string key,
        ShownProducts products,
        ProductWriting writing,
        Uploads uploads,
        CancellationToken stop)
    {
        await products.FindToManage(user, key, stop);
        var body = await Body.Read(context, AttachmentRoutes.Resource);
        var input = await AttachmentInput.Read(context, body, uploads);
        if (input.Version is not { } version)
        {
            body.Errors.Add("attached", Errors.Blank);
            throw new RefusedRequestException(StatusCodes.Status422UnprocessableEntity, body.Errors);
        }

        await turn.Take();
        await foreach (var product in writing.Hold(user, caller, key, givesKeys: false, stop))
        {
            var numbers = await ServedFiles.Numbers(product.Session, 2, stop);
            var added = input.Over(new AttachmentDetails(version.Version.Filename, null, null));
            product.AppendAndAnnounce(
                new AddAttachment(numbers[0], added, version.Version with { Id = numbers[1] }).Decide(product.State));
            await Blob.Keep(product.Session, version.Blobs, stop);
            if (await product.Save(stop))
            {
                return await Shown(user, product.Id, numbers[0], "create", products, stop, StatusCodes.Status201Created);
            }
        }

        throw ProductWriting.Busy();
    }

    [WolverinePut(AttachmentRoutes.One)]
    public static async Task<Answer> Update(
        HttpContext context,
        Turn turn,
        CurrentUser user,
        Caller caller,
        string key,
        string attachmentKey,
        ShownProducts products,
        ProductWriting writing,
        Uploads uploads,
        CancellationToken stop)
    {
        var found = await products.FindToManage(user, key, stop);
        Choose(await products.Attachments(user, found.Product, stop), attachmentKey);
        var input = await AttachmentInput.Read(context, await Body.Read(context, AttachmentRoutes.Resource), uploads);
        await turn.Take();
        await foreach (var product in writing.Hold(user, caller, key, givesKeys: false, stop))
        {
            var id = Choose(product.State, attachmentKey);
            var version = input.Version is null
                ? null
                : input.Version.Version with { Id = (await ServedFiles.Numbers(product.Session, 1, stop))[0] };
            var details = input.Over(product.State.Files!.Attachment(id)!.Details);
            var decision = new ReviseAttachment(id, details, version).Decide(product.State);
            product.AppendAndAnnounce(decision);
            if (decision.Events.Any(e => e is AttachmentVersionAdded))
            {
                await Blob.Keep(product.Session, input.Version!.Blobs, stop);
            }

            if (await product.Save(stop))
            {
                return await Shown(user, product.Id, id, "update", products, stop);
            }
        }

        throw ProductWriting.Busy();
    }

    /// <summary>Answers with the attachment as it was.</summary>
    [WolverineDelete(AttachmentRoutes.One)]
    public static async Task<Answer> Destroy(
        CurrentUser user,
        Caller caller,
        string key,
        string attachmentKey,
        ShownProducts products,
        ProductWriting writing,
        CancellationToken stop)
    {
        var row = await products.FindToManage(user, key, stop);
        var attachments = await products.Attachments(user, row.Product, stop);
        await foreach (var product in writing.Hold(user, caller, key, givesKeys: false, stop))
        {
            var id = Choose(product.State, attachmentKey);
            product.AppendAndAnnounce(new RemoveAttachment(id).Decide(product.State));
            if (await product.Save(stop))
            {
                var attachment = attachments.FirstOrDefault(a => a.Id == id) ?? throw NotFound(attachmentKey);
                return Answer.Item(
                    AttachmentRoutes.Resource, "destroy", writer => AttachmentView.Of(user, row).Write(writer, attachment));
            }
        }

        throw ProductWriting.Busy();
    }

    private static long Choose(IEnumerable<ShownAttachment> attachments, string key) =>
        Choose(attachments.Select(a => (a.Id, a.Details)), key);

    private static long Choose(Product product, string key) =>
        Choose((product.Files?.Attachments ?? []).Select(a => (a.Id, a.Details)), key);

    private static long Choose(IEnumerable<(long Id, AttachmentDetails Details)> attachments, string key) =>
        Keyed.Choose(attachments.Select(a => (a.Id, a.Details.SourceId, (string?)a.Details.Name)), Keyed.Decoded(key))
        ?? throw NotFound(key);

    private static async Task<Answer> Shown(
        CurrentUser user,
        Guid product,
        long id,
        string action,
        ShownProducts products,
        CancellationToken stop,
        int status = StatusCodes.Status200OK)
    {
        var row = await products.ById(user, product, stop);
        var attachment = (await products.Attachments(user, product, stop)).FirstOrDefault(a => a.Id == id)
            ?? throw NotFound(id.ToString(CultureInfo.InvariantCulture));
        return Answer.Item(
            AttachmentRoutes.Resource, action, writer => AttachmentView.Of(user, row).Write(writer, attachment), status);
    }

    private static RefusedRequestException NotFound(string key) =>
        new(StatusCodes.Status404NotFound, $"The product has no attachment '{key}'.");
}
