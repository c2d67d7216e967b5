using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using PixeeEvents.Accounts;
using PixeeEvents.Catalog;
using PixeeEvents.Catalog.Planning;
using PixeeEvents.Catalog.Products;
using PixeeEvents.Catalog.Settings;
using PixeeEvents.EventLog;
using PixeeEvents.Host;

namespace PixeeEvents.Bench.Stages;

/// <summary>A company of the Winddle face: products with three variants each, and everything that a list shows of them.</summary>
internal static class WinddleCatalogue
{
    public const string Company = "bench";
    public const string Admin = "admin@bench.example";

    private const int Batch = 1000;
    private const int Variants = 3;
    private const int Projects = 50;

    /// <summary>Categories by three levels: a product belongs to one of the lowest.</summary>
    private const int Branches = 5;

    private static readonly string[] Colors = ["Noir", "Blanc", "Rouge", "Bleu nuit", "Chêne doré"];
    private static readonly string[] Sizes = ["S", "M", "L"];

    /// <summary>
    /// Fills an empty database through the product's own modules, in this process: settings one by one, products and variants by their
    /// commands, a thousand products to a transaction. The lines of projects are plain rows, and are put there by one statement.
    /// </summary>
    public static async Task Fill(string connectionString, int products, CancellationToken cancellationToken)
    {
        await using var modules = ModuleServices.Open(connectionString, TimeProvider.System);
        await modules.BringUpToDate(compares: false, cancellationToken);
        var (accounts, catalog) = (modules.GetRequiredService<AccountsModule>(), modules.GetRequiredService<CatalogModule>());
        await accounts.CreateCompany(Company, Company, cancellationToken);
        var admin = (await accounts.CreateUser(Company, "Admin", Admin, isAdmin: true, isProductOwner: true, cancellationToken))!.Id;
        var other = (
            await accounts.CreateUser(Company, "User", "user@bench.example", isAdmin: false, isProductOwner: false, cancellationToken))!.Id;
        var links = await Settings(catalog, [admin, other], cancellationToken);
        foreach (var numbers in Enumerable.Range(1, products).Chunk(Batch))
            await Register(modules.GetRequiredService<EventStore>(), links, numbers, cancellationToken);
        await Plan(modules, admin, cancellationToken);
    }

    private sealed record Links(long[] Owners, long[] Categories, long[] Seasons, CustomField[] Fields);

    private static async Task<Links> Settings(CatalogModule catalog, long[] owners, CancellationToken cancellationToken)
    {
        var (leaves, seasons, fields) = (new List<long>(), new List<long>(), new List<CustomField>());
        for (var root = 1; root <= Branches; root++)
        {
            var top = (await catalog.Categories.Create(Company, new CategoryDraft($"Rayon {root}", $"C{root}"), cancellationToken))
                .Created!;
            for (var middle = 1; middle <= Branches; middle++)
            {
                var inner = (
                    await catalog.Categories.Create(
                        Company, new CategoryDraft($"Famille {middle}", Parent: top.Number), cancellationToken)).Created!;
                for (var leaf = 1; leaf <= Branches; leaf++)
                    leaves.Add(
                        (
                            await catalog.Categories.Create(
                                Company, new CategoryDraft($"Gamme {leaf}", Parent: inner.Number), cancellationToken)).Created!.Number);
            }
            await catalog.Sizesets.Create(
                Company, new Sizeset(0, $"Tailles {root}", ["36", "38", "40", "42"], top.Number), cancellationToken);
        }
        await catalog.Sizesets.Create(Company, new Sizeset(0, "Toutes", Sizes), cancellationToken);
        foreach (var code in (string[])["E25", "H25", "E26", "H26"])
            seasons.Add((await catalog.Seasons.Create(Company, new Season(0, $"Saison {code}", code), cancellationToken)).Created!.Id);
        foreach (var (name, type) in ((string, CustomFieldType)[])
            [("Usine", CustomFieldType.Text), ("Lot", CustomFieldType.Number), ("Contrôle", CustomFieldType.Date), ("Bio", CustomFieldType.Boolean), ("Gamme", CustomFieldType.List)])
        {
            string[] options = type == CustomFieldType.List ? ["haute", "moyenne", "basse"] : [];
            fields.Add((await catalog.CustomFields.Create(Company, new CustomField(0, name, type, options), cancellationToken)).Created!);
        }
        return new Links(owners, [.. leaves], [.. seasons], [.. fields]);
    }

    private static async Task Register(EventStore store, Links links, int[] numbers, CancellationToken cancellationToken)
    {
        var cause = string.Create(CultureInfo.InvariantCulture, $"bench-{numbers[0]}");
        await using var session = store.Open(new Caller(Company, cause, cause, LogDatabase.Caller.Headers));
        await CatalogModule.HoldKeys(session, cancellationToken);
        var variants = new Queue<long>(await Variant.Numbers(session, numbers.Length * Variants, cancellationToken));
        foreach (var number in numbers)
        {
            var product = session.Start(Product.Aggregate, Guid.CreateVersion7());
            product.Append(new RegisterProduct(Fields(number, links), NeedsKey: false).Decide(product.State));
            for (var variant = 0; variant < Variants; variant++)
                product.Append(new AddVariant(variants.Dequeue(), VariantFields(number, variant, links)).Decide(product.State));
        }
        if (!await session.SaveChanges(cancellationToken))
            throw new InvalidOperationException($"The products from {numbers[0]} on were not stored.");
    }

    /// <summary>Product n is in n modulo 5 projects.</summary>
    private static async Task Plan(ServiceProvider modules, long owner, CancellationToken cancellationToken)
    {
        for (var project = 1; project <= Projects; project++)
        {
            var draft = new Project(0, $"Projet {project}", null, null, owner, [], null, Archived: false, new Dictionary<string, string>());
            if (
                (await modules.GetRequiredService<CatalogModule>().Projects.Create(Company, draft, cancellationToken))
                    .Refusal is { } refusal)
                throw new InvalidOperationException(refusal.Reason);
        }
        await using var lines = modules.GetRequiredService<NpgsqlDataSource>().CreateCommand(
            """
            insert into catalog.project_lines (tenant_id, project, product_id, name, start_at)
            select p.tenant_id, j.id, p.product_id, 'Ligne', '2026-03-01'
            from winddle.products p cross join generate_series(1, p.id % 5) n
            join (select id, row_number() over (order by id) - 1 as place from catalog.projects where tenant_id = $1) j
                on j.place = (p.id * 7 + n) % $2
            where p.tenant_id = $1 order by p.id, n
            """).With(Sql.Text(Company), Sql.Long(Projects));
        lines.CommandTimeout = 300;
        await lines.ExecuteNonQueryAsync(cancellationToken);
    }

    private static Dictionary<string, JsonElement?> Fields(int number, Links links)
    {
        var item = new Item(number, Edition: 0);
        var fields = new Dictionary<string, JsonElement?>(StringComparer.Ordinal)
        {
            [ProductFields.Name] = Of(item.Name),
            [ProductFields.Reference] = Of(item.Reference),
            [ProductFields.SourceId] = Of($"SRC-{number}"),
            [ProductFields.Brand] = Of(item.Brand),
            ["color"] = Of(Colors[number % Colors.Length]),
            ["material"] = Of("Coton"),
            ["washcare"] = Of("Lavage à 30°"),
            ["description"] = Of($"Article {number} de la collection, décrit en une phrase qui en dit assez."),
            ["theme"] = Of($"Thème {number % 12}"),
            ["collection"] = Of($"Collection {number % 7}"),
            [ProductFields.TargetStoreDate] = Of(
                new DateOnly(2026, 1, 1).AddDays(number % 300).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)),
            [ProductFields.Owner] = Of(links.Owners[number % links.Owners.Length]),
            [ProductFields.Status] = Of(ProductStatuses.Defaults[number % ProductStatuses.Defaults.Count].Id),
            [ProductFields.Season] = Of(links.Seasons[number % links.Seasons.Length]),
            [ProductFields.Category] = Of(links.Categories[number % links.Categories.Length]),
        };
        foreach (var field in links.Fields)
            fields[ProductFields.Custom(field.Id)] = Of(Value(field, number));
        return fields;
    }

    private static Dictionary<string, JsonElement?> VariantFields(int number, int variant, Links links) => new(StringComparer.Ordinal)
    {
        [ProductFields.Name] = Of($"{Colors[(number + variant) % Colors.Length]} {Sizes[variant]}"),
        [ProductFields.Reference] = Of($"{new Item(number, 0).Reference}-{variant}"),
        ["color"] = Of(Colors[(number + variant) % Colors.Length]),
        ["size"] = Of(Sizes[variant]),
        [ProductFields.Custom(links.Fields[0].Id)] = Of(Value(links.Fields[0], number + variant)),
    };

    private static string Value(CustomField field, int number) => field.Type switch
    {
        CustomFieldType.Number => (number % 900).ToString(CultureInfo.InvariantCulture),
        CustomFieldType.Date => new DateOnly(2025, 1, 1).AddDays(number % 365).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        CustomFieldType.Boolean => number % 2 == 0 ? "true" : "false",
        CustomFieldType.List => field.Options[number % field.Options.Count],
        _ => $"Atelier {number % 40}",
    };

    private static JsonElement Of<T>(T value) => JsonSerializer.SerializeToElement(value);
}
