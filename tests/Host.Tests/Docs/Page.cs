using Markdig;
using Markdig.Extensions.AutoIdentifiers;
using Markdig.Extensions.Tables;
using Markdig.Renderers.Html;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace PixeeEvents.Host.Tests.Docs;

/// <summary>A page of the documentation as its readers see it.</summary>
internal sealed class Page
{
    private static readonly MarkdownPipeline Pipeline =
        new MarkdownPipelineBuilder().UsePipeTables().UseAutoIdentifiers(AutoIdentifierOptions.GitHub).Build();

    private readonly MarkdownDocument _text;

    private Page(string path)
    {
        Name = Path.GetRelativePath(CommandLine.Root(), path);
        _text = Markdown.Parse(File.ReadAllText(path), Pipeline);
    }

    /// <summary>The README and everything below <c>docs</c>.</summary>
    public static IReadOnlyList<Page> All { get; } =
    [
        .. Directory.EnumerateFiles(Path.Combine(CommandLine.Root(), "docs"), "*.md", SearchOption.AllDirectories)
            .Append(Path.Combine(CommandLine.Root(), "README.md")).Order(StringComparer.Ordinal).Select(p => new Page(p)),
    ];

    /// <summary>Its path in the repository.</summary>
    public string Name { get; }

    public IReadOnlyList<string> Anchors => [.. _text.Descendants<HeadingBlock>().Select(h => h.GetAttributes().Id!)];

    public IReadOnlyList<string> Links => [.. _text.Descendants<LinkInline>().Select(l => l.Url!)];

    /// <summary>Language, text, and whether it stands directly behind another block, with no word between them.</summary>
    public IReadOnlyList<(string Language, string Text, bool Follows)> Blocks =>
    [
        .. _text.Descendants<FencedCodeBlock>().Select(b =>
            (b.Info ?? "", b.Lines.ToString(), b.Parent!.IndexOf(b) is > 0 and var place && b.Parent[place - 1] is FencedCodeBlock)),
    ];

    public static Page Named(string name) => All.Single(p => p.Name == name);

    /// <summary>What stands as code in each cell of the tables below a heading, row by row; the head of a table is left out.</summary>
    public IReadOnlyList<string[][]> Tables(string heading)
    {
        var rows = new List<string[][]>();
        var below = int.MaxValue;
        foreach (var block in _text)
        {
            if (block is HeadingBlock { Level: var level } found)
            {
                below = found.GetAttributes().Id == heading ? level : level <= below ? int.MaxValue : below;
            }
            else if (block is Table table && below < int.MaxValue)
            {
                rows.AddRange(table.OfType<TableRow>().Where(r => !r.IsHeader)
                    .Select(r => r.Select(c => c.Descendants<CodeInline>().Select(i => i.Content).ToArray()).ToArray()));
            }
        }

        return rows;
    }
}
