using Xunit;

namespace PixeeEvents.Host.Tests.Docs;

public sealed class LinkSpecs
{
    [Fact]
    public void every_link_within_the_repository_leads_to_a_file_and_to_a_heading_in_it()
    {
        var links = Page.All.SelectMany(p => p.Links.Select(l => (Page: p, Link: l)))
            .Where(l => !Uri.TryCreate(l.Link, UriKind.Absolute, out _)).ToList();
        Assert.True(links.Count > 20);
        Assert.Empty(links.Where(l => !IsGood(l.Page, l.Link)).Select(l => $"{l.Page.Name}: {l.Link}"));
    }

    private static bool IsGood(Page from, string link)
    {
        var parts = link.Split('#', 2);
        var target = parts[0].Length == 0 ? from.Name : Path.GetRelativePath(
            CommandLine.Root(), Path.GetFullPath(Path.Combine(CommandLine.Root(), Path.GetDirectoryName(from.Name)!, parts[0])));
        var file = Path.Combine(CommandLine.Root(), target);
        return (File.Exists(file) || Directory.Exists(file)) && (parts is [_] || Page.Named(target).Anchors.Contains(parts[1]));
    }
}
