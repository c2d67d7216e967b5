using Npgsql;
using PixeeEvents.Catalog;
using PixeeEvents.Catalog.Planning;
using PixeeEvents.Winddle.Attachments;
using PixeeEvents.Winddle.Products;
using PixeeEvents.Winddle.Rows;
using PixeeEvents.Winddle.Wire;

namespace PixeeEvents.Winddle.Projects;

/// <summary>Finds the lines of projects, and shows them with their products.</summary>
public sealed class ShownLines(NpgsqlDataSource database, CatalogModule catalog, ShownProducts products)
{
    internal Task<IReadOnlyList<ProjectLine>> Of(CurrentUser user, Project project, CancellationToken stop) =>
        catalog.ProjectLines.List(user.Tenant, project.Id, stop);

    /// <exception cref="RefusedRequestException">404 when the project has no such line.</exception>
    internal async Task<ProjectLine> Find(CurrentUser user, Project project, string key, CancellationToken stop) =>
        await catalog.ProjectLines.Find(user.Tenant, project.Id, Keyed.Decoded(key), stop)
        ?? throw Refusals.NotFound(ProjectRoutes.LineResource, key);

    /// <summary>The product that a body names by id, source_id or name, or sends as it was read; null and an error for none.</summary>
    internal async Task<Guid?> Product(CurrentUser user, Input body, CancellationToken stop)
    {
        var key = LineItemInput.KeyOf(body.Node("product"));
        var row = key is null ? null : await ProductQueries.Find(database, user.Tenant, key, stop);
        if (row is null)
        {
            body.Errors.Add("product", key is null ? Errors.Blank : $"'{key}' does not exist");
        }

        return row?.Product;
    }

    internal async Task<LineItemView> View(
        CurrentUser user, Project project, IReadOnlyList<ProjectLine> lines, CancellationToken stop)
    {
        List<Guid> named = [.. lines.Select(l => l.Product).Distinct()];
        var rows = await products.ById(user, named, stop);
        var variants = await products.Variants(user, named, stop);
        return new LineItemView(project, rows.ToDictionary(r => r.Product), variants.SelectMany(v => v).ToDictionary(v => v.Id));
    }

    internal async Task<Answer> Show(
        CurrentUser user, Project project, ProjectLine line, string action, CancellationToken stop, int status = StatusCodes.Status200OK)
    {
        var view = await View(user, project, [line], stop);
        var attachments = await products.Attachments(user, line.Product, stop);
        return Answer.Item(
            ProjectRoutes.LineResource,
            action,
            writer =>
            {
                view.Write(writer, line);
                if (view.Products.TryGetValue(line.Product, out var product))
                {
                    AttachmentView.Of(user, product).WriteAll(writer, attachments);
                }
            },
            status);
    }
}
