using System.Collections;
using System.Globalization;
using System.Text.RegularExpressions;
using Xunit;

namespace PixeeEvents.Host.Tests.Docs;

/// <summary>The table of settings against what the program reads: sections bound to classes, and keys read by themselves.</summary>
public sealed partial class SettingSpecs
{
    private static readonly string[] Sources =
    [
        .. Directory.EnumerateFiles(Path.Combine(CommandLine.Root(), "src"), "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal)).Select(File.ReadAllText),
    ];

    /// <summary>The setting's names and its default.</summary>
    private static List<(string[] Names, string Default)> Table { get; } =
        [.. Page.Named("docs/operations.md").Tables("settings").Select(row => (row[0], string.Join(' ', row[1])))];

    [Fact]
    public void every_setting_that_is_read_is_in_the_table_and_no_other()
    {
        var read = Bound().Select(b => b.Name).Concat(Keys()).ToHashSet(StringComparer.Ordinal);
        Assert.True(read.Count > 30);
        Assert.Equal(read.Order(StringComparer.Ordinal), Table.SelectMany(t => t.Names).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void the_defaults_are_those_of_the_program()
    {
        foreach (var (name, value) in Bound())
        {
            var row = Table.Single(t => t.Names.Contains(name));
            Assert.Equal($"{name} {value}", $"{name} {row.Default}");
        }
    }

    /// <summary>Of the classes that a section is bound to.</summary>
    private static IEnumerable<(string Name, string Default)> Bound()
    {
        var types = AppDomain.CurrentDomain.GetAssemblies()
            .Where(a => a.GetName().Name!.StartsWith("PixeeEvents.", StringComparison.Ordinal))
            .SelectMany(a => a.GetTypes()).ToLookup(t => t.Name, StringComparer.Ordinal);
        var sections = Sources.SelectMany(s => Section().Matches(s)).ToList();
        Assert.True(sections.Count >= 6);
        foreach (var section in sections)
        {
            var options = Activator.CreateInstance(types[section.Groups["type"].Value].Single())!;
            foreach (var property in options.GetType().GetProperties())
            {
                var name = $"{section.Groups["name"].Value}__{property.Name}";
                if (property.GetValue(options) is IDictionary entries)
                {
                    foreach (DictionaryEntry entry in entries)
                    {
                        yield return ($"{name}__{entry.Key}", Shown(entry.Value));
                    }
                }
                else if (property.CanWrite)
                {
                    yield return (name, Shown(property.GetValue(options)));
                }
            }
        }
    }

    private static IEnumerable<string> Keys() =>
        Sources.SelectMany(s => Key().Matches(s)).Select(m => m.Groups["name"].Value);

    private static string Shown(object? value) => value switch
    {
        null or "" => "",
        bool flag => flag ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    [GeneratedRegex(
        @"AddOptions<(?<type>\w+)>\(\)\s*\.BindConfiguration\(""(?<name>\w+)""\)", RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Section();

    [GeneratedRegex(
        @"[cC]onfiguration\[""(?<name>\w+)""\]|""(?<name>(PIXEE|OTEL)_[A-Z_]+|ConnectionStrings__\w+)""", RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Key();
}
