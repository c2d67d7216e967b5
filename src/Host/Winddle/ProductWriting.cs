using System.Text.Json;
using Npgsql;
using PixeeEvents.Catalog;
using PixeeEvents.EventLog;
using PixeeEvents.Host.Availability;
using PixeeEvents.Host.Images;

namespace PixeeEvents.Host.Winddle;

/// <summary>One product under its lock, for one call.</summary>
internal sealed record LockedProduct(EventSession Session, EventStream<Product> Stream)
{
    public Product State => Stream.State;
}

/// <summary>Changes one product in one transaction; a writer that comes in between asks for another try.</summary>
internal static class ProductWriting
{
    private const int Tries = 3;

    /// <param name="needsManager">Refuses whoever is neither company admin nor the product's owner.</param>
    /// <param name="givesKeys">The change may touch a reference: the company's keys are held first.</param>
    /// <param name="decide">Appends to the stream; may refuse the call by an exception.</param>
    public static async Task<Guid> Change(
        HttpContext context, Pixee pixee, string key, bool needsManager, bool givesKeys, Func<LockedProduct, CancellationToken, Task> decide)
    {
        await Call.TakeTurn(context);
        var (user, stop) = (TokenCheck.UserOf(context).User, context.RequestAborted);
        for (var attempt = 1; ; attempt++)
        {
            var found = await ProductQueries.Find(pixee.DataSource, user.Tenant, key, stop) ?? throw NotFound(key);
            await using var session = pixee.Store.Open(TokenCheck.CallerOf(context), afterConflict: attempt > 1);
            if (givesKeys)
            {
                await CatalogModule.HoldKeys(session, stop);
            }

            var stream = await session.FetchForExclusiveWriting(Product.Aggregate, found.Product, stop);
            // What was found may have been renamed or destroyed while its lock was waited for.
            if (stream.State.Exists && (await ProductQueries.Find(session, key, stop))?.Product == found.Product)
            {
                if (needsManager && !Roles.CanManage(user, stream.State.Owner))
                {
                    throw new RefusedRequestException(StatusCodes.Status403Forbidden, "This is for company admins and the product's owner.");
                }

                await decide(new LockedProduct(session, stream), stop);
                if (await session.SaveChanges(stop))
                {
                    return found.Product;
                }
            }

            if (attempt == Tries)
            {
                throw Busy();
            }
        }
    }

    /// <summary>Registers a product and returns it with what it is shown with.</summary>
    /// <param name="beside">Writes in the same transaction what belongs to it; may refuse the call by an exception.</param>
    public static async Task<(ProductRow Row, ProductView View)> Create(
        HttpContext context, Pixee pixee, ProductInput input, PreparedImage? image = null, Func<EventSession, EventStream<Product>, Task>? beside = null)
    {
        await Call.TakeTurn(context);
        var (user, stop) = (TokenCheck.UserOf(context).User, context.RequestAborted);
        for (var attempt = 1; ; attempt++)
        {
            var before = new QueryBatch();
            var settings = pixee.Catalog.Settings(before, user.Tenant, []);
            var owners = before.Add(CatalogModule.OwnersOf(user.Tenant, input.Reference is { } reference ? [(ProductFields.Reference, reference)] : []));
            await before.Run(pixee.DataSource, stop);
            var known = await ProductLinks.Load(pixee, user, input, await settings, stop);
            await using var session = pixee.Store.Open(TokenCheck.CallerOf(context), afterConflict: attempt > 1);
            // Everybody who registers waits for this: it is held while the events and their rows are written, and no longer.
            CatalogModule.HoldKeysLast(session);
            var fields = await known.Resolve(session, input, null, stop);
            fields.TryAdd(ProductFields.Owner, JsonSerializer.SerializeToElement(user.Id));
            if (fields.GetValueOrDefault(ProductFields.Status) is null)
            {
                fields[ProductFields.Status] = JsonSerializer.SerializeToElement((await settings).DefaultStatus.Id);
            }

            if ((await owners).Count > 0)
            {
                input.Errors.Add(ProductFields.Reference, Errors.Taken);
            }

            input.Errors.ThrowIfAny();
            var stream = session.Start(Product.Aggregate, Guid.CreateVersion7());
            Append(stream, new RegisterProduct(fields, NeedsKey: false).Decide(stream.State));
            await SetImage(session, stream, image, removes: false, stop);
            await (beside?.Invoke(session, stream) ?? Task.CompletedTask);
            session.Publish(Announcements.Single("product.created", stream));
            var written = new QueryBatch();
            var row = written.Add(ProductQueries.ById(user.Tenant, [stream.Id]));
            var view = ProductView.OfNew(context, await settings, known.Owner ?? user, stream, written);
            try
            {
                if (await session.SaveChanges(stop, written))
                {
                    return ((await row)[0], await view);
                }
            }
            catch (Exception e) when (ProductKeys.IsTaken(e))
            {
                // Somebody took the reference after it was looked up: the next look finds him.
            }

            if (attempt == Tries)
            {
                throw Busy();
            }
        }
    }

    /// <summary>Adds to the errors that the reference is another's. The session holds the keys.</summary>
    /// <param name="kind">Kind of key, see <see cref="ProductKeys"/>.</param>
    /// <param name="own">The reference it has already.</param>
    public static async Task RefuseTaken(EventSession session, string kind, ProductInput input, string? own, CancellationToken cancellationToken)
    {
        if (input.Reference is { } reference && reference != own && (await CatalogModule.Owners(session, [(kind, reference)], cancellationToken)).Count > 0)
        {
            input.Errors.Add(ProductFields.Reference, Errors.Taken);
        }
    }

    /// <summary>Appends what was decided and announces it; what was refused refuses the call.</summary>
    public static void AppendAndAnnounce(LockedProduct product, Decision decision)
    {
        if (Append(product.Stream, decision))
        {
            product.Session.Publish(Announcements.Single("product.updated", product.Stream));
        }
    }

    /// <summary>Gives the product its picture with what belongs to it, or takes it away; a new picture wins.</summary>
    /// <returns>Whether anything changed.</returns>
    public static async Task<bool> SetImage(
        EventSession session, EventStream<Product> stream, PreparedImage? image, bool removes, CancellationToken cancellationToken)
    {
        if (image is null)
        {
            return removes && Append(stream, RemoveImage.Decide(stream.State));
        }

        if (!Append(stream, image.Command.Decide(stream.State)))
        {
            return false;
        }

        await Blob.Keep(session, image.Blobs, cancellationToken);
        return true;
    }

    public static RefusedRequestException NotFound(string key) => new(StatusCodes.Status404NotFound, $"There is no product '{key}'.");

    public static bool Append(EventStream<Product> stream, Decision decision)
    {
        if (decision.Refusal is not { } refusal)
        {
            return stream.Append(decision);
        }

        var errors = new Errors();
        errors.Add(refusal.Code == ProductFields.UnreachableReference ? ProductFields.Reference : Errors.Whole, refusal.Reason);
        throw new RefusedRequestException(StatusCodes.Status422UnprocessableEntity, errors);
    }

    public static RefusedRequestException Busy() => new(StatusCodes.Status409Conflict, "Somebody else is changing this; try again.");
}
