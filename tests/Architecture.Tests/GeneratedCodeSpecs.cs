using System.Diagnostics;
using System.Runtime.CompilerServices;
using Xunit;

namespace PixeeEvents.Architecture.Tests;

/// <summary>The code that the build makes of endpoints and handlers, and that the program calls them by.</summary>
public sealed class GeneratedCodeSpecs
{
    [Fact]
    public async Task the_program_was_built_with_the_code_that_its_endpoints_and_handlers_call_for()
    {
        var fresh = Directory.CreateTempSubdirectory("pixee-handlers-");
        try
        {
            var generator = Path.Combine(
                AppContext.BaseDirectory.Replace("tests/Architecture.Tests", "src/Codegen", StringComparison.Ordinal),
                "PixeeEvents.Codegen.dll");
            using var process = Process.Start(
                new ProcessStartInfo("dotnet", [generator, fresh.FullName]) { RedirectStandardOutput = true, UseShellExecute = false })!;
            var said = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.True(process.ExitCode == 0, said);
            var made = Sources(fresh.FullName);
            Assert.True(made.Count > 60, $"{made.Count} files");
            Assert.Equal(made, Sources(Path.Combine(Source(), "Server", "obj", "Handlers")));
        }
        finally
        {
            fresh.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task the_program_brings_no_compiler()
    {
        var needs = await File.ReadAllTextAsync(
            Path.Combine(
                AppContext.BaseDirectory.Replace("tests/Architecture.Tests", "src/Server", StringComparison.Ordinal),
                "PixeeEvents.Server.deps.json"),
            TestContext.Current.CancellationToken);
        Assert.Contains("Wolverine.Http.dll", needs, StringComparison.Ordinal);
        Assert.DoesNotContain("Microsoft.CodeAnalysis", needs, StringComparison.Ordinal);
    }

    private static SortedDictionary<string, string> Sources(string folder) => new(
        Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
            .ToDictionary(f => Path.GetRelativePath(folder, f), File.ReadAllText),
        StringComparer.Ordinal);

    private static string Source([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "src"));
}
