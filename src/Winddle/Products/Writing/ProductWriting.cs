using System.Runtime.CompilerServices;
using System.Text.Json;
using Npgsql;
using PixeeEvents.Accounts;
using PixeeEvents.Catalog;
using PixeeEvents.Catalog.Settings;
using PixeeEvents.EventLog;
using PixeeEvents.Winddle.Images;
using PixeeEvents.Winddle.Rows;
using PixeeEvents.Winddle.Wire;

namespace PixeeEvents.Winddle.Products.Writing;

/// <summary>
/// Gives a call the product that it changes, or a new one, in a transaction: once, and once more for each time that another writer
/// came in between, until the third. Who was given one decides, saves, and goes when it is saved.
/// </summary>
public sealed class ProductWriting(
    EventStore store, ProductRegistrations registrations, CatalogModule catalog, AccountsModule accounts, NpgsqlDataSource database)
{
    private const int Tries = 3;

    /// <summary>A product under its lock, for company admins and the product's owner.</summary>
    /// <param name="givesKeys">The change may touch a reference: the company's keys are held first.</param>
    internal IAsyncEnumerable<HeldProduct> Hold(CurrentUser user, Caller caller, string key, bool givesKeys, CancellationToken stop) =>
        Hold(user, caller, key, givesKeys, needsManager: true, stop);

    /// <summary>As the other, for every user of the company, and without the keys.</summary>
    internal IAsyncEnumerable<HeldProduct> HoldForAnyone(CurrentUser user, Caller caller, string key, CancellationToken stop) =>
        Hold(user, caller, key, givesKeys: false, needsManager: false, stop);

    /// <summary>A new product, with what is said of it and its picture.</summary>
    /// <exception cref="RefusedRequestException">422 when it cannot be registered.</exception>
    internal async IAsyncEnumerable<NewProduct> Register(
        CurrentUser user, Caller caller, ProductInput input, PreparedImage? image, [EnumeratorCancellation] CancellationToken stop)
    {
        for (var attempt = 1; attempt <= Tries; attempt++)
        {
            var known = await Look(user, input, stop);
            await using var session = store.Open(caller, afterConflict: attempt > 1);
            // Everybody who registers waits for this: it is held while the events and their rows are written, and no longer.
            CatalogModule.HoldKeysLast(session);
            var command = await Describe(session, user, input, known, stop);
            var product = new HeldProduct(session, session.Start(Product.Aggregate, Guid.CreateVersion7()));
            product.Append(command.Decide(product.State));
            await product.SetImage(image, removes: false, stop);
            yield return new NewProduct(product, user, known.Links.Owner ?? user.User, known.Settings);
        }
    }

    /// <summary>A new product without a picture, written together with others that come at once.</summary>
    /// <returns>The product with what it is shown with; null when it is to be registered by itself.</returns>
    /// <exception cref="RefusedRequestException">422 when it cannot be registered.</exception>
    internal async Task<(ProductRow Row, ProductView View)?> RegisterWithOthers(
        CurrentUser user, Caller caller, ProductInput input, CancellationToken stop)
    {
        var known = await Look(user, input, stop);
        var product = new ProductRegistration(caller, (session, time) => Describe(session, user, input, known, time));
        if (!await registrations.Write(product, stop))
        {
            return null;
        }

        var after = new QueryBatch();
        var view = ProductView.OfNew(user, known.Settings, known.Links.Owner ?? user.User, product.Product!.Stream, after);
        await after.Run(database, stop);
        return (product.Row!, await view);
    }

    /// <summary>What a body's words stand for.</summary>
    internal Task<ProductLinks> Links(CurrentUser user, ProductInput input, CancellationToken stop) =>
        ProductLinks.Load(catalog, accounts, user.User, input, stop);

    internal static RefusedRequestException Busy() =>
        new(StatusCodes.Status409Conflict, "Somebody else is changing this; try again.");

    /// <summary>Reads before the transaction; who has taken the reference since, the save finds out.</summary>
    private async Task<(CompanySettings Settings, bool IsTaken, ProductLinks Links)> Look(
        CurrentUser user, ProductInput input, CancellationToken stop)
    {
        var before = new QueryBatch();
        var settings = catalog.Settings(before, user.Tenant, []);
        var owners = before.Add(CatalogModule.OwnersOf(
            user.Tenant, input.Reference is { } reference ? [(ProductFields.Reference, reference)] : []));
        await before.Run(database, stop);
        var links = await ProductLinks.Load(catalog, accounts, user.User, input, await settings, stop);
        return (await settings, (await owners).Count > 0, links);
    }

    /// <exception cref="RefusedRequestException">422 when it cannot be registered.</exception>
    private static async Task<RegisterProduct> Describe(
        EventSession session, CurrentUser user, ProductInput input, (CompanySettings Settings, bool IsTaken, ProductLinks Links) known,
        CancellationToken stop)
    {
        var fields = await known.Links.Resolve(session, input, null, stop);
        fields.TryAdd(ProductFields.Owner, JsonSerializer.SerializeToElement(user.Id));
        if (fields.GetValueOrDefault(ProductFields.Status) is null)
        {
            fields[ProductFields.Status] = JsonSerializer.SerializeToElement(known.Settings.DefaultStatus.Id);
        }

        if (known.IsTaken)
        {
            input.Errors.Add(ProductFields.Reference, Errors.Taken);
        }

        input.Errors.ThrowIfAny();
        return new RegisterProduct(fields, NeedsKey: false);
    }

    private async IAsyncEnumerable<HeldProduct> Hold(
        CurrentUser user, Caller caller, string name, bool givesKeys, bool needsManager, [EnumeratorCancellation] CancellationToken stop)
    {
        var key = Keyed.Decoded(name);
        for (var attempt = 1; attempt <= Tries; attempt++)
        {
            var found = await ProductQueries.Find(database, user.Tenant, key, stop) ?? throw ShownProducts.NotFound(key);
            await using var session = store.Open(caller, afterConflict: attempt > 1);
            if (givesKeys)
            {
                await CatalogModule.HoldKeys(session, stop);
            }

            var stream = await session.FetchForWriting(Product.Aggregate, found.Product, stop);
            // What was found may have been renamed or destroyed while its lock was waited for.
            if (!stream.State.Exists || (await ProductQueries.Find(session, key, stop))?.Product != found.Product)
            {
                continue;
            }

            yield return needsManager && !Roles.CanManage(user.User, stream.State.Owner)
                ? throw Roles.ManagersOnly()
                : new HeldProduct(session, stream);
        }
    }
}
