using System.CommandLine;
using System.Globalization;
using PixeeEvents.Accounts;
using PixeeEvents.Catalog;

namespace PixeeEvents.Host.Cli.Companies;

/// <summary>Users of a company and the tokens that speak for them.</summary>
internal static class UserCommands
{
    public static Command Users()
    {
        var company = Company();
        var email = new Argument<string>("email") { Description = "Unique in the company, in whatever case" };
        var name = new Option<string?>("--name") { Description = "Full name; the e-mail when absent" };
        var admin = new Option<bool>("--admin") { Description = "A company admin" };
        var productOwner = new Option<bool>("--product-owner") { Description = "A product owner" };
        var create = new Command("create", "Creates a user and prints the user's id") { email, company, name, admin, productOwner };
        create.SetAction(async (arguments, cancellationToken) =>
        {
            var (id, address) = (arguments.GetRequiredValue(company), TextForm.Clean(arguments.GetRequiredValue(email)));
            if (address.Length is < 3 or > 255 || address.IndexOf('@', StringComparison.Ordinal) is < 1
                || address.Any(c => char.IsControl(c) || c == ' '))
            {
                throw new CommandException($"'{address}' is no e-mail address.");
            }

            var called = arguments.GetValue(name) is { } given ? TextForm.Clean(given) : address;
            if (called.Length is 0 or > 255 || called.Any(char.IsControl))
            {
                throw new CommandException("A name has 1 to 255 characters.");
            }

            await using var session = await CommandSession.Open(id, cancellationToken);
            var user = await session.Accounts.CreateUser(
                    id, called, address, arguments.GetValue(admin), arguments.GetValue(productOwner), cancellationToken)
                ?? throw new CommandException($"The company '{id}' has a user {address} already.");
            await Console.Out.WriteLineAsync(user.Id.ToString(CultureInfo.InvariantCulture));
        });

        var only = Only();
        var list = new Command("list", "Lists users") { only };
        list.SetAction(async (arguments, cancellationToken) =>
        {
            await using var session = await CommandSession.Open(cancellationToken);
            foreach (var user in await session.Accounts.Users(arguments.GetValue(only), cancellationToken))
            {
                await Console.Out.WriteLineAsync(
                    $"{user.Id}  {user.Tenant}  {user.Email}  {user.Name}  {(user.IsAdmin ? "admin" : "user")}"
                    + $"{(user.IsProductOwner ? ",product-owner" : "")}  "
                    + $"{(user.IsEnabled ? "enabled" : "disabled")}  created {AccountCommands.Day(user.CreatedAt)}");
            }
        });

        return new Command("users", "Users of a company")
        {
            create, list, Switch("enable", "Lets a user in again", true),
            Switch("disable", "Shuts a user and the user's tokens out", false),
        };
    }

    public static Command Tokens()
    {
        var company = Company();
        var user = new Option<string>("--user") { Description = "E-mail or id of the user the token speaks for", Required = true };
        var name = new Option<string>("--name") { Description = "What uses the token", DefaultValueFactory = _ => "api" };
        var forOthers = new Option<bool>("--company-token") { Description = "Its holder may act for any user of the company" };
        var create = new Command("create", "Creates a token and prints it, alone, for this once") { company, user, name, forOthers };
        create.SetAction(async (arguments, cancellationToken) =>
        {
            var (id, named) = (arguments.GetRequiredValue(company), arguments.GetRequiredValue(user));
            await using var session = await CommandSession.Open(id, cancellationToken);
            var owner = await session.Accounts.FindUser(id, named, cancellationToken)
                ?? throw new CommandException($"The company '{id}' has no enabled user '{named}'. ./pixee users list shows them.");
            var (_, raw) = await session.Accounts.CreateToken(
                id, owner.Id, arguments.GetRequiredValue(name), arguments.GetValue(forOthers), cancellationToken);
            await Console.Out.WriteLineAsync(raw);
        });

        var only = Only();
        var list = new Command("list", "Lists tokens; the tokens themselves are not kept") { only };
        list.SetAction(async (arguments, cancellationToken) =>
        {
            await using var session = await CommandSession.Open(cancellationToken);
            foreach (var (token, owner) in await session.Accounts.Tokens(arguments.GetValue(only), cancellationToken))
            {
                await Console.Out.WriteLineAsync(
                    $"{token.Id}  {token.Tenant}  {owner.Email}  {token.Name}  {token.Hint}  "
                    + $"{(token.ActsForOthers ? "company" : "user")}  {State(token, owner)}  "
                    + $"created {AccountCommands.Day(token.CreatedAt)}  "
                    + $"used {(token.LastUsedAt is { } used ? AccountCommands.Day(used) : "never")}");
            }
        });

        var revoked = new Argument<Guid>("id") { Description = "The token's id, as list shows it" };
        var revoke = new Command("revoke", "Ends a token; every node refuses it within a second") { revoked };
        revoke.SetAction(async (arguments, cancellationToken) =>
        {
            await using var session = await CommandSession.Open(cancellationToken);
            var id = arguments.GetRequiredValue(revoked);
            if (!await session.Accounts.RevokeToken(id, cancellationToken))
            {
                throw new CommandException($"There is no live token {id}. ./pixee tokens list shows them.");
            }
        });

        return new Command("tokens", "API tokens of users") { create, list, revoke };
    }

    private static Command Switch(string name, string description, bool isEnabled)
    {
        var company = Company();
        var email = new Argument<string>("email") { Description = "The user's e-mail" };
        var command = new Command(name, description) { email, company };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            var id = arguments.GetRequiredValue(company);
            await using var session = await CommandSession.Open(id, cancellationToken);
            if (!await session.Accounts.EnableUser(id, arguments.GetRequiredValue(email), isEnabled, cancellationToken))
            {
                throw new CommandException($"The company '{id}' has no user {arguments.GetRequiredValue(email)}.");
            }
        });
        return command;
    }

    private static string State(Token token, User owner) => token.RevokedAt is not null ? "revoked" : owner.IsEnabled ? "live" : "disabled";

    private static Option<string> Company() => new("--company") { Description = "The company", Required = true };

    private static Option<string?> Only() => new("--company") { Description = "Only this company's" };
}
