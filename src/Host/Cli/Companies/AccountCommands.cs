using System.CommandLine;
using System.Globalization;
using System.Text.RegularExpressions;

namespace PixeeEvents.Host.Cli.Companies;

internal static partial class AccountCommands
{
    public static Command Keys()
    {
        var company = new Option<string>("--company") { Description = "The company the key belongs to", Required = true };
        var name = new Option<string>("--name") { Description = "What uses the key, e.g. erp", Required = true };
        var scopes = new Option<string>("--scopes")
        {
            Description = "Comma-separated: " + string.Join(", ", KeyScopes.All),
            DefaultValueFactory = _ => string.Join(',', KeyScopes.All),
        };
        var expires = new Option<DateTimeOffset?>("--expires") { Description = "When the key ends; never when absent" };
        var test = new Option<bool>("--test") { Description = "A pm_test_ key" };
        var create = new Command("create", "Creates a key and prints it, alone, for this once") { company, name, scopes, expires, test };
        create.SetAction(async (arguments, cancellationToken) =>
        {
            var wanted = Scopes(arguments.GetRequiredValue(scopes));
            await using var session = await CommandSession.Open(arguments.GetRequiredValue(company), cancellationToken);
            var (_, raw) = await session.Accounts.CreateKey(
                arguments.GetRequiredValue(company), arguments.GetRequiredValue(name), wanted, arguments.GetValue(expires),
                arguments.GetValue(test), cancellationToken);
            await Console.Out.WriteLineAsync(raw);
        });

        var only = new Option<string?>("--company") { Description = "Only this company's" };
        var list = new Command("list", "Lists keys; the keys themselves are not kept") { only };
        list.SetAction(async (arguments, cancellationToken) =>
        {
            await using var session = await CommandSession.Open(cancellationToken);
            foreach (var key in await session.Accounts.Keys(arguments.GetValue(only), cancellationToken))
            {
                var state = key.RevokedAt is not null ? "revoked" : key.IsUsableAt(DateTimeOffset.UtcNow) ? "live" : "expired";
                await Console.Out.WriteLineAsync(
                    $"{key.Id}  {key.Tenant}  {key.Name}  {key.Hint}  {string.Join(',', key.Scopes)}  {state}  "
                    + $"created {Day(key.CreatedAt)}  used {(key.LastUsedAt is { } used ? Day(used) : "never")}  "
                    + $"expires {(key.ExpiresAt is { } end ? Day(end) : "never")}");
            }
        });

        var rotated = new Argument<Guid>("id") { Description = "The key's id, as list shows it" };
        var rotate = new Command("rotate", "Replaces a key at once, without overlap, and prints the new one") { rotated };
        rotate.SetAction(async (arguments, cancellationToken) =>
        {
            await using var session = await CommandSession.Open(cancellationToken);
            var id = arguments.GetRequiredValue(rotated);
            var raw = await session.Accounts.RotateKey(id, cancellationToken) ?? throw NoSuchKey(id);
            await Console.Out.WriteLineAsync(raw);
        });

        var revoked = new Argument<Guid>("id") { Description = "The key's id, as list shows it" };
        var revoke = new Command("revoke", "Ends a key; every node refuses it within a second") { revoked };
        revoke.SetAction(async (arguments, cancellationToken) =>
        {
            await using var session = await CommandSession.Open(cancellationToken);
            var id = arguments.GetRequiredValue(revoked);
            if (!await session.Accounts.RevokeKey(id, cancellationToken))
            {
                throw NoSuchKey(id);
            }
        });

        return new Command("keys", "API keys") { create, list, rotate, revoke };
    }

    public static Command Companies()
    {
        var id = new Argument<string>("id") { Description = "Short name: lower-case letters, digits and dashes" };
        var name = new Option<string?>("--name") { Description = "Full name" };
        var create = new Command("create", "Creates a company") { id, name };
        create.SetAction(async (arguments, cancellationToken) =>
        {
            var company = arguments.GetRequiredValue(id);
            if (!CompanyId().IsMatch(company))
            {
                throw new CommandException($"'{company}' is no company id: lower-case letters, digits and dashes, at most 40.");
            }

            await using var session = await CommandSession.Open(cancellationToken);
            if (!await session.Accounts.CreateCompany(company, arguments.GetValue(name) ?? company, cancellationToken))
            {
                throw new CommandException($"The company '{company}' exists already.");
            }
        });

        var list = new Command("list", "Lists companies");
        list.SetAction(async (_, cancellationToken) =>
        {
            await using var session = await CommandSession.Open(cancellationToken);
            foreach (var company in await session.Accounts.Companies(cancellationToken))
            {
                await Console.Out.WriteLineAsync($"{company.Id}  {company.Name}");
            }
        });

        return new Command("companies", "Companies; each sees only its own data") { create, list };
    }

    private static string[] Scopes(string text)
    {
        var scopes = text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return scopes.FirstOrDefault(s => !KeyScopes.All.Contains(s, StringComparer.Ordinal)) is { } unknown
            ? throw new CommandException($"'{unknown}' is no scope. There are: {string.Join(", ", KeyScopes.All)}.")
            : scopes.Length == 0 ? throw new CommandException("A key has at least one scope.") : scopes;
    }

    private static CommandException NoSuchKey(Guid id) => new($"There is no live key {id}. ./pixee keys list shows them.");

    public static string Day(DateTimeOffset time) => time.ToString("yyyy-MM-dd'T'HH:mm'Z'", CultureInfo.InvariantCulture);

    [GeneratedRegex("^[a-z0-9][a-z0-9-]{0,39}$", RegexOptions.None, matchTimeoutMilliseconds: 100)]
    private static partial Regex CompanyId();
}
