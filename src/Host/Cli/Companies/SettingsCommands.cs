using System.CommandLine;
using PixeeEvents.Catalog;
using PixeeEvents.Host.Cli.Demo;

namespace PixeeEvents.Host.Cli.Companies;

/// <summary>Suppliers and categories of a company.</summary>
internal static class SettingsCommands
{
    public static Command Suppliers()
    {
        var company = Company();
        var code = new Argument<string>("code") { Description = "What supplier_code names in the API" };
        var name = new Option<string>("--name") { Description = "Full name", Required = true };
        var country = new Option<string?>("--country") { Description = "ISO 3166-1 alpha-2, e.g. FR" };
        var add = new Command("add", "Adds a supplier, or renames the one of that code") { code, name, country, company };
        add.SetAction(async (arguments, cancellationToken) =>
        {
            await using var session = await CommandSession.Open(arguments.GetRequiredValue(company), cancellationToken);
            await session.Inventory.PutSupplier(
                arguments.GetRequiredValue(company), TextForm.Clean(arguments.GetRequiredValue(code)),
                TextForm.Clean(arguments.GetRequiredValue(name)), arguments.GetValue(country), cancellationToken);
        });

        var listed = Company();
        var list = new Command("list", "Lists the active suppliers") { listed };
        list.SetAction(async (arguments, cancellationToken) =>
        {
            await using var session = await CommandSession.Open(arguments.GetRequiredValue(listed), cancellationToken);
            foreach (var supplier in await session.Inventory.Suppliers(arguments.GetRequiredValue(listed), cancellationToken))
            {
                await Console.Out.WriteLineAsync($"{supplier.Code}  {supplier.Name}  {supplier.Country}");
            }
        });

        return new Command("suppliers", "Suppliers of a company") { add, list };
    }

    public static Command Categories()
    {
        var company = Company();
        var slug = new Argument<string>("slug") { Description = "Stable short name, unique in the company" };
        var name = new Option<string>("--name") { Description = "Name shown", Required = true };
        var parent = new Option<string?>("--parent") { Description = "Slug of the parent; a root when absent" };
        var order = new Option<int>("--order") { Description = "Place among its siblings", DefaultValueFactory = _ => 1 };
        var add = new Command("add", "Adds a category, or renames the one of that slug") { slug, name, parent, order, company };
        add.SetAction(async (arguments, cancellationToken) =>
        {
            await using var session = await CommandSession.Open(arguments.GetRequiredValue(company), cancellationToken);
            var refusal = await session.Catalog.Categories.Put(
                arguments.GetRequiredValue(company), TextForm.Clean(arguments.GetRequiredValue(name)), arguments.GetRequiredValue(slug),
                arguments.GetValue(parent),
                arguments.GetValue(order), cancellationToken);
            if (refusal is not null)
            {
                throw new CommandException(
                    refusal.Code == "parent_unknown"
                        ? $"There is no category '{arguments.GetValue(parent)}'."
                        : $"The name '{arguments.GetValue(name)}' {refusal.Reason}.");
            }
        });

        var listed = Company();
        var list = new Command("list", "Lists the category tree") { listed };
        list.SetAction(async (arguments, cancellationToken) =>
        {
            await using var session = await CommandSession.Open(arguments.GetRequiredValue(listed), cancellationToken);
            foreach (var category in await session.Catalog.Categories.List(arguments.GetRequiredValue(listed), cancellationToken))
            {
                await Console.Out.WriteLineAsync($"{new string(' ', category.Level * 2)}{category.Slug}  {category.Name}");
            }
        });

        return new Command("categories", "Categories of a company") { add, list };
    }

    private static Option<string> Company() => new("--company") { Description = "The company", DefaultValueFactory = _ => DemoCompany.Id };
}
