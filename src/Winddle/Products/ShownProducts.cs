using Npgsql;
using PixeeEvents.Accounts;
using PixeeEvents.Catalog;
using PixeeEvents.Catalog.Planning;
using PixeeEvents.EventLog;
using PixeeEvents.Winddle.Attachments;
using PixeeEvents.Winddle.Rows;
using PixeeEvents.Winddle.Wire;

namespace PixeeEvents.Winddle.Products;

/// <summary>Finds products for the user who looks, and shows them with what belongs to them.</summary>
public sealed class ShownProducts(NpgsqlDataSource database, CatalogModule catalog)
{
    /// <exception cref="RefusedRequestException">404 when the company has no such product.</exception>
    internal async Task<ProductRow> Find(CurrentUser user, string key, CancellationToken stop) =>
        await ProductQueries.Find(database, user.Tenant, Keyed.Decoded(key), stop) ?? throw NotFound(key);

    /// <summary>Whoever may not write is told so before anything is read, downloaded or scaled for him.</summary>
    internal async Task<ProductRow> FindToManage(CurrentUser user, string key, CancellationToken stop)
    {
        var row = await Find(user, key, stop);
        return Roles.CanManage(user.User, row.Shown.Owner) ? row : throw Roles.ManagersOnly();
    }

    internal Task<(IReadOnlyList<ProductRow> Rows, long Total)> List(CurrentUser user, Filter filter, Page page, CancellationToken stop) =>
        ProductQueries.List(database, user.Tenant, filter, page, stop);

    /// <param name="owner">Null for everybody's.</param>
    internal Task<(IReadOnlyList<ProductRow> Rows, long Total)> Recent(
        CurrentUser user, long? owner, DateTimeOffset since, Page page, CancellationToken stop) =>
        ProductQueries.Recent(database, user.Tenant, owner, since, page, stop);

    internal Task<IReadOnlyList<ProductRow>> ById(CurrentUser user, IReadOnlyCollection<Guid> products, CancellationToken stop) =>
        ProductQueries.ById(user.Tenant, products).Run(database, stop);

    /// <exception cref="RefusedRequestException">404 when it is gone.</exception>
    internal async Task<ProductRow> ById(CurrentUser user, Guid product, CancellationToken stop) =>
        (await ById(user, [product], stop)).SingleOrDefault()
        ?? throw new RefusedRequestException(StatusCodes.Status404NotFound, "The product was destroyed meanwhile.");

    internal Task<ILookup<Guid, VariantRow>> Variants(CurrentUser user, IReadOnlyCollection<Guid> products, CancellationToken stop) =>
        ProductQueries.Variants(user.Tenant, products).Run(database, stop);

    internal Task<IReadOnlyList<ShownAttachment>> Attachments(CurrentUser user, Guid product, CancellationToken stop) =>
        AttachmentRows.Of(user.Tenant, product).Run(database, stop);

    /// <summary>Loads what belongs to some products, whatever their number in one round trip.</summary>
    /// <param name="beside">Queries of the caller's that go with it.</param>
    internal async Task<ProductView> View(
        CurrentUser user, IReadOnlyCollection<ProductRow> rows, CancellationToken stop, QueryBatch? beside = null)
    {
        var (tenant, batch) = (user.Tenant, beside ?? new QueryBatch());
        List<Guid> products = [.. rows.Select(r => r.Product)];
        var settings = catalog.Settings(batch, tenant, [.. rows.Select(r => r.Shown.Category).OfType<long>().Distinct()]);
        var variants = batch.Add(ProductQueries.Variants(tenant, products));
        var projects = batch.Add(Catalog.Planning.Projects.LastOf(tenant, new Viewer(user.Id, user.User.IsAdmin), products));
        var uses = batch.Add(ProjectLines.Uses(tenant, products));
        var owners = batch.Add(AccountsModule.UsersOf(tenant, rows.Select(r => r.Shown.Owner).OfType<long>().Distinct()));
        var images = batch.Add(ServedFiles.ImagesOf(tenant, products));
        await batch.Run(database, stop);
        return new ProductView(
            user, await settings, await variants, await projects, await uses, (await owners).ToDictionary(o => o.Id), await images);
    }

    /// <summary>A product as it stands now.</summary>
    internal async Task<Answer> Show(CurrentUser user, Guid product, string action, CancellationToken stop) =>
        await Show(user, await ById(user, product, stop), action, stop);

    internal async Task<Answer> Show(CurrentUser user, ProductRow row, string action, CancellationToken stop)
    {
        var batch = new QueryBatch();
        var attachments = batch.Add(AttachmentRows.Of(user.Tenant, row.Product));
        var view = await View(user, [row], stop, batch);
        return Answered(user, row, view, await attachments, action);
    }

    internal static Answer Answered(
        CurrentUser user,
        ProductRow row,
        ProductView view,
        IReadOnlyList<ShownAttachment> attachments,
        string action,
        int status = StatusCodes.Status200OK) =>
        Answer.Item(
            ProductRoutes.Resource,
            action,
            writer =>
            {
                view.Write(writer, row);
                AttachmentView.Of(user, row).WriteAll(writer, attachments);
            },
            status);

    internal static RefusedRequestException NotFound(string key) => new(StatusCodes.Status404NotFound, $"There is no product '{key}'.");
}
