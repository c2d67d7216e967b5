using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using PixeeEvents.Testing;
using Xunit;

namespace PixeeEvents.Host.Tests.Docs;

/// <summary>
/// A block of <c>sh</c> is run, in the page's order, against a server with the demo company, and a block of <c>json</c> directly
/// behind it is the last answer in it. What is only to be read is a block of <c>bash</c>.
/// </summary>
public sealed partial class BlockSpecs
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<string> Pages => [.. Page.All.Where(p => p.Blocks.Any(b => b.Language == "sh")).Select(p => p.Name)];

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task every_command_of_a_page_does_what_the_page_says(string name)
    {
        await using var database = await TestDatabase.Create();
        using var server = await Victim.Start(
            database.ConnectionString, ("Webhooks__AllowHttp", "true"), ("Webhooks__AllowedNetworks", "127.0.0.0/8"));
        var key = await Run(database, "keys create --company demo --name docs");
        var token = await Run(database, "tokens create --company demo --user admin@demo.example");
        var folder = Directory.CreateTempSubdirectory("pixee-docs-");
        try
        {
            var blocks = Page.Named(name).Blocks;
            await Prepare(folder.FullName, blocks, server.Address, key, token);
            var said = await Bash(folder.FullName, database.ConnectionString, server.Address, key, token);
            var problems = Path.Combine(folder.FullName, "problems");
            Assert.False(File.Exists(problems), File.Exists(problems) ? await File.ReadAllTextAsync(problems, Stop) + Tail(said) : "");
            for (var i = 1; i < blocks.Count; i++)
            {
                if (blocks[i] is { Language: "json", Follows: true } && blocks[i - 1].Language == "sh")
                {
                    var answer = JsonSerializer.Deserialize<JsonElement>(await File.ReadAllTextAsync(Answer(folder.FullName, i - 1), Stop));
                    var shown = JsonSerializer.Deserialize<JsonElement>(blocks[i].Text);
                    Assert.True(IsAsShown(shown, answer), $"{blocks[i].Text}\nis\n{answer}");
                }
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void the_pages_show_answers_that_are_compared() => Assert.True(
        Page.All.SelectMany(p => p.Blocks).Count(b => b is { Language: "json", Follows: true }) > 10);

    private static async Task<string> Run(TestDatabase database, string command)
    {
        var (exit, said) = await CommandLine.Run(database.ConnectionString, command, Stop);
        Assert.Equal((0, said), (exit, said));
        return said;
    }

    private static async Task Prepare(
        string folder, IReadOnlyList<(string Language, string Text, bool Follows)> blocks, Uri server, string key, string token)
    {
        var script = new StringBuilder(await File.ReadAllTextAsync(Beside("blocks.sh"), Stop));
        for (var i = 0; i < blocks.Count; i++)
        {
            if (blocks[i].Language == "sh")
            {
                var text = blocks[i].Text
                    .Replace("http://127.0.0.1:5080", server.AbsoluteUri.TrimEnd('/'), StringComparison.Ordinal)
                    .Replace("pm_live_…", key, StringComparison.Ordinal).Replace("pm_user_…", token, StringComparison.Ordinal);
                text = Refusal().Replace(text, "expect=${status} ${call}");
                script.Append(CultureInfo.InvariantCulture, $"\n{text}\ncp answer {Answer("", i)} 2>/dev/null || true\n");
            }
        }

        await File.WriteAllTextAsync(Path.Combine(folder, "page.sh"), script.ToString(), Stop);
        await File.WriteAllTextAsync(
            Path.Combine(folder, "catalogue.csv"), "reference;name;price_ht;stock\nCSV-1;Câble;5,00;3\n", Stop);
        await File.WriteAllTextAsync(Path.Combine(folder, "notice.pdf"), "%PDF-1.4\n", Stop);
        File.Copy(Beside("pixee.sh"), Path.Combine(folder, "pixee"));
        File.SetUnixFileMode(Path.Combine(folder, "pixee"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    /// <returns>What was said.</returns>
    private static async Task<string> Bash(string folder, string connectionString, Uri server, string key, string token)
    {
        var start = new ProcessStartInfo("bash", ["page.sh"])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
            WorkingDirectory = folder,
        };
        foreach (var (name, value) in (ReadOnlySpan<(string, string)>)
        [
            ("KEY", key), ("TOKEN", token), ("PROGRAM", CommandLine.Program), ("PIXEE_URL", server.AbsoluteUri.TrimEnd('/')),
            ("ConnectionStrings__Postgres", connectionString),
        ])
        {
            start.Environment[name] = value;
        }

        using var bash = Process.Start(start)!;
        var said = await bash.StandardOutput.ReadToEndAsync(Stop);
        await bash.WaitForExitAsync(Stop);
        return said;
    }

    private static string Tail(string said) => said.Length <= 3000 ? said : "…" + said[^3000..];

    /// <summary>A text with an ellipsis stands for any, and a moment in seconds for any.</summary>
    private static bool IsAsShown(JsonElement shown, JsonElement answer) => (shown.ValueKind, answer.ValueKind) switch
    {
        (JsonValueKind.Object, JsonValueKind.Object) =>
            shown.EnumerateObject().Select(p => p.Name).SequenceEqual(answer.EnumerateObject().Select(p => p.Name))
            && shown.EnumerateObject().All(p => IsAsShown(p.Value, answer.GetProperty(p.Name))),
        (JsonValueKind.Array, JsonValueKind.Array) =>
            shown.GetArrayLength() == answer.GetArrayLength()
            && shown.EnumerateArray().Zip(answer.EnumerateArray(), IsAsShown).All(same => same),
        (JsonValueKind.String, JsonValueKind.String) when shown.GetString()!.Contains('…') => true,
        (JsonValueKind.Number, JsonValueKind.Number) when shown.GetDouble() > 1e9 => answer.GetDouble() > 1e9,
        _ => JsonElement.DeepEquals(shown, answer),
    };

    private static string Answer(string folder, int block) => Path.Combine(folder, $"answer.{block}");

    private static string Beside(string file) => Path.Combine(CommandLine.Root(), "tests", "Host.Tests", "Docs", file);

    /// <summary>A call that the page says is refused: the status stands in the comment behind it.</summary>
    [GeneratedRegex(
        @"^(?<call>curl .*#\s*(?<status>[45]\d\d)\b.*)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Refusal();
}
