using PixeeEvents.Host.OpenApi;

namespace PixeeEvents.Host.Winddle;

/// <summary>GET /recent/products: what was created or changed in the last days, the latest first, archived products included.</summary>
internal static class RecentEndpoint
{
    public const string Path = "recent";

    private const int DefaultDays = 3;
    private const int MaxDays = 100;

    public static void Map(RouteGroupBuilder routes) => routes.MapGet($"/{Path}/products", Products).WithMetadata(Admission.Read).Documented(
        "products/recent",
        "Products created or changed in the last days, the latest first, archived ones included.",
        [
            Parameter.Integer("days", "How many days.", DefaultDays, 1, MaxDays),
            Parameter.OneOf("scope", "The user's own products, or, for company admins and product owners, the company's.", "company", ["user", "company"]), .. Paging.Parameters,
        ]);

    private static async Task Products(HttpContext context, Pixee pixee, TimeProvider time)
    {
        var user = TokenCheck.UserOf(context).User;
        var page = Paging.Of(context);
        var errors = new Errors();
        var days = Paging.Integer(context, "days", DefaultDays, MaxDays, errors);
        var isCompanyWide = Scope(context, errors);
        errors.ThrowIfAny();
        if (isCompanyWide && user is { IsAdmin: false, IsProductOwner: false })
        {
            throw new RefusedRequestException(StatusCodes.Status403Forbidden, "The scope 'company' is for company admins and product owners.");
        }

        var since = time.GetUtcNow().AddDays(-days);
        var (rows, total) = await ProductQueries.Recent(pixee.DataSource, user.Tenant, isCompanyWide ? null : user.Id, since, page, context.RequestAborted);
        var view = await ProductView.Load(context, pixee, rows);
        await Answer.Paged(context, ProductEndpoints.Resource, "recent", page, total, rows, view.Write);
    }

    /// <returns>True for the company's products, false for the user's own.</returns>
    private static bool Scope(HttpContext context, Errors errors)
    {
        var scope = context.Request.Query["scope"].ToString();
        if (scope is not ("" or "user" or "company"))
        {
            errors.Add("scope", "must be user or company");
        }

        return scope == "company";
    }
}
