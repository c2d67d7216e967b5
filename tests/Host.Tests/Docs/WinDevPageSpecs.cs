using System.Reflection;
using System.Text.RegularExpressions;
using PixeeEvents.Catalog;
using PixeeEvents.EventLog;
using PixeeEvents.WinDev.Wire;
using Xunit;

namespace PixeeEvents.Host.Tests.Docs;

public sealed partial class WinDevPageSpecs
{
    private const long Number = 42;
    private const string Text = "texte";

    [Theory]
    [InlineData("docs/windev.md", "all-messages")]
    [InlineData("docs/fr/windev.md", "tous-les-messages")]
    public void the_page_names_every_message_of_the_face_and_no_other(string page, string heading)
    {
        var named = Page.Named(page).Tables(heading).SelectMany(row => row.First(cell => cell.Any(IsSentence)).Where(IsSentence)).ToList();
        var patterns = named.ToDictionary(n => n, n => new Regex(
            "^" + string.Join(".+", Placeholder().Split(n).Select(Regex.Escape)) + "$", RegexOptions.None, TimeSpan.FromSeconds(1)));
        Assert.DoesNotContain(Sentences(), s => !patterns.Values.Any(p => p.IsMatch(s)));
        Assert.DoesNotContain(patterns.Values, p => !Sentences().Any(p.IsMatch));

        static bool IsSentence(string code) => code.Contains(' ', StringComparison.Ordinal) && !code.Contains('=');
    }

    [Fact]
    public void both_languages_show_the_same_code_calls_and_answers_and_the_same_table_of_messages()
    {
        var (english, french) = (Page.Named("docs/windev.md"), Page.Named("docs/fr/windev.md"));
        Assert.Equal(english.Blocks, french.Blocks);
        Assert.Equal(
            english.Tables("all-messages").Select(r => string.Join('|', r[..^1].Select(c => string.Join('+', c)))),
            french.Tables("tous-les-messages").Select(r => string.Join('|', r[..^1].Select(c => string.Join('+', c)))));
    }

    [Fact]
    public void a_french_sentence_of_the_face_stands_with_the_others()
    {
        var files = Directory.EnumerateFiles(Path.Combine(CommandLine.Root(), "src"), "*.cs", SearchOption.AllDirectories)
            .Where(f => Path.GetDirectoryName(f)!.Split(Path.DirectorySeparatorChar).Contains("WinDev")).ToList();
        Assert.Contains(files, f => Path.GetFileName(f) == "Messages.cs");
        Assert.Empty(files.Where(f => Path.GetFileName(f) != "Messages.cs")
            .SelectMany(f => FrenchText().Matches(File.ReadAllText(f)).Select(m => $"{Path.GetFileName(f)}: {m.Value}")));
    }

    /// <summary>Whatever the messages can say, of some values.</summary>
    private static HashSet<string> Sentences()
    {
        var all = typeof(Messages).GetMembers(BindingFlags.Public | BindingFlags.Static);
        var constants = all.OfType<FieldInfo>().Select(f => (string)f.GetRawConstantValue()!);
        var made = all.OfType<MethodInfo>()
            .SelectMany(m => Combinations(m.GetParameters()).Select(values => (string)m.Invoke(null, values)!));
        return [.. constants.Concat(made).Where(m => m.Contains(' ', StringComparison.Ordinal))];
    }

    private static IEnumerable<object?[]> Combinations(ParameterInfo[] parameters) => parameters.Aggregate(
        (IEnumerable<object?[]>)[[]],
        (sofar, parameter) => sofar.SelectMany(values => Values(parameter.ParameterType).Select(v => (object?[])[.. values, v])));

    private static IEnumerable<object?> Values(Type type) =>
        type == typeof(string) ? [Text]
        : type == typeof(int) ? [(int)Number]
        : type == typeof(long) ? [Number]
        : type == typeof(byte) ? [(byte)0xAB]
        : type == typeof(bool) ? [true, false]
        : type.IsEnum ? Enum.GetValues(type).Cast<object?>()
        : type == typeof((long, long)?) ? [null, (Number, Number)]
        : type == typeof(Refusal) ? [.. Refusals().Append(Text).Select(code => new Refusal(code, ""))]
        : type == typeof(ProductField) ? [new ProductField(Text, FieldKind.Text, Number, Number, (int)Number)]
        : throw new NotSupportedException($"What values has {type}?");

    /// <summary>The codes that messages have a sentence for.</summary>
    private static IEnumerable<string> Refusals()
    {
        var source = File.ReadAllText(
            Directory.EnumerateFiles(Path.Combine(CommandLine.Root(), "src"), "Messages.cs", SearchOption.AllDirectories).Single());
        return RefusalCode().Matches(source).Select(m => m.Groups["code"].Value).Append(ProductFields.UnreachableReference);
    }

    [GeneratedRegex(@"\{[^}…]*\}", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Placeholder();

    [GeneratedRegex("\"(?<code>[a-z_]+)\" =>", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex RefusalCode();

    /// <summary>Words of which one has an accent, but for the values of JSON.</summary>
    [GeneratedRegex(
        """(?<!": )"(?=[\p{L}{])(?=[^"\n]*\p{L} )(?=[^"\n]*[À-ÿ])[^"\n]*["]""", RegexOptions.None, matchTimeoutMilliseconds: 5000)]
    private static partial Regex FrenchText();
}
