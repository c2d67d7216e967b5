using System.Security.Cryptography;
using System.Text;
using Npgsql;
using PixeeEvents.EventLog;
using PixeeEvents.Testing;
using Xunit;

namespace PixeeEvents.Accounts.Tests;

public sealed class KeySpecs : IAsyncLifetime
{
    private static readonly string[] Scopes = ["windev:read", "windev:write"];

    private readonly FakeTime _time = new();
    private TestDatabase _database = null!;
    private NpgsqlDataSource _dataSource = null!;
    private AccountsModule _accounts = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _database = await TestDatabase.Create();
        _dataSource = NpgsqlDataSource.Create(_database.ConnectionString);
        await SchemaMigrator.Migrate(_dataSource, [], [typeof(AccountsModule).Assembly], compares: false, Stop);
        _accounts = new AccountsModule(_dataSource, _time);
        Assert.True(await _accounts.CreateCompany("acme", "Acme", Stop));
    }

    public async ValueTask DisposeAsync()
    {
        await _dataSource.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task a_company_is_created_once()
    {
        Assert.False(await _accounts.CreateCompany("acme", "Other", Stop));
        Assert.Equal([("acme", "Acme")], await _accounts.Companies(Stop));
        await Assert.ThrowsAsync<PostgresException>(() => _accounts.CreateKey("nobody", "erp", Scopes, null, false, Stop));
    }

    [Theory]
    [InlineData(false, "pm_live_")]
    [InlineData(true, "pm_test_")]
    public async Task a_key_carries_256_bits_behind_its_prefix_and_opens_its_company(bool test, string prefix)
    {
        var (id, raw) = await _accounts.CreateKey("acme", "erp", Scopes, null, test, Stop);
        Assert.StartsWith(prefix, raw, StringComparison.Ordinal);
        Assert.Equal(43, raw.Length - prefix.Length);
        Assert.NotEqual(raw, (await _accounts.CreateKey("acme", "erp", Scopes, null, test, Stop)).Raw);
        var key = await _accounts.Authenticate(raw, Stop);
        Assert.Equal((id, "acme", "erp"), (key!.Id, key.Tenant, key.Name));
        Assert.True(key.Allows("windev:read") && key.Allows("windev:write"));
        Assert.False(key.Allows("windev:sync") || key.Allows("windev") || key.Allows("WINDEV:READ"));
    }

    [Fact]
    public async Task only_a_hash_of_a_key_is_stored()
    {
        var (id, raw) = await _accounts.CreateKey("acme", "erp", Scopes, null, false, Stop);
        await using var command = _dataSource.CreateCommand("select to_jsonb(k)::text, hash from accounts.api_keys k where id = $1");
        command.Parameters.Add(new NpgsqlParameter { Value = id });
        await using var reader = await command.ExecuteReaderAsync(Stop);
        Assert.True(await reader.ReadAsync(Stop));
        Assert.DoesNotContain(raw[12..], reader.GetString(0), StringComparison.Ordinal);
        Assert.Equal(SHA256.HashData(Encoding.UTF8.GetBytes(raw)), reader.GetFieldValue<byte[]>(1));
        Assert.Equal(raw[..12] + "…", Assert.Single(await _accounts.Keys("acme", Stop)).Hint);
    }

    [Theory]
    [InlineData("")]
    [InlineData("pm_live_")]
    [InlineData("pm_live_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task what_is_no_key_opens_nothing(string raw)
    {
        var (_, known) = await _accounts.CreateKey("acme", "erp", Scopes, null, false, Stop);
        Assert.Null(await _accounts.Authenticate(raw, Stop));
        Assert.Null(await _accounts.Authenticate(known[..^1], Stop));
        Assert.Null(await _accounts.Authenticate(known + "A", Stop));
        Assert.Null(await _accounts.Authenticate(known.ToUpperInvariant(), Stop));
    }

    [Fact]
    public async Task rotation_kills_the_old_secret_at_once_and_keeps_everything_else()
    {
        var (id, old) = await _accounts.CreateKey("acme", "erp", Scopes, null, test: true, Stop);
        Assert.NotNull(await _accounts.Authenticate(old, Stop));
        var raw = await _accounts.RotateKey(id, Stop);
        Assert.StartsWith("pm_test_", raw, StringComparison.Ordinal);
        Assert.Null(await _accounts.Authenticate(old, Stop));
        Assert.Equal(id, (await _accounts.Authenticate(raw!, Stop))!.Id);
        Assert.Equal(Scopes, Assert.Single(await _accounts.Keys(null, Stop)).Scopes);
    }

    [Fact]
    public async Task a_revoked_key_opens_nothing_and_cannot_come_back()
    {
        var (id, raw) = await _accounts.CreateKey("acme", "erp", Scopes, null, false, Stop);
        Assert.NotNull(await _accounts.Authenticate(raw, Stop));
        Assert.True(await _accounts.RevokeKey(id, Stop));
        Assert.Null(await _accounts.Authenticate(raw, Stop));
        Assert.False(await _accounts.RevokeKey(id, Stop));
        Assert.Null(await _accounts.RotateKey(id, Stop));
        Assert.NotNull(Assert.Single(await _accounts.Keys(null, Stop)).RevokedAt);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task another_node_follows_a_revocation_or_rotation_within_a_second(bool rotate)
    {
        var other = new AccountsModule(_dataSource, TimeProvider.System);
        var (id, raw) = await _accounts.CreateKey("acme", "erp", Scopes, null, false, Stop);
        Assert.NotNull(await other.Authenticate(raw, Stop));
        Assert.True(rotate ? await _accounts.RotateKey(id, Stop) is not null : await _accounts.RevokeKey(id, Stop));
        Assert.InRange(AccountsModule.KeyMemory, TimeSpan.Zero, TimeSpan.FromMilliseconds(999));
        var deadline = DateTime.UtcNow.AddSeconds(1);
        while (await other.Authenticate(raw, Stop) is not null)
        {
            Assert.True(DateTime.UtcNow < deadline);
            await Task.Delay(20, Stop);
        }
    }

    [Fact]
    public async Task what_a_node_remembers_is_read_again_after_its_time()
    {
        var other = new AccountsModule(_dataSource, _time);
        var (id, raw) = await _accounts.CreateKey("acme", "erp", Scopes, null, false, Stop);
        Assert.NotNull(await other.Authenticate(raw, Stop));
        await _accounts.RevokeKey(id, Stop);
        _time.Advance(AccountsModule.KeyMemory + TimeSpan.FromMilliseconds(1));
        Assert.Null(await other.Authenticate(raw, Stop));
    }

    [Fact]
    public async Task a_key_created_elsewhere_opens_within_a_second_of_a_vain_try()
    {
        var other = new AccountsModule(_dataSource, _time);
        var (id, raw) = await _accounts.CreateKey("acme", "erp", Scopes, null, false, Stop);
        var next = (await _accounts.RotateKey(id, Stop))!;
        Assert.Null(await other.Authenticate(raw, Stop));
        Assert.NotNull(await other.Authenticate(next, Stop));
    }

    [Fact]
    public async Task an_expired_key_opens_nothing_from_that_moment_on()
    {
        var expires = _time.GetUtcNow().AddMinutes(5);
        var (_, raw) = await _accounts.CreateKey("acme", "erp", Scopes, expires, false, Stop);
        _time.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromMilliseconds(1));
        Assert.NotNull(await _accounts.Authenticate(raw, Stop));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Null(await _accounts.Authenticate(raw, Stop));
    }

    [Fact]
    public async Task last_use_is_written_down_now_and_then_and_never_goes_back()
    {
        var (_, raw) = await _accounts.CreateKey("acme", "erp", Scopes, null, false, Stop);
        Assert.Null(Assert.Single(await _accounts.Keys(null, Stop)).LastUsedAt);
        await _accounts.Authenticate(raw, Stop);
        var used = _time.GetUtcNow();
        await _accounts.RecordUse(Stop);
        Assert.Equal(used, Assert.Single(await _accounts.Keys(null, Stop)).LastUsedAt);
        _time.Advance(TimeSpan.FromHours(-1));
        await _accounts.Authenticate(raw, Stop);
        await _accounts.RecordUse(Stop);
        Assert.Equal(used, Assert.Single(await _accounts.Keys(null, Stop)).LastUsedAt);
    }
}
