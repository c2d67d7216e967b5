using PixeeEvents.Catalog;
using PixeeEvents.EventLog;
using PixeeEvents.Http.Availability;
using PixeeEvents.Winddle.Rows;

namespace PixeeEvents.Winddle.Products.Writing;

/// <summary>A product to register, and what became of it.</summary>
/// <param name="Describe">Resolves what the product is described with, in the transaction that will write it.</param>
internal sealed record ProductRegistration(Caller Caller, Func<EventSession, CancellationToken, Task<RegisterProduct>> Describe)
{
    public HeldProduct? Product { get; set; }

    public ProductRow? Row { get; set; }

    public RefusedCallException? Refusal { get; set; }
}

/// <summary>
/// Registers the products of a company that wait at once in one transaction, each under its own caller. One after the other they would
/// wait for each other's commit, because their ids follow the log.
/// </summary>
/// <param name="patience">How long a group may take.</param>
public sealed class ProductRegistrations(EventStore store, TimeSpan patience)
{
    private readonly GroupCommit<ProductRegistration> _group = new((products, stop) => Write(store, products, stop), patience);

    /// <returns>False when it is to be written by itself.</returns>
    /// <exception cref="RefusedCallException">It was refused.</exception>
    internal async Task<bool> Write(ProductRegistration product, CancellationToken stop)
    {
        var written = await _group.Write(product.Caller.Tenant, product, stop);
        return product.Refusal is { } refusal ? throw refusal : written;
    }

    private static async Task<bool> Write(EventStore store, IReadOnlyList<ProductRegistration> products, CancellationToken stop)
    {
        await using var session = store.Open(products[0].Caller);
        CatalogModule.HoldKeysLast(session);
        foreach (var product in products)
        {
            try
            {
                var command = await product.Describe(session, stop);
                product.Product = new HeldProduct(session, session.Start(Product.Aggregate, Guid.CreateVersion7()));
                product.Product.Stream.Caller = product.Caller;
                product.Product.Append(command.Decide(product.Product.State));
                product.Product.Announce("product.created");
            }
            catch (RefusedCallException refusal)
            {
                product.Refusal = refusal;
            }
        }

        var taken = products.Where(p => p.Refusal is null).ToList();
        var readBack = new QueryBatch();
        var rows = readBack.Add(ProductQueries.ById(session.Tenant, [.. taken.Select(p => p.Product!.Id)]));
        if (!await session.SaveChanges(stop, readBack))
        {
            return false;
        }

        var written = (await rows).ToDictionary(r => r.Product);
        taken.ForEach(p => p.Row = written[p.Product!.Id]);
        return true;
    }
}
