using System.Net.Http.Headers;
using System.Text;
using Xunit;

namespace PixeeEvents.Host.Tests.WinDev;

public sealed class AccessSpecs(WinDevServer server) : IClassFixture<WinDevServer>
{
    public static TheoryData<string, string, string, string?> Endpoints { get; } = new()
    {
        { "GET", "products", "windev:read", null },
        { "GET", "products/since/0", "windev:read", null },
        { "GET", "products/ART-001", "windev:read", null },
        { "GET", "categories", "windev:read", null },
        { "GET", "suppliers", "windev:read", null },
        { "PATCH", "products/ART-001", "windev:write", """{"brand":"x"}""" },
        { "POST", "products/ART-001/activate", "windev:write", null },
        { "POST", "products/ART-001/deactivate", "windev:write", null },
        { "POST", "stock/update", "windev:write", """[{"ean":"3760000000001","stock":1}]""" },
        { "POST", "prices/update", "windev:write", """[{"ean":"3760000000001","price_ht":1}]""" },
        { "POST", "products/sync", "windev:sync", """[{"reference":"ART-001","name":"Autre"}]""" },
    };

    [Theory]
    [MemberData(nameof(Endpoints))]
    public async Task an_endpoint_opens_for_its_scope_alone(string method, string path, string scope, string? body)
    {
        var erp = await server.Company();
        await erp.Given(1);
        var others = new[] { "windev:read", "windev:write", "windev:sync" }.Where(s => s != scope).ToArray();
        (await (await server.Client(erp.Company, others)).Send(new HttpMethod(method), path, body))
            .AssertRefused(403, $"Permission insuffisante : scope {scope} requis");
        await erp.AssertNothingHappened();
        Assert.Equal(200, (int)(await (await server.Client(erp.Company, scope)).Send(new HttpMethod(method), path, body)).Status);
    }

    [Theory]
    [MemberData(nameof(Endpoints))]
    public async Task an_endpoint_stays_shut_without_a_valid_key(string method, string path, string scope, string? body)
    {
        Assert.NotEmpty(scope);
        var erp = await server.Company();
        await erp.Given(1);
        (await Send(null)).AssertRefused(401, "Clé API manquante : en-tête X-API-Key requis");
        foreach (
            var key in new[] { "x", erp.RawKey[..^1], erp.RawKey + "A", erp.RawKey.ToLowerInvariant(), "pm_live_" + new string('A', 43), new string('é', 60) })
        {
            (await Send(key)).AssertRefused(401, "Clé API invalide, expirée ou révoquée");
        }

        await erp.AssertNothingHappened();

        async Task<Answer> Send(string? key)
        {
            using var handler = new SocketsHttpHandler { RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8 };
            using var http = new HttpClient(handler) { BaseAddress = erp.Http.BaseAddress };
            using var request = new HttpRequestMessage(new HttpMethod(method), path);
            request.Content = body is null ? null : new StringContent(body, MediaTypeHeaderValue.Parse("application/json"));
            if (key is not null)
            {
                request.Headers.TryAddWithoutValidation("X-API-Key", key);
            }

            using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
            return new Answer(
                response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), response.Headers,
                response.Content.Headers);
        }
    }

    [Theory]
    [MemberData(nameof(Endpoints))]
    public async Task P8_one_company_never_sees_or_touches_anothers_data(string method, string path, string scope, string? body)
    {
        Assert.NotEmpty(scope);
        var owner = await server.Company();
        await owner.Sync("""[{"reference":"ART-001","ean":"3760000000001","name":"Article 1","stock":7,"price_ht":3}]""");
        await server.Catalog.Categories.Put(owner.Company, "Secret", "secret", null, 1, CancellationToken.None);
        await server.Inventory.PutSupplier(owner.Company, "SECRET", "Secret", null, CancellationToken.None);
        var before = (await owner.Product("ART-001")).Text;
        await owner.NewEvents();
        await owner.NewMessages();
        var stranger = await server.Company();
        var answer = await stranger.Send(new HttpMethod(method), path, body);
        Assert.DoesNotContain("Article 1", answer.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", answer.Text, StringComparison.OrdinalIgnoreCase);
        if (path.StartsWith("products/ART-001", StringComparison.Ordinal))
        {
            answer.AssertRefused(404);
        }
        else if (path.EndsWith("update", StringComparison.Ordinal))
        {
            Assert.Equal("not_found", answer.Column("status"));
        }
        else if (path == "products/sync")
        {
            Assert.Equal("created", answer.Column("status"));
        }

        await owner.AssertNothingHappened();
        Assert.Equal(before, (await owner.Product("ART-001")).Text);
    }

    [Fact]
    public async Task a_supplier_of_another_company_is_unknown()
    {
        var (owner, stranger) = (await server.Company(), await server.Company());
        await server.Inventory.PutSupplier(owner.Company, "OURS", "Ours", null, CancellationToken.None);
        await stranger.Given(1);
        (await stranger.Stock("""[{"ean":"3760000000001","stock":1,"supplier_code":"OURS"}]"""))
            .AssertOk("Stocks : 0 mis à jour, 0 introuvables, 1 erreurs");
        (await stranger.Patch("ART-001", """{"stock":1,"supplier_code":"OURS"}""")).AssertRefused(422);
    }

    [Fact]
    public async Task a_bearer_token_opens_nothing()
    {
        var erp = await server.Company();
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", erp.RawKey);
        using var response = await http.GetAsync(new Uri(erp.Http.BaseAddress!, "products"), TestContext.Current.CancellationToken);
        Assert.Equal(401, (int)response.StatusCode);
    }

    [Fact]
    public async Task a_revoked_key_is_shut_out_at_once_and_a_rotated_one_is_replaced()
    {
        var erp = await server.Company();
        (await erp.Get("products")).AssertOk("0 produits trouvés");
        var raw = await server.Accounts.RotateKey(erp.KeyId, CancellationToken.None);
        (await erp.Get("products")).AssertRefused(401);
        var rotated = new WinDevClient(server, erp.Company, erp.KeyId, raw!);
        (await rotated.Get("products")).AssertOk("0 produits trouvés");
        Assert.True(await server.Accounts.RevokeKey(erp.KeyId, CancellationToken.None));
        (await rotated.Get("products")).AssertRefused(401);
    }
}
