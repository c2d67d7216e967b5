using System.Net.Http.Headers;
using Xunit;

namespace PixeeEvents.Host.Tests.Winddle;

public sealed class IdentitySpecs(WinDevServer server) : IClassFixture<WinDevServer>
{
    [Theory]
    [InlineData("Bearer", null)]
    [InlineData("Token", null)]
    [InlineData("bearer", null)]
    [InlineData(null, "token")]
    public async Task a_token_is_taken_as_bearer_as_token_and_in_the_query(string? scheme, string? parameter)
    {
        var user = await User();
        var answer = await Send(user, parameter is null ? "user" : $"user?{parameter}={user.RawToken}", r =>
            r.Authorization = scheme is null ? null : new AuthenticationHeaderValue(scheme, user.RawToken));
        Assert.Equal(user.User.Email, answer.Item("user").GetProperty("email").GetString());
    }

    [Fact]
    public async Task a_token_is_taken_as_rails_writes_it()
    {
        var user = await User();
        (await Send(user, "user", r => r.Authorization = new AuthenticationHeaderValue("Token", $"token=\"{user.RawToken}\"")))
            .AssertStatus(200);
        (await Send(user, "user", r => r.Authorization = new AuthenticationHeaderValue("Token", $"token={user.RawToken}, nonce=\"x\"")))
            .AssertStatus(200);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("Basic dXNlcjpwYXNz")]
    [InlineData("Bearer x")]
    [InlineData("Bearer pm_user_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task without_a_valid_token_everything_is_401(string? authorization)
    {
        var user = await User();
        var answer = await Send(user, "user", r =>
        {
            r.Remove("Authorization");
            r.TryAddWithoutValidation("Authorization", authorization);
        });
        Assert.StartsWith("base: ", answer.Refusal(401), StringComparison.Ordinal);
        Assert.Equal("Bearer", answer.Header("WWW-Authenticate"));
    }

    [Fact]
    public async Task a_windev_key_is_no_token()
    {
        var erp = await server.Company();
        var user = await server.User(erp.Company);
        (await Send(user, "user", r => r.Authorization = new AuthenticationHeaderValue("Bearer", erp.RawKey))).Refusal(401);
    }

    [Fact]
    public async Task the_current_user_is_shown_with_the_documented_keys()
    {
        var user = await User();
        var shown = (await user.Get("user")).Item("user");
        foreach (var key in new[] { "full_name", "email", "px40", "px75", "px150", "locale", "default_currency", "company", "position",
            "contact", "partners" })
        {
            Assert.True(shown.TryGetProperty(key, out _), key);
        }

        Assert.Equal((user.User.Id, user.User.Name, user.Company), (
            shown.GetProperty("id").GetInt64(), shown.GetProperty("full_name").GetString(),
            shown.GetProperty("company").GetProperty("id").GetString()));
    }

    [Fact]
    public async Task the_fallback_user_of_a_token_is_the_current_user_and_a_company_token_may_name_another()
    {
        var company = (await server.Company()).Company;
        var other = await server.User(company);
        var holder = await server.User(company, companyToken: true);
        Assert.Equal(holder.User.Id, await Current("user"));
        Assert.Equal(other.User.Id, await Current("user?acting_user=" + other.User.Id));
        Assert.Equal(other.User.Id, await Current("user?acting_user=" + Uri.EscapeDataString(other.User.Email.ToUpperInvariant())));
        Assert.Equal(other.User.Id, (await Send(holder, "user", r => r.Add("X-Acting-User", other.User.Email))).Item("user")
            .GetProperty("id").GetInt64());

        async Task<long> Current(string path) => (await holder.Get(path)).Item("user").GetProperty("id").GetInt64();
    }

    [Fact]
    public async Task an_ordinary_token_acts_for_nobody_else_and_a_company_token_for_nobody_of_another_company()
    {
        var company = (await server.Company()).Company;
        var (ordinary, other) = (await server.User(company), await server.User(company));
        (await ordinary.Get("user?acting_user=" + other.User.Id)).Refusal(403);
        var (holder, stranger) = (await server.User(company, companyToken: true), await User());
        (await holder.Get("user?acting_user=" + stranger.User.Id)).Refusal(403);
        (await holder.Get("user?acting_user=%00")).Refusal(400);
        await server.Accounts.EnableUser(company, other.User.Email, false, CancellationToken.None);
        (await holder.Get("user?acting_user=" + other.User.Id)).Refusal(403);
    }

    [Fact]
    public async Task a_revoked_token_and_the_token_of_a_disabled_user_open_nothing()
    {
        var user = await User();
        await server.Accounts.EnableUser(user.Company, user.User.Email, false, CancellationToken.None);
        (await user.Get("user")).Refusal(401);
        await server.Accounts.EnableUser(user.Company, user.User.Email, true, CancellationToken.None);
        (await user.Get("user")).AssertStatus(200);
        var token = Assert.Single(await server.Accounts.Tokens(user.Company, CancellationToken.None)).Token;
        Assert.True(await server.Accounts.RevokeToken(token.Id, CancellationToken.None));
        Assert.False(await server.Accounts.RevokeToken(token.Id, CancellationToken.None));
        (await user.Get("user")).Refusal(401);
    }

    [Fact]
    public async Task the_names_of_what_the_document_leaves_open_can_be_changed()
    {
        await using var renamed = await WinDevServer.Start(
            ("Winddle:TokenParameter", "api_key"), ("Winddle:ActingUserHeader", "X-On-Behalf-Of"), ("Winddle:XmlRoot", "response"));
        var company = (await renamed.Company()).Company;
        var (holder, other) = (await renamed.User(company, companyToken: true), await renamed.User(company));
        (await Send(holder, "user?token=" + holder.RawToken, r => r.Authorization = null)).Refusal(401);
        (await Send(holder, "user?api_key=" + holder.RawToken, r => r.Authorization = null)).AssertStatus(200);
        Assert.Equal(other.User.Email, (await Send(holder, "user.xml", r => r.Add("X-On-Behalf-Of", other.User.Email)))
            .Xml.Element("user")!.Element("email")!.Value);
        Assert.Equal("response", (await holder.Get("user.xml")).Xml.Name.LocalName);
    }

    private async Task<WinddleClient> User() => await server.User((await server.Company()).Company);

    private static async Task<Reply> Send(WinddleClient client, string path, Action<HttpRequestHeaders> headers)
    {
        using var http = new HttpClient { BaseAddress = client.Http.BaseAddress };
        http.DefaultRequestHeaders.Authorization = client.Http.DefaultRequestHeaders.Authorization;
        headers(http.DefaultRequestHeaders);
        using var response = await http.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
        return new Reply(
            response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), response.Headers,
            response.Content.Headers);
    }
}
