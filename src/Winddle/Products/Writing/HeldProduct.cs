using PixeeEvents.Catalog;
using PixeeEvents.EventLog;
using PixeeEvents.Winddle.Images;
using PixeeEvents.Winddle.Wire;

namespace PixeeEvents.Winddle.Products.Writing;

/// <summary>One product in a unit of work that nobody else changes it in.</summary>
internal sealed record HeldProduct(EventSession Session, EventStream<Product> Stream)
{
    public Guid Id => Stream.Id;

    public Product State => Stream.State;

    /// <summary>Appends what was decided; what was refused refuses the call.</summary>
    /// <returns>Whether anything changed.</returns>
    public bool Append(Decision decision)
    {
        if (decision.Refusal is not { } refusal)
        {
            return Stream.Append(decision);
        }

        var errors = new Errors();
        errors.Add(refusal.Code == ProductFields.UnreachableReference ? ProductFields.Reference : Errors.Whole, refusal.Reason);
        throw new RefusedRequestException(StatusCodes.Status422UnprocessableEntity, errors);
    }

    public void AppendAndAnnounce(Decision decision)
    {
        if (Append(decision))
        {
            Announce("product.updated");
        }
    }

    public void Announce(string type) => Session.Publish(Announcements.Single(type, Stream), Stream.Caller);

    /// <summary>Gives the product its picture with what belongs to it, or takes it away; a new picture wins.</summary>
    /// <returns>Whether anything changed.</returns>
    public async Task<bool> SetImage(PreparedImage? image, bool removes, CancellationToken stop)
    {
        if (image is null)
        {
            return removes && Append(RemoveImage.Decide(State));
        }

        if (!Append(image.Command.Decide(State)))
        {
            return false;
        }

        await Blob.Keep(Session, image.Blobs, stop);
        return true;
    }

    /// <summary>Adds to the errors that the reference is another's. The session holds the keys.</summary>
    /// <param name="kind">Kind of key, see <see cref="ProductKeys"/>.</param>
    /// <param name="own">The reference it has already.</param>
    public async Task RefuseTaken(string kind, ProductInput input, string? own, CancellationToken stop)
    {
        if (input.Reference is { } reference && reference != own
            && (await CatalogModule.Owners(Session, [(kind, reference)], stop)).Count > 0)
        {
            input.Errors.Add(ProductFields.Reference, Errors.Taken);
        }
    }

    /// <summary>Ends the unit of work.</summary>
    /// <returns>False when another writer was first, and nothing is written.</returns>
    public async Task<bool> Save(CancellationToken stop)
    {
        await using (Session)
        {
            return await Session.SaveChanges(stop);
        }
    }
}
