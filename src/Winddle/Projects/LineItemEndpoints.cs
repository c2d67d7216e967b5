using System.Text.Json.Nodes;
using PixeeEvents.Catalog;
using PixeeEvents.Catalog.Planning;
using PixeeEvents.EventLog;
using PixeeEvents.Winddle.Products.Writing;
using PixeeEvents.Winddle.Wire;
using Wolverine.Http;

namespace PixeeEvents.Winddle.Projects;

/// <summary>The lines of a project, each with one product and some of its variants. Seen and written as the project is.</summary>
public static class LineItemEndpoints
{
    [WolverineGet(ProjectRoutes.Lines)]
    public static async Task<Answer> List(
        CurrentUser user, string project, ShownProjects projects, ShownLines lines, CancellationToken stop)
    {
        var found = await projects.Find(user, project, stop);
        var rows = await lines.Of(user, found, stop);
        var view = await lines.View(user, found, rows, stop);
        return Answer.List(ProjectRoutes.LineResource, "index", rows, view.Write);
    }

    [WolverineGet(ProjectRoutes.Line)]
    public static async Task<Answer> Show(
        CurrentUser user, string project, string id, ShownProjects projects, ShownLines lines, CancellationToken stop)
    {
        var found = await projects.Find(user, project, stop);
        return await lines.Show(user, found, await lines.Find(user, found, id, stop), "show", stop);
    }

    /// <summary>The product is one of the catalogue, or a new one that the line describes.</summary>
    [WolverinePost(ProjectRoutes.Lines)]
    public static async Task<Answer> Create(
        HttpContext context,
        CurrentUser user,
        Caller caller,
        string project,
        ShownProjects projects,
        ShownLines lines,
        EventStore store,
        ProductWriting writing,
        WinddleOptions options,
        TimeProvider time,
        CancellationToken stop)
    {
        var found = await projects.FindToManage(user, project, stop);
        var body = await Body.Read(context, ProjectRoutes.LineResource);
        var draft = LineItemInput.Read(body).Over(LineItemInput.New(found, DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime)));
        var described = body.Node("product") is JsonObject fields && !fields.ContainsKey("id")
            ? ProductInput.Read(new Input(fields), options, isNew: true)
            : null;
        var product = described is null ? await lines.Product(user, body, stop) : null;
        described?.Errors.ThrowIfAny();
        body.Errors.ThrowIfAny();
        Refusals.ThrowIfAny((draft.Name.Length > 0 ? draft : draft with { Name = "not said yet" }).Check());
        var line = product is { } known
            ? await AddTo(known, draft, body, caller, store, stop)
            : await AddWithNew(described!, draft, body, user, caller, writing, stop);
        return await lines.Show(user, found, line, "create", stop, StatusCodes.Status201Created);
    }

    [WolverinePut(ProjectRoutes.Line)]
    public static async Task<Answer> Update(
        HttpContext context,
        CurrentUser user,
        Caller caller,
        string project,
        string id,
        ShownProjects projects,
        ShownLines lines,
        EventStore store,
        CancellationToken stop)
    {
        var found = await projects.FindToManage(user, project, stop);
        var line = await lines.Find(user, found, id, stop);
        var body = await Body.Read(context, ProjectRoutes.LineResource);
        var input = LineItemInput.Read(body);
        if (body.Has("product") && await lines.Product(user, body, stop) != line.Product)
        {
            body.Errors.Add("product", "cannot be changed");
        }

        if (body.Has("name"))
        {
            body.Text("name", LineItemInput.AnyLength, required: true);
        }

        body.Errors.ThrowIfAny();
        var changed = await Change(line, input, body, caller, store, stop);
        return await lines.Show(
            user, found, changed ?? throw Refusals.NotFound(ProjectRoutes.LineResource, id), "update", stop);
    }

    [WolverineDelete(ProjectRoutes.Line)]
    public static async Task<Answer> Delete(
        CurrentUser user,
        string project,
        string id,
        ShownProjects projects,
        ShownLines lines,
        CatalogModule catalog,
        CancellationToken stop)
    {
        var found = await projects.FindToManage(user, project, stop);
        var line = await lines.Find(user, found, id, stop);
        await catalog.ProjectLines.Delete(user.Tenant, line.Id, stop);
        return await lines.Show(user, found, line, "destroy", stop);
    }

    private static async Task<ProjectLine> AddTo(
        Guid product, ProjectLine draft, Input body, Caller caller, EventStore store, CancellationToken stop)
    {
        await using var session = store.Open(caller);
        var state = await Hold(session, product, body, stop);
        var line = await Add(session, product, state, draft, body, stop);
        return await session.SaveChanges(stop) ? line : throw ProductWriting.Busy();
    }

    private static async Task<ProjectLine> AddWithNew(
        ProductInput described,
        ProjectLine draft,
        Input body,
        CurrentUser user,
        Caller caller,
        ProductWriting writing,
        CancellationToken stop)
    {
        await foreach (var product in writing.Register(user, caller, described, image: null, stop))
        {
            var line = await Add(product.Session, product.Id, product.State, draft, body, stop);
            if (await product.Save(stop) is not null)
            {
                return line;
            }
        }

        throw ProductWriting.Busy();
    }

    private static async Task<ProjectLine> Add(
        EventSession session, Guid id, Product product, ProjectLine draft, Input body, CancellationToken stop)
    {
        var variants = LineItemInput.Variants(body, product);
        body.Errors.ThrowIfAny();
        var name = draft.Name.Length > 0 ? draft.Name : product.Text(ProductFields.Name)!;
        var (line, refusal) = await ProjectLines.Create(
            session, draft with { Product = id, Name = name, Variants = variants ?? [] }, stop);
        Refusals.ThrowIfAny(refusal);
        return line!;
    }

    private static async Task<ProjectLine?> Change(
        ProjectLine line, LineItemInput input, Input body, Caller caller, EventStore store, CancellationToken stop)
    {
        await using var session = store.Open(caller);
        var variants = LineItemInput.Variants(body, await Hold(session, line.Product, body, stop));
        body.Errors.ThrowIfAny();
        var (changed, refusal) = await ProjectLines.Change(
            session, line.Id, before => input.Over(before) with { Variants = variants ?? before.Variants }, stop);
        Refusals.ThrowIfAny(refusal);
        return await session.SaveChanges(stop) ? changed : throw ProductWriting.Busy();
    }

    /// <summary>The product of a line is locked, so that neither it nor a variant goes away while the line is written.</summary>
    private static async Task<Product> Hold(EventSession session, Guid product, Input body, CancellationToken stop)
    {
        var stream = await session.FetchForWriting(Product.Aggregate, product, stop);
        if (!stream.State.Exists)
        {
            body.Errors.Add("product", Errors.Unknown);
        }

        return stream.State;
    }
}
