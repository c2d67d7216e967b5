using System.Runtime.CompilerServices;
using Xunit;

namespace PixeeEvents.Architecture.Tests;

/// <summary>How the source looks.</summary>
public sealed class SourceSpecs
{
    private const int Widest = 140;

    [Fact]
    public void no_line_is_wider_than_140_columns()
    {
        var files = Directory.EnumerateFiles(Source(), "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal) && !f.Contains("/bin/", StringComparison.Ordinal)).ToList();
        Assert.True(files.Count > 300, $"{files.Count} files");
        Assert.Empty(files.SelectMany(f => File.ReadLines(f).Index().Where(l => l.Item.Length > Widest).Select(l => $"{f}:{l.Index + 1}")));
    }

    private static string Source([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "src"));
}
