using System.Text.RegularExpressions;
using Xunit;

namespace PixeeEvents.Host.Tests.WinDev;

public sealed class EnvelopeSpecs(SharedServer server)
{
    [Theory]
    [InlineData("GET", "nothing")]
    [InlineData("GET", "")]
    [InlineData("GET", "products/A/B")]
    [InlineData("POST", "products/A/archive")]
    [InlineData("GET", "products/since/1/2")]
    public async Task an_unknown_route_is_not_found(string method, string path)
    {
        var erp = await server.Company();
        (await erp.Send(new HttpMethod(method), path)).AssertRefused(404, "Ressource introuvable");
    }

    [Theory]
    [InlineData("DELETE", "products/A", "GET, HEAD, PATCH")]
    [InlineData("PUT", "products", "GET, HEAD")]
    [InlineData("GET", "stock/update", "POST")]
    [InlineData("GET", "prices/update", "POST")]
    [InlineData("POST", "status", "GET, HEAD")]
    [InlineData("GET", "products/A/activate", "POST")]
    [InlineData("PATCH", "categories", "GET, HEAD")]
    public async Task another_method_is_refused_and_the_right_ones_named(string method, string path, string allow)
    {
        var erp = await server.Company();
        var answer = (await erp.Send(new HttpMethod(method), path)).AssertRefused(405, "Méthode non autorisée pour cette ressource");
        Assert.Equal(allow, string.Join(", ", answer.ContentHeaders.Allow.Order()));
    }

    [Fact]
    public async Task paths_are_found_in_any_case_and_with_a_slash_at_the_end()
    {
        var erp = await server.Company();
        Assert.Equal(200, (int)(await erp.Get("/API/V1/WinDev/Products/")).Status);
        (await erp.Get("/API/V1/WINDEV/nothing")).AssertRefused(404);
    }

    [Fact]
    public async Task a_failure_carries_the_trace_id_and_no_internals()
    {
        await using var broken = await WinDevServer.Start();
        var erp = await broken.Company();
        await erp.Given(1);
        await broken.Scalar<int>("alter table windev.figures rename to elsewhere");
        foreach (var (method, path, body) in new[]
        {
            ("GET", "products", null), ("GET", "products/ART-001", null), ("GET", "products/since/0", null),
            ("PATCH", "products/ART-001", """{"brand":"x"}"""),
            ("POST", "products/ART-001/deactivate", null), ("POST", "stock/update", """[{"ean":"3760000000001","stock":1}]"""),
            ("POST", "prices/update", """[{"ean":"3760000000001","price_ht":1}]"""),
            ("POST", "products/sync", """[{"reference":"B","name":"b"}]"""),
        })
        {
            using var request = new HttpRequestMessage(
                new HttpMethod(method),
                path)
            { Content = body is null ? null : new StringContent(body, System.Text.Encoding.UTF8, "application/json") };
            var trace = Guid.NewGuid().ToString("N");
            request.Headers.Add("traceparent", $"00-{trace}-0123456789abcdef-01");
            (await erp.Send(request)).AssertRefused(500, $"Erreur interne (trace {trace})");
        }

        Assert.Matches("^Erreur interne \\(trace [0-9a-f]{32}\\)$", (await erp.Get("products")).AssertRefused(500).Message);
        await erp.AssertNothingHappened();
        await broken.Scalar<int>("alter table windev.elsewhere rename to figures");
        (await erp.Get("products")).AssertOk("1 produits trouvés");
    }

    [Fact]
    public async Task a_database_out_of_reach_is_a_failure_in_the_envelope()
    {
        await using var broken = await WinDevServer.Start();
        var erp = await broken.Company();
        await broken.Scalar<int>("alter table accounts.api_keys rename to elsewhere");
        var text = (await (await Unread(broken)).Get("products")).AssertRefused(500).Text;
        Assert.DoesNotMatch(new Regex("elsewhere|api_keys|Npgsql|relation", RegexOptions.IgnoreCase, TimeSpan.FromSeconds(1)), text);
        Assert.NotEmpty(erp.RawKey);

        static Task<WinDevClient> Unread(WinDevServer server) =>
            Task.FromResult(new WinDevClient(server, "x", Guid.Empty, "pm_live_" + new string('x', 43)));
    }
}
