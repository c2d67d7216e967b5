using System.Security.Cryptography;
using System.Text;
using Npgsql;
using PixeeEvents.EventLog;
using PixeeEvents.Testing;
using Xunit;

namespace PixeeEvents.Accounts.Tests;

public sealed class TokenSpecs : IAsyncLifetime
{
    private readonly FakeTime _time = new();
    private TestDatabase _database = null!;
    private NpgsqlDataSource _dataSource = null!;
    private AccountsModule _accounts = null!;
    private User _ann = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _database = await TestDatabase.Create();
        _dataSource = NpgsqlDataSource.Create(_database.ConnectionString);
        await SchemaMigrator.Migrate(_dataSource, [], [typeof(AccountsModule).Assembly], compares: false, Stop);
        _accounts = new AccountsModule(_dataSource, _time);
        await _accounts.CreateCompany("acme", "Acme", Stop);
        await _accounts.CreateCompany("other", "Other", Stop);
        _ann = (await _accounts.CreateUser("acme", "Ann", "ann@acme.example", isAdmin: true, isProductOwner: false, Stop))!;
    }

    public async ValueTask DisposeAsync()
    {
        await _dataSource.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task an_email_is_one_users_in_a_company_whatever_its_case()
    {
        Assert.Null(await _accounts.CreateUser("acme", "Ann", "ANN@acme.example", false, false, Stop));
        Assert.NotNull(await _accounts.CreateUser("other", "Ann", "ann@acme.example", false, false, Stop));
        await Assert.ThrowsAsync<PostgresException>(() => _accounts.CreateUser("nobody", "Ann", "x@y.example", false, false, Stop));
        Assert.Equal([_ann], await _accounts.Users("acme", Stop));
        Assert.Equal(2, (await _accounts.Users(null, Stop)).Count);
    }

    [Fact]
    public async Task an_enabled_user_is_found_by_id_or_email_in_the_own_company()
    {
        Assert.Equal(_ann, await _accounts.FindUser("acme", _ann.Id.ToString(), Stop));
        Assert.Equal(_ann, await _accounts.FindUser("acme", "Ann@Acme.Example", Stop));
        Assert.Null(await _accounts.FindUser("other", _ann.Id.ToString(), Stop));
        Assert.Null(await _accounts.FindUser("acme", "bob@acme.example", Stop));
        Assert.True(await _accounts.EnableUser("acme", "ANN@acme.example", false, Stop));
        Assert.Null(await _accounts.FindUser("acme", "ann@acme.example", Stop));
        Assert.False(await _accounts.EnableUser("other", "ann@acme.example", true, Stop));
    }

    [Fact]
    public async Task a_token_speaks_for_its_user_and_only_its_hash_is_stored()
    {
        var (id, raw) = await _accounts.CreateToken("acme", _ann.Id, "shop", actsForOthers: true, Stop);
        Assert.Matches("^pm_user_[A-Za-z0-9_-]{43}$", raw);
        var (token, user) = (await _accounts.AuthenticateToken(raw, Stop))!.Value;
        Assert.Equal((id, "acme", "shop", true, _ann), (token.Id, token.Tenant, token.Name, token.ActsForOthers, user));
        await using var command = _dataSource.CreateCommand("select t::text, encode(t.hash, 'hex') from accounts.tokens t");
        await using var reader = await command.ExecuteReaderAsync(Stop);
        await reader.ReadAsync(Stop);
        Assert.DoesNotContain(raw[12..], reader.GetString(0), StringComparison.Ordinal);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(raw))), reader.GetString(1));
    }

    [Fact]
    public async Task a_token_is_for_a_user_of_its_own_company()
    {
        await Assert.ThrowsAsync<PostgresException>(() => _accounts.CreateToken("other", _ann.Id, "shop", false, Stop));
        Assert.Empty(await _accounts.Tokens("other", Stop));
    }

    [Fact]
    public async Task a_revoked_token_and_a_disabled_users_open_nothing_on_this_node_and_soon_on_every_other()
    {
        var (id, raw) = await _accounts.CreateToken("acme", _ann.Id, "shop", false, Stop);
        var elsewhere = new AccountsModule(_dataSource, _time);
        Assert.NotNull(await elsewhere.AuthenticateToken(raw, Stop));
        await _accounts.EnableUser("acme", _ann.Email, false, Stop);
        Assert.Null(await _accounts.AuthenticateToken(raw, Stop));
        _time.Advance(AccountsModule.KeyMemory + TimeSpan.FromMilliseconds(1));
        Assert.Null(await elsewhere.AuthenticateToken(raw, Stop));
        await _accounts.EnableUser("acme", _ann.Email, true, Stop);
        Assert.NotNull(await _accounts.AuthenticateToken(raw, Stop));
        Assert.True(await _accounts.RevokeToken(id, Stop));
        Assert.Null(await _accounts.AuthenticateToken(raw, Stop));
    }

    [Theory]
    [InlineData("")]
    [InlineData("pm_user_")]
    [InlineData("pm_user_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task what_is_no_token_opens_nothing(string raw) => Assert.Null(await _accounts.AuthenticateToken(raw, Stop));

    [Fact]
    public async Task an_api_key_is_no_token_and_a_token_is_no_api_key()
    {
        var (_, token) = await _accounts.CreateToken("acme", _ann.Id, "shop", false, Stop);
        var (_, key) = await _accounts.CreateKey("acme", "erp", ["windev:read"], null, false, Stop);
        Assert.Null(await _accounts.AuthenticateToken(key, Stop));
        Assert.Null(await _accounts.Authenticate(token, Stop));
    }

    [Fact]
    public async Task the_last_use_of_a_token_is_written_down_now_and_then()
    {
        var (_, raw) = await _accounts.CreateToken("acme", _ann.Id, "shop", false, Stop);
        await _accounts.AuthenticateToken(raw, Stop);
        Assert.Null((await _accounts.Tokens("acme", Stop))[0].Token.LastUsedAt);
        await _accounts.RecordUse(Stop);
        Assert.NotNull((await _accounts.Tokens("acme", Stop))[0].Token.LastUsedAt);
    }
}
