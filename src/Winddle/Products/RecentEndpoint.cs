using PixeeEvents.Winddle.Wire;
using Wolverine.Http;

namespace PixeeEvents.Winddle.Products;

/// <summary>GET /recent/products: what was created or changed in the last days, the latest first, archived products included.</summary>
public static class RecentEndpoint
{
    internal const string Summary = "Products created or changed in the last days, the latest first, archived ones included.";

    private const int DefaultDays = 3;
    private const int MaxDays = 100;

    internal static Parameter[] Parameters { get; } =
    [
        Parameter.Integer("days", "How many days.", DefaultDays, 1, MaxDays),
        Parameter.OneOf(
            "scope",
            "The user's own products, or, for company admins and product owners, the company's.",
            "company",
            ["user", "company"]),
        .. Paging.Parameters,
    ];

    [WolverineGet(WinddleApi.Root + "/recent/products")]
    public static async Task<Answer> List(
        CurrentUser user, Page page, IQueryCollection query, ShownProducts products, TimeProvider time, CancellationToken stop)
    {
        var errors = new Errors();
        var days = Paging.Integer(query, "days", DefaultDays, MaxDays, errors);
        var isCompanyWide = Scope(query, errors);
        errors.ThrowIfAny();
        if (isCompanyWide && user.User is { IsAdmin: false, IsProductOwner: false })
        {
            throw new RefusedRequestException(
                StatusCodes.Status403Forbidden, "The scope 'company' is for company admins and product owners.");
        }

        var since = time.GetUtcNow().AddDays(-days);
        var (rows, total) = await products.Recent(user, isCompanyWide ? null : user.Id, since, page, stop);
        var view = await products.View(user, rows, stop);
        return Answer.Paged(ProductRoutes.Resource, "recent", page, total, rows, view.Write);
    }

    /// <returns>True for the company's products, false for the user's own.</returns>
    private static bool Scope(IQueryCollection query, Errors errors)
    {
        var scope = query["scope"].ToString();
        if (scope is not ("" or "user" or "company"))
        {
            errors.Add("scope", "must be user or company");
        }

        return scope == "company";
    }
}
