using System.Runtime.CompilerServices;
using Xunit;

namespace PixeeEvents.Architecture.Tests;

/// <summary>How the source looks.</summary>
public sealed class SourceSpecs
{
    private const int Widest = 140;
    private const int Fullest = 12;
    private const int Longest = 400;

    [Fact]
    public void no_line_is_wider_than_140_columns()
    {
        var files = Files("src");
        Assert.True(files.Count > 300, $"{files.Count} files");
        Assert.Empty(files.SelectMany(f => File.ReadLines(f).Index().Where(l => l.Item.Length > Widest).Select(l => $"{f}:{l.Index + 1}")));
    }

    [Theory]
    [InlineData("src")]
    [InlineData("tests")]
    [InlineData("benchmarks")]
    public void no_folder_holds_more_than_12_files(string folder)
    {
        var folders = Files(folder).GroupBy(f => Path.GetDirectoryName(f)!).ToList();
        Assert.True(folders.Count > 5, $"{folders.Count} folders");
        Assert.Empty(folders.Where(f => f.Count() > Fullest).Select(f => $"{f.Key}: {f.Count()}"));
    }

    [Theory]
    [InlineData("src")]
    [InlineData("tests")]
    [InlineData("benchmarks")]
    public void no_file_is_longer_than_400_lines(string folder) =>
        Assert.DoesNotContain(Files(folder), f => File.ReadLines(f).Count() > Longest);

    private static List<string> Files(string folder) =>
    [
        .. Directory.EnumerateFiles(Path.Combine(Root(), folder), "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal) && !f.Contains("/bin/", StringComparison.Ordinal)),
    ];

    private static string Root([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", ".."));
}
