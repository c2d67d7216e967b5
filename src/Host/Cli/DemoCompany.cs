using PixeeEvents.Host.WinDev;

namespace PixeeEvents.Host.Cli;

/// <summary>The company that a first run is filled with, so that every documented call answers something.</summary>
internal static class DemoCompany
{
    public const string Id = "demo";

    private const int Products = 1250;

    public const string Admin = "admin@demo.example";

    private const string User = "user@demo.example";

    /// <returns>The raw API key and the admin's raw token, or null when there are companies already.</returns>
    public static async Task<(string Key, string Token)?> CreateUnlessInhabited(Pixee pixee, CancellationToken cancellationToken)
    {
        if ((await pixee.Accounts.Companies(cancellationToken)).Count > 0)
        {
            return null;
        }

        await PutSettings(pixee, Id, cancellationToken);
        var target = new SyncTarget(pixee, Id, null);
        foreach (var batch in DemoCatalogue.Products(Products).Chunk(SyncProducts.Limit))
        {
            await target.Sync(batch, cancellationToken);
        }

        var admin = await pixee.Accounts.CreateUser(Id, "Demo Admin", Admin, isAdmin: true, isProductOwner: true, cancellationToken);
        await pixee.Accounts.CreateUser(Id, "Demo User", User, isAdmin: false, isProductOwner: false, cancellationToken);
        return (
            (await pixee.Accounts.CreateKey(Id, "demo", KeyScopes.All, null, test: false, cancellationToken)).Raw,
            (await pixee.Accounts.CreateToken(Id, admin!.Id, "demo", actsForOthers: false, cancellationToken)).Raw);
    }

    /// <summary>The company with its suppliers and categories, created where missing.</summary>
    public static async Task PutSettings(Pixee pixee, string company, CancellationToken cancellationToken)
    {
        await pixee.Accounts.CreateCompany(company, company == Id ? "Demo" : company, cancellationToken);
        foreach (var supplier in DemoCatalogue.Suppliers)
        {
            await pixee.Inventory.PutSupplier(company, supplier.Code, supplier.Name, supplier.Country, cancellationToken);
        }

        foreach (var category in DemoCatalogue.Categories)
        {
            if (await pixee.Catalog.Categories.Put(company, category.Name, category.Slug, category.ParentSlug, category.SortOrder, cancellationToken) is { } refusal)
            {
                throw new CommandException($"The category '{category.Name}' {refusal.Reason}.");
            }
        }
    }
}
