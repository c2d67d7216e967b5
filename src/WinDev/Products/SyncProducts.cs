using System.Text.Json;
using PixeeEvents.Catalog;
using PixeeEvents.EventLog;
using PixeeEvents.Inventory;
using PixeeEvents.Pricing;
using PixeeEvents.WinDev.Wire;

namespace PixeeEvents.WinDev.Products;

internal enum SyncStatus
{
    Created,
    Updated,
    Error,
}

/// <summary>What became of one item of a sync.</summary>
internal sealed record SyncedItem(string? Reference, string? Ean, SyncStatus Status, Guid? Id, string? Problem);

/// <summary>
/// Pushes products into the catalogue: matched by EAN, then by reference, else created. One transaction; a bad item leaves the
/// others alone. The HTTP endpoint, the file import and the demo data all come through here.
/// </summary>
internal static class SyncProducts
{
    public const int Limit = 1000;

    private const int Tries = 3;

    /// <param name="updatesWithoutName">An item without a name changes the product that its key finds, and creates none.</param>
    public static async Task<IReadOnlyList<SyncedItem>> Run(
        EventStore store, Caller caller, IReadOnlyList<JsonElement> items, bool updatesWithoutName, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            await using var session = store.Open(caller, afterConflict: attempt > 1);
            var batch = await SyncBatch.Load(session, items, updatesWithoutName, cancellationToken);
            var results = batch.Apply();
            batch.Announce();
            if (await session.SaveChanges(cancellationToken))
            {
                return results;
            }

            if (attempt == Tries)
            {
                throw new RefusedCallException(StatusCodes.Status409Conflict, Messages.Busy);
            }
        }
    }
}

/// <summary>The products, stocks and prices that one sync may touch, under their locks, and the items that touch them.</summary>
internal sealed class SyncBatch
{
    private readonly EventSession _session;
    private readonly List<(JsonElement Source, ProductInput? Input, string? Problem)> _items;
    private readonly Dictionary<string, HashSet<Guid>> _changed = new(StringComparer.Ordinal);
    private KeyOwners _owners = null!;
    private Dictionary<Guid, EventStream<Product>> _products = [];
    private Dictionary<Guid, EventStream<Stock>> _stocks = [];
    private Dictionary<Guid, EventStream<Price>> _prices = [];
    private IReadOnlySet<string> _suppliers = new HashSet<string>(StringComparer.Ordinal);

    private SyncBatch(EventSession session, IReadOnlyList<JsonElement> items, bool updatesWithoutName)
    {
        _session = session;
        _items =
        [
            .. items.Select(source => (source, ProductReader.ReadItem(source, needsName: !updatesWithoutName, out var problem), problem)),
        ];
    }

    public static async Task<SyncBatch> Load(
        EventSession session, IReadOnlyList<JsonElement> items, bool updatesWithoutName, CancellationToken cancellationToken)
    {
        var batch = new SyncBatch(session, items, updatesWithoutName);
        var inputs = batch._items.Select(i => i.Input).OfType<ProductInput>().ToList();
        await CatalogModule.HoldKeys(session, cancellationToken);
        var keys = inputs.Select(i => (ProductFields.Ean, i.Ean)).Concat(inputs.Select(i => (ProductFields.Reference, i.Reference)))
            .Where(k => k.Item2 is not null).Distinct().ToList();
        batch._owners = await CatalogModule.Lock(session, keys!, cancellationToken);
        var ids = batch._owners.Products;
        batch._products = new(await CatalogModule.Products(session, ids, cancellationToken));
        batch._stocks = new(await InventoryModule.StocksOf(session, inputs.Any(i => i.Stock is not null) ? ids : [], cancellationToken));
        batch._prices = new(await PricingModule.PricesOf(session, inputs.Any(i => i.SetsPrice) ? ids : [], cancellationToken));
        batch._suppliers = await InventoryModule.KnownSuppliers(
            session,
            [.. inputs.Where(i => i.Stock is not null).Select(i => i.SupplierCode).OfType<string>().Distinct(StringComparer.Ordinal)],
            cancellationToken);
        return batch;
    }

    public IReadOnlyList<SyncedItem> Apply() =>
    [
        .. _items.Select(i => i.Input is { } input
            ? Apply(input)
            : new SyncedItem(
                ProductReader.Key(i.Source, "reference"), ProductReader.Key(i.Source, "ean"), SyncStatus.Error, null, i.Problem)),
    ];

    public void Announce()
    {
        foreach (var (type, products) in _changed)
        {
            _session.Publish(Announcements.Batch(type, [.. products.Select(p => ProductName.Of(_products[p]))], products.Count));
        }
    }

    private SyncedItem Apply(ProductInput input)
    {
        if (input.Stock is not null && input.SupplierCode is { } supplier && !_suppliers.Contains(supplier))
        {
            return Refused(input, Messages.UnknownSupplier(supplier));
        }

        var byEan = _owners.Find(ProductFields.Ean, input.Ean)?.Product;
        var byReference = _owners.Find(ProductFields.Reference, input.Reference)?.Product;
        if (byEan is not null && byReference is not null && byEan != byReference)
        {
            return Refused(input, Messages.KeyTaken(ProductFields.Reference));
        }

        var id = byEan ?? byReference;
        if (id is null && !input.Fields.ContainsKey(ProductFields.Name))
        {
            return Refused(input, Messages.NotFoundWithoutName(input.Ean ?? input.Reference!));
        }

        var status = id is null ? SyncStatus.Created : SyncStatus.Updated;
        var product = id is { } known ? _products[known] : Register();
        var (oldEan, oldReference) = (product.State.Ean, product.State.Reference);
        var decision = id is null
            ? new RegisterProduct(input.Fields).Decide(product.State)
            : new ReviseProduct(input.Fields).Decide(product.State);
        var stock = input.Stock is null ? null : _stocks[product.Id];
        var stockDecision = stock is null
            ? Decision.Nothing
            : input.StockOf(product.Id, stock.State)?.Decide(stock.State) ?? Decision.Nothing;
        var price = input.SetsPrice ? _prices[product.Id] : null;
        var priceDecision = price is null ? Decision.Nothing : input.PriceOf(product.Id).Decide(price.State);
        if ((decision.Refusal ?? stockDecision.Refusal ?? priceDecision.Refusal) is { } refusal)
        {
            // All of an item or nothing of it.
            return Refused(input, Messages.Refused(refusal));
        }

        if (product.Append(decision))
        {
            _owners.Move(ProductFields.Ean, oldEan, product.State.Ean, product.Id);
            _owners.Move(ProductFields.Reference, oldReference, product.State.Reference, product.Id);
            Changed(product.Events[0] is ProductRegistered ? "product.created" : "product.updated", product.Id);
        }

        if (stock?.Append(stockDecision) == true)
        {
            Changed("stock.updated", product.Id);
        }

        if (price?.Append(priceDecision) == true)
        {
            Changed("price.updated", product.Id);
        }

        return new SyncedItem(product.State.Reference ?? input.Reference, product.State.Ean, status, product.Id, null);
    }

    private EventStream<Product> Register()
    {
        var id = Guid.CreateVersion7();
        // Streams are written in the order they are started in: a reader of the log meets the product before its figures.
        var product = _session.Start(Product.Aggregate, id);
        _products.Add(id, product);
        _stocks.Add(id, InventoryModule.Start(_session, id));
        _prices.Add(id, PricingModule.Start(_session, id));
        return product;
    }

    private void Changed(string type, Guid product)
    {
        if (!_changed.TryGetValue(type, out var products))
        {
            _changed.Add(type, products = []);
        }

        products.Add(product);
    }

    private static SyncedItem Refused(ProductInput input, string problem) =>
        new(input.Reference, input.Ean, SyncStatus.Error, null, problem);
}
