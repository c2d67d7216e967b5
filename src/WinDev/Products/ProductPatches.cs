using PixeeEvents.Catalog;
using PixeeEvents.EventLog;
using PixeeEvents.Http.Availability;
using PixeeEvents.WinDev.Rows;
using PixeeEvents.WinDev.Wire;

namespace PixeeEvents.WinDev.Products;

/// <summary>A change of a product's own fields, keys apart, and what became of it.</summary>
/// <param name="Expected">The version that it must find, if any.</param>
internal sealed record ProductPatch(Caller Caller, string Reference, ProductInput Input, long? Expected)
{
    public ProductRow? Row { get; set; }

    public bool IsWritten { get; set; }

    public RefusedCallException? Refusal { get; set; }
}

/// <summary>Writes the patches of a company that wait at once in one transaction, each under its own caller, as a batch is.</summary>
/// <param name="patience">How long a group may take.</param>
/// <param name="wait">How long it waits for a product that others hold; each patch of it waits by itself then.</param>
public sealed class ProductPatches(EventStore store, TimeSpan patience, TimeSpan wait)
{
    private readonly GroupCommit<ProductPatch> _group = new((patches, stop) => Write(store, patches, wait, stop), patience);

    /// <returns>The product as the patch left it; null when it is to be written by itself.</returns>
    /// <exception cref="RefusedCallException">It was refused.</exception>
    internal async Task<ProductRow?> Write(ProductPatch patch, CancellationToken stop)
    {
        // Of two for one product the second comes with a later group.
        while (!patch.IsWritten && patch.Refusal is null)
        {
            stop.ThrowIfCancellationRequested();
            if (!await _group.Write(patch.Caller.Tenant, patch, stop))
            {
                return null;
            }
        }

        return patch.Refusal is { } refusal ? throw refusal : patch.Row!;
    }

    private static async Task<bool> Write(EventStore store, IReadOnlyList<ProductPatch> patches, TimeSpan wait, CancellationToken stop)
    {
        await using var session = store.Open(patches[0].Caller);
        var (owners, products) = await CatalogModule.LockAndFetch(
            session,
            [.. patches.SelectMany(p => new[] { (ProductFields.Reference, p.Reference), (ProductFields.Ean, p.Reference) }).Distinct()],
            stop, wait);
        var taken = new Dictionary<Guid, ProductPatch>();
        foreach (var patch in patches)
        {
            try
            {
                if (PatchProductEndpoint.Addressed(owners, products, patch.Reference) is not { } product)
                {
                    return false;
                }

                if (taken.TryAdd(product.Id, patch))
                {
                    product.Caller = patch.Caller;
                    PatchProductEndpoint.Revise(product, patch.Input, patch.Expected);
                    if (product.Events.Count > 0)
                    {
                        session.Publish(Announcements.Single("product.updated", product), patch.Caller);
                    }
                }
            }
            catch (RefusedCallException refusal)
            {
                patch.Refusal = refusal;
            }
        }

        var readBack = new QueryBatch();
        var rows = readBack.Add(ProductQueries.ByIds(session.Tenant, taken.Keys));
        if (!await session.SaveChanges(stop, readBack))
        {
            return false;
        }

        var written = await rows;
        foreach (var (id, patch) in taken)
        {
            (patch.IsWritten, patch.Row) = (true, written.GetValueOrDefault(id));
        }

        return true;
    }
}
