using PixeeEvents.Accounts;
using PixeeEvents.Catalog;
using PixeeEvents.EventLog;
using PixeeEvents.Host.Cli.Import;
using PixeeEvents.Inventory;
using PixeeEvents.WinDev.Products;

namespace PixeeEvents.Host.Cli.Demo;

/// <summary>The company that a first run is filled with, so that every documented call answers something.</summary>
internal static class DemoCompany
{
    public const string Id = "demo";

    private const int Products = 1250;

    public const string Admin = "admin@demo.example";

    private const string User = "user@demo.example";

    /// <returns>The raw API key and the admin's raw token, or null when there are companies already.</returns>
    public static async Task<(string Key, string Token)?> CreateUnlessInhabited(
        IServiceProvider modules, CancellationToken cancellationToken)
    {
        var accounts = modules.GetRequiredService<AccountsModule>();
        if ((await accounts.Companies(cancellationToken)).Count > 0)
        {
            return null;
        }

        await PutSettings(modules, Id, cancellationToken);
        var target = new SyncTarget(modules.GetRequiredService<EventStore>(), Id, null);
        foreach (var batch in DemoCatalogue.Products(Products).Chunk(SyncProducts.Limit))
        {
            await target.Sync(batch, cancellationToken);
        }

        var admin = await accounts.CreateUser(Id, "Demo Admin", Admin, isAdmin: true, isProductOwner: true, cancellationToken);
        await accounts.CreateUser(Id, "Demo User", User, isAdmin: false, isProductOwner: false, cancellationToken);
        return (
            (await accounts.CreateKey(Id, "demo", KeyScopes.All, null, test: false, cancellationToken)).Raw,
            (await accounts.CreateToken(Id, admin!.Id, "demo", actsForOthers: false, cancellationToken)).Raw);
    }

    /// <summary>The company with its suppliers and categories, created where missing.</summary>
    public static async Task PutSettings(IServiceProvider modules, string company, CancellationToken cancellationToken)
    {
        await modules.GetRequiredService<AccountsModule>().CreateCompany(company, company == Id ? "Demo" : company, cancellationToken);
        foreach (var supplier in DemoCatalogue.Suppliers)
        {
            await modules.GetRequiredService<InventoryModule>().PutSupplier(
                company, supplier.Code, supplier.Name, supplier.Country, cancellationToken);
        }

        foreach (var category in DemoCatalogue.Categories)
        {
            var refusal = await modules.GetRequiredService<CatalogModule>().Categories.Put(
                company, category.Name, category.Slug, category.ParentSlug, category.SortOrder, cancellationToken);
            if (refusal is not null)
            {
                throw new CommandException($"The category '{category.Name}' {refusal.Reason}.");
            }
        }
    }
}
