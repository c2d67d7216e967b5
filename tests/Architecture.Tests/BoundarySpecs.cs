using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using PixeeEvents.Accounts;
using PixeeEvents.Catalog;
using PixeeEvents.EventLog;
using PixeeEvents.Http.Callers;
using PixeeEvents.Inventory;
using PixeeEvents.Pricing;
using PixeeEvents.PublicEvents;
using PixeeEvents.ReadModels;
using PixeeEvents.Webhooks;
using PixeeEvents.Winddle;
using PixeeEvents.WinDev;
using Xunit;

namespace PixeeEvents.Architecture.Tests;

public sealed partial class BoundarySpecs
{
    private static readonly Assembly[] Modules =
    [
        typeof(AccountsModule).Assembly, typeof(CatalogModule).Assembly, typeof(InventoryModule).Assembly, typeof(PricingModule).Assembly,
        typeof(WebhooksModule).Assembly,
    ];

    private static readonly Assembly[] Faces = [typeof(WinDevApi).Assembly, typeof(WinddleApi).Assembly];

    /// <summary>Which project owns which schema.</summary>
    private static readonly Dictionary<string, string> Owners = new()
    {
        ["accounts"] = "Accounts/",
        ["catalog"] = "Catalog/",
        ["inventory"] = "Inventory/",
        ["pricing"] = "Pricing/",
        ["webhooks"] = "Webhooks/",
        ["windev"] = "WinDev/",
        ["sync"] = "WinDev/",
        ["winddle"] = "Winddle/",
    };

    /// <summary>What all modules stand on, each upon those before it.</summary>
    private static readonly Assembly[] Ground =
        [typeof(Sql).Assembly, typeof(EventStore).Assembly, typeof(Rebuild).Assembly, typeof(OutboxMessage).Assembly];

    [Fact]
    public void a_module_references_the_ground_and_no_other_module()
    {
        var projects = Directory.GetDirectories(Source())
            .Select(d => Path.GetFileName(d)!).Except(["Http", "Host", "Server", "Codegen"]).Order().ToArray();
        Assert.Equal(projects, Ground.Concat(Modules).Concat(Faces).Select(m => m.GetName().Name!["PixeeEvents.".Length..]).Order());
        var ground = Ground.Select(g => g.GetName().Name!).ToList();
        foreach (var module in Modules)
        {
            Assert.NotEmpty(References(module));
            Assert.Empty(References(module).Except(ground));
        }
    }

    [Fact]
    public void the_ground_is_laid_in_one_order_and_the_event_log_lies_on_nothing_but_the_database()
    {
        foreach (var (i, assembly) in Ground.Index())
        {
            Assert.Empty(References(assembly).Except(Ground[..i].Select(g => g.GetName().Name!)));
        }

        Assert.Equal(["PixeeEvents.Postgres"], References(typeof(EventStore).Assembly));
    }

    [Fact]
    public void only_who_shows_or_tells_knows_read_models_and_public_events()
    {
        Assert.Equal(
            ["PixeeEvents.Catalog"], Modules.Where(m => References(m).Contains("PixeeEvents.ReadModels")).Select(m => m.GetName().Name));
        Assert.Equal(
            ["PixeeEvents.Webhooks"], Modules.Where(m => References(m).Contains("PixeeEvents.PublicEvents")).Select(m => m.GetName().Name));
    }

    [Fact]
    public void no_sql_names_the_schema_of_another()
    {
        var files = Files("*.cs").Concat(Files("*.sql")).ToList();
        Assert.True(files.Count > 50);
        var uses = files.SelectMany(f => SchemaTable().Matches(f.Text).Select(m => (f.Path, Schema: m.Groups["schema"].Value))).ToList();
        Assert.Superset(Owners.Keys.ToHashSet(), uses.Select(u => u.Schema).ToHashSet());
        Assert.Equal(
            [],
            uses.Where(u => !u.Path.StartsWith(Owners[u.Schema], StringComparison.Ordinal)).Select(u => $"{u.Path}: {u.Schema}"));
    }

    [Fact]
    public void the_ground_knows_nothing_of_products()
    {
        var ground = Ground.Select(g => g.GetName().Name!["PixeeEvents.".Length..] + "/").ToList();
        var files = Files("*.cs")
            .Concat(Files("*.sql")).Where(f => ground.Exists(g => f.Path.StartsWith(g, StringComparison.Ordinal))).ToList();
        Assert.Equal(ground.Count, files.Select(f => f.Path[..f.Path.IndexOf('/', StringComparison.Ordinal)]).Distinct().Count());
        Assert.Empty(files.Where(f => Trade().IsMatch(f.Text)).Select(f => f.Path));
    }

    [Fact]
    public void no_module_speaks_the_language_of_a_face()
    {
        var modules = Modules.Select(m => m.GetName().Name!["PixeeEvents.".Length..]).ToHashSet(StringComparer.Ordinal);
        var files = Files("*.cs").Concat(Files("*.sql")).Where(f => modules.Contains(f.Path.Split('/')[0])).ToList();
        Assert.Equal(modules.Count, files.Select(f => f.Path.Split('/')[0]).Distinct().Count());
        Assert.Empty(files.Where(f => FaceWords().IsMatch(f.Text)).Select(f => f.Path));
    }

    [Fact]
    public void a_face_references_no_other_face_and_what_calls_come_in_by_knows_none()
    {
        var names = Faces.Select(f => f.GetName().Name!).ToList();
        foreach (var assembly in Faces.Append(typeof(Gate).Assembly))
        {
            Assert.Contains("PixeeEvents.EventLog", References(assembly));
            Assert.Empty(References(assembly).Intersect(names.Append("PixeeEvents.Host")));
        }
    }

    private static string[] References(Assembly assembly) =>
        [
            .. assembly.GetReferencedAssemblies().Select(a => a.Name!).Where(n => n.StartsWith("PixeeEvents.", StringComparison.Ordinal))
            .Order()];

    private static IEnumerable<(string Path, string Text)> Files(string pattern) =>
        from file in Directory.EnumerateFiles(Source(), pattern, SearchOption.AllDirectories)
        let path = Path.GetRelativePath(Source(), file).Replace('\\', '/')
        where !path.Contains("/obj/", StringComparison.Ordinal) && !path.Contains("/bin/", StringComparison.Ordinal)
        select (path, File.ReadAllText(file));

    private static string Source([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "src"));

    [GeneratedRegex(@"(?<!pixee\.)\b(?<schema>accounts|catalog|inventory|pricing|webhooks|windev|sync|winddle)\.(?=[a-z_]+\b)(?!read\b|write\b|sync\b|cs\b)", RegexOptions.None, 5000)]
    private static partial Regex SchemaTable();

    [GeneratedRegex(@"\b(?:product|stock|price|supplier|catalog|windev)s?\b", RegexOptions.IgnoreCase, 5000)]
    private static partial Regex Trade();

    [GeneratedRegex(@"price_ht|price_ttc|windev|winddle|[àâçéèêëîïôùû]", RegexOptions.IgnoreCase, 5000)]
    private static partial Regex FaceWords();
}
