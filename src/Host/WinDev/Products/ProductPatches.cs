using PixeeEvents.Catalog;
using PixeeEvents.EventLog;
using PixeeEvents.Host.Availability;
using PixeeEvents.Host.WinDev.Rows;

namespace PixeeEvents.Host.WinDev.Products;

/// <summary>A change of a product's own fields that gives out no key, and what became of it.</summary>
internal sealed record ProductPatch(Caller Caller, string Reference, ProductInput Input, long? ExpectedVersion)
{
    public Guid Id { get; set; }

    /// <summary>What is shown of the product, as this call left it.</summary>
    public ProductRow? Row { get; set; }

    public RefusedCallException? Refusal { get; set; }
}

/// <summary>Writes the patches of a company that wait at once in one transaction, each under its own caller.</summary>
/// <param name="patience">How long a group may take.</param>
public sealed class ProductPatches(EventStore store, TimeSpan patience)
{
    private readonly GroupCommit<ProductPatch> _group = new((patches, stop) => Write(store, patches, stop), patience);

    /// <returns>False when it is to be written by itself.</returns>
    /// <exception cref="RefusedCallException">It was refused.</exception>
    internal async Task<bool> Write(ProductPatch patch, CancellationToken cancellationToken)
    {
        var written = await _group.Write(patch.Caller.Tenant, patch, cancellationToken);
        return patch.Refusal is { } refusal ? throw refusal : written && patch.Row is not null;
    }

    private static async Task<bool> Write(EventStore store, IReadOnlyList<ProductPatch> patches, CancellationToken cancellationToken)
    {
        await using var session = store.Open(patches[0].Caller);
        var keys = patches.SelectMany(p => PatchProductEndpoint.KeysOf(p.Reference)).Distinct().ToList();
        var (owners, products) = await CatalogModule.LockAndFetch(session, keys, cancellationToken);
        var taken = new Dictionary<Guid, ProductPatch>();
        foreach (var patch in patches)
        {
            try
            {
                // A second one of a product finds it changed, and so is one by itself.
                var id = PatchProductEndpoint.Find(owners, patch.Reference);
                if (products.TryGetValue(id, out var product) && PatchProductEndpoint.IsStill(product, patch.Reference) && taken.TryAdd(id, patch))
                {
                    PatchProductEndpoint.Expect(patch.ExpectedVersion, product);
                    product.Caller = patch.Caller;
                    await PatchProductEndpoint.Decide(session, product, patch.Input, cancellationToken);
                }
            }
            catch (RefusedCallException refusal)
            {
                patch.Refusal = refusal;
            }
        }

        var readBack = new QueryBatch();
        var rows = readBack.Add(ProductQueries.ById(session.Tenant, taken.Keys));
        if (!await session.SaveChanges(cancellationToken, readBack))
        {
            return false;
        }

        foreach (var row in await rows)
        {
            (taken[row.Id].Id, taken[row.Id].Row) = (row.Id, row);
        }

        return true;
    }
}
