using System.Text.Json;
using System.Text.RegularExpressions;
using PixeeEvents.Host.OpenApi;
using Xunit;

namespace PixeeEvents.Host.Tests.OpenApi;

public sealed partial class PageSpecs(WinDevServer server) : IClassFixture<WinDevServer>
{
    private static readonly HttpClient Http = new();

    [Fact]
    public async Task the_root_names_what_there_is_and_all_of_it_answers_without_a_key()
    {
        var root = JsonSerializer.Deserialize<JsonElement>(await Text("/"));
        var named = root.GetProperty("openapi").EnumerateObject().Select(d => d.Value.GetString()!)
            .Concat([root.GetProperty("docs").GetString()!, root.GetProperty("health").GetString()!]).ToList();
        Assert.Equal(2 + Face.All.Count + 1, named.Count);
        foreach (var path in named)
        {
            using var answer = await Http.GetAsync(new Uri(server.Address, path), TestContext.Current.CancellationToken);
            Assert.True(answer.IsSuccessStatusCode, path);
        }
    }

    [Fact]
    public async Task the_page_loads_nothing_from_elsewhere_and_runs_only_the_scripts_that_it_names()
    {
        using var page = await Http.GetAsync(new Uri(server.Address, "/docs/"), TestContext.Current.CancellationToken);
        var html = await page.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var policy = page.Headers.GetValues("Content-Security-Policy").Single();
        var nonces = Nonce().Matches(html).Select(m => m.Groups["nonce"].Value).ToList();
        Assert.Equal(3, nonces.Count);
        Assert.Contains($"script-src 'self' 'nonce-{nonces.Distinct().Single()}'", policy, StringComparison.Ordinal);
        Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain(nonces[0], await Text("/docs/"), StringComparison.Ordinal);
        Assert.DoesNotContain("://", html, StringComparison.Ordinal);
        foreach (var script in Script().Matches(html).Select(m => m.Groups["name"].Value))
        {
            using var asset = await Http.GetAsync(new Uri(server.Address, "/docs/" + script), TestContext.Current.CancellationToken);
            Assert.Equal((true, "text/javascript"), (asset.IsSuccessStatusCode, asset.Content.Headers.ContentType?.MediaType));
        }

        Assert.All(Face.All, f => Assert.Contains(f.Path[1..], html, StringComparison.Ordinal));
        // A way in that one document has and another has not would be offered, and fail, in both.
        Assert.DoesNotContain("preferredSecurity", html, StringComparison.OrdinalIgnoreCase);
    }

    private Task<string> Text(string path) => Http.GetStringAsync(new Uri(server.Address, path), TestContext.Current.CancellationToken);

    [GeneratedRegex("nonce=\"(?<nonce>[^\"]+)\"", RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex Nonce();

    [GeneratedRegex("src=\"(?<name>[^\"]+)\"", RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex Script();
}
