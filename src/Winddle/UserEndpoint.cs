using PixeeEvents.Accounts;
using PixeeEvents.Winddle.Wire;
using Wolverine.Http;

namespace PixeeEvents.Winddle;

/// <summary>GET /user: whom the call runs for.</summary>
public static class UserEndpoint
{
    private static readonly Resource Resource = new("users", "user");

    [WolverineGet(WinddleApi.Root + "/user")]
    public static async Task<Answer> Show(CurrentUser user, AccountsModule accounts, CancellationToken stop)
    {
        var company = await accounts.CompanyName(user.Tenant, stop);
        return Answer.Item(Resource, "show", writer => Write(writer, user.User, company));
    }

    /// <summary>Who somebody is, wherever another resource names a user.</summary>
    internal static void WriteBrief(ResourceWriter writer, string name, User user) => writer.Object(name, () => WriteBrief(writer, user));

    /// <summary>The same inside of a list.</summary>
    internal static void WriteBrief(ResourceWriter writer, User user)
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
