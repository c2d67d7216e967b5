using PixeeEvents.Accounts;
using PixeeEvents.Host.OpenApi;

namespace PixeeEvents.Host.Winddle;

/// <summary>GET /user: whom the call runs for.</summary>
internal static class UserEndpoint
{
    private static readonly Resource Resource = new("users", "user");

    public static void Map(RouteGroupBuilder routes) =>
        routes.MapGet("/user", (HttpContext context, Pixee pixee) => Show(context, pixee)).WithMetadata(Admission.Read).Documented("users/current", "The user that the call runs for.");

    private static async Task Show(HttpContext context, Pixee pixee)
    {
        var user = TokenCheck.UserOf(context).User;
        var company = await pixee.Accounts.CompanyName(user.Tenant, context.RequestAborted);
        await Answer.Item(context, Resource, "show", writer => Write(writer, user, company));
    }

    /// <summary>Who somebody is, wherever another resource names a user.</summary>
    public static void WriteBrief(ResourceWriter writer, string name, User user) => writer.Object(name, () => WriteBrief(writer, user));

    /// <summary>The same inside of a list.</summary>
    public static void WriteBrief(ResourceWriter writer, User user)
    {
        writer.Integer("id", user.Id);
        writer.Text("full_name", user.Name);
        writer.Text("email", user.Email);
    }

    private static void Write(ResourceWriter writer, User user, string? company)
    {
        writer.Integer("id", user.Id);
        writer.Text("full_name", user.Name);
        writer.Text("email", user.Email);
        foreach (var size in (ReadOnlySpan<string>)["px40", "px75", "px150"])
        {
            writer.Text(size, "");
        }

        writer.Text("locale", null);
        writer.Text("default_currency", null);
        writer.Object("company", () =>
        {
            writer.Text("id", user.Tenant);
            writer.Text("name", company);
        });
        writer.Text("position", null);
        writer.Text("contact", null);
        writer.Texts("partners", "partner", []);
        writer.Boolean("company_admin", user.IsAdmin);
        writer.Boolean("product_owner", user.IsProductOwner);
    }
}
