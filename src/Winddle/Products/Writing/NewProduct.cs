using PixeeEvents.Accounts;
using PixeeEvents.Catalog;
using PixeeEvents.Catalog.Settings;
using PixeeEvents.EventLog;
using PixeeEvents.Winddle.Rows;

namespace PixeeEvents.Winddle.Products.Writing;

/// <summary>A product that is being registered; what belongs to it may be written in its session.</summary>
/// <param name="settings">Read before it was registered.</param>
internal sealed class NewProduct(HeldProduct product, CurrentUser user, User owner, CompanySettings settings)
{
    public EventSession Session => product.Session;

    public Product State => product.State;

    public Guid Id => product.Id;

    /// <summary>Ends the unit of work.</summary>
    /// <returns>The product with what it is shown with; null when another writer was first, and nothing is written.</returns>
    public async Task<(ProductRow Row, ProductView View)?> Save(CancellationToken stop)
    {
        product.Announce("product.created");
        var written = new QueryBatch();
        var row = written.Add(ProductQueries.ById(user.Tenant, [product.Id]));
        var view = ProductView.OfNew(user, settings, owner, product.Stream, written);
        await using (Session)
        {
            try
            {
                return await Session.SaveChanges(stop, written) ? ((await row)[0], await view) : null;
            }
            catch (Exception e) when (ProductKeys.IsTaken(e))
            {
                // Somebody took the reference after it was looked up: the next look finds him.
                return null;
            }
        }
    }
}
