using System.Collections.Concurrent;
using System.Security.Cryptography;
using Npgsql;
using NpgsqlTypes;
using PixeeEvents.EventLog;

namespace PixeeEvents.Accounts;

/// <summary>Companies, API keys, users and their tokens. A company is the tenant of everything else.</summary>
public sealed partial class AccountsModule(NpgsqlDataSource dataSource, TimeProvider time)
{
    /// <summary>How long a node may go on with what it knows of a key; bounds how late a revocation takes effect.</summary>
    public static TimeSpan KeyMemory { get; } = TimeSpan.FromMilliseconds(500);

    private const string Columns = "id, tenant_id, name, hint, scopes, created_at, expires_at, last_used_at, revoked_at, hash";

    private readonly ConcurrentDictionary<string, (ApiKey Key, long ReadAt)> _known = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Guid, DateTimeOffset> _used = [];
    private long _changedAt = long.MinValue;

    /// <returns>False when the company exists already.</returns>
    public async Task<bool> CreateCompany(string id, string name, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            "insert into accounts.companies (id, name) values ($1, $2) on conflict do nothing")
            .With(Sql.Text(id), Sql.Text(name));
        return await command.ExecuteNonQueryAsync(cancellationToken) > 0;
    }

    public async Task<IReadOnlyList<(string Id, string Name)>> Companies(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("select id, name from accounts.companies order by id");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var companies = new List<(string, string)>();
        while (await reader.ReadAsync(cancellationToken))
        {
            companies.Add((reader.GetString(0), reader.GetString(1)));
        }

        return companies;
    }

    /// <returns>Null when there is no such company.</returns>
    public async Task<string?> CompanyName(string id, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("select name from accounts.companies where id = $1").With(Sql.Text(id));
        return (string?)await command.ExecuteScalarAsync(cancellationToken);
    }

    /// <summary>Creates a key and returns it raw, for this once.</summary>
    /// <exception cref="PostgresException">23503 when there is no such company.</exception>
    public async Task<(Guid Id, string Raw)> CreateKey(
        string company, string name, IReadOnlyList<string> scopes, DateTimeOffset? expiresAt, bool test,
        CancellationToken cancellationToken)
    {
        var (id, raw) = (Guid.CreateVersion7(), KeySecret.Create(test));
        await using var command = dataSource.CreateCommand(
            "insert into accounts.api_keys (id, tenant_id, name, hash, hint, scopes, expires_at) values ($1, $2, $3, $4, $5, $6, $7)")
            .With(
                Sql.Uuid(id), Sql.Text(company), Sql.Text(name), Bytes(KeySecret.Hash(raw)), Sql.Text(KeySecret.Hint(raw)),
                Sql.Texts(scopes), Sql.Timestamp(expiresAt));
        await command.ExecuteNonQueryAsync(cancellationToken);
        return (id, raw);
    }

    public async Task<IReadOnlyList<ApiKey>> Keys(string? company, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            $"select {Columns} from accounts.api_keys where $1::text is null or tenant_id = $1 order by created_at, id")
            .With(Sql.Text(company));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var keys = new List<ApiKey>();
        while (await reader.ReadAsync(cancellationToken))
        {
            keys.Add(Read(reader));
        }

        return keys;
    }

    /// <summary>Replaces the secret of a live key; the old one is dead at once, there is no overlap.</summary>
    /// <returns>The new raw key, or null when there is no such live key.</returns>
    public async Task<string?> RotateKey(Guid id, CancellationToken cancellationToken)
    {
        var test = await Scalar(
            "select hint like 'pm_test_%' from accounts.api_keys where id = $1 and revoked_at is null", cancellationToken, Sql.Uuid(id));
        if (test is null)
        {
            return null;
        }

        var raw = KeySecret.Create((bool)test);
        var rotated = await Scalar(
            "update accounts.api_keys set hash = $2, hint = $3 where id = $1 and revoked_at is null returning true",
            cancellationToken, Sql.Uuid(id), Bytes(KeySecret.Hash(raw)), Sql.Text(KeySecret.Hint(raw)));
        Interlocked.Exchange(ref _changedAt, time.GetTimestamp());
        return rotated is null ? null : raw;
    }

    /// <returns>False when there is no such live key.</returns>
    public async Task<bool> RevokeKey(Guid id, CancellationToken cancellationToken)
    {
        var revoked = await Scalar(
            "update accounts.api_keys set revoked_at = clock_timestamp() where id = $1 and revoked_at is null returning true",
            cancellationToken, Sql.Uuid(id));
        Interlocked.Exchange(ref _changedAt, time.GetTimestamp());
        return revoked is not null;
    }

    /// <summary>The usable key behind a raw one, or null. What is known is read again after <see cref="KeyMemory"/>.</summary>
    public async ValueTask<ApiKey?> Authenticate(string raw, CancellationToken cancellationToken)
    {
        if (raw.Length is < 40 or > 100)
        {
            return null;
        }

        if (!_known.TryGetValue(raw, out var known) || IsStale(known.ReadAt))
        {
            var readAt = time.GetTimestamp();
            if (await FindByHash(KeySecret.Hash(raw), cancellationToken) is not { } found)
            {
                // Only what was right is kept: what is wrong is without end, and would push the rest out.
                _known.TryRemove(raw, out _);
                return null;
            }

            if (_known.Count > 10_000)
            {
                _known.Clear();
            }

            _known[raw] = known = (found, readAt);
        }

        var now = time.GetUtcNow();
        if (!known.Key.IsUsableAt(now))
        {
            _known.TryRemove(raw, out _);
            return null;
        }

        _used[known.Key.Id] = now;
        return known.Key;
    }

    /// <summary>Whether a raw key was usable when this node last saw it; says nothing of now.</summary>
    public bool WasRight(string raw) => _known.ContainsKey(raw);

    private bool IsStale(long readAt) => readAt <= Interlocked.Read(ref _changedAt) || time.GetElapsedTime(readAt) > KeyMemory;

    /// <summary>Writes down when keys and tokens were last used; called now and then, so that reading does not write.</summary>
    public async Task RecordUse(CancellationToken cancellationToken)
    {
        await RecordUse(
            _used,
            """
            update accounts.api_keys k set last_used_at = greatest(k.last_used_at, u.at)
            from unnest($1::uuid[], $2::timestamptz[]) as u(id, at) where k.id = u.id
            """,
            cancellationToken);
        await RecordTokenUse(cancellationToken);
    }

    private async Task RecordUse(ConcurrentDictionary<Guid, DateTimeOffset> uses, string update, CancellationToken cancellationToken)
    {
        var used = uses.ToArray();
        if (used.Length == 0)
        {
            return;
        }

        foreach (var use in used)
        {
            uses.TryRemove(use);
        }

        await Scalar(update, cancellationToken, Sql.Uuids(used.Select(u => u.Key)), Sql.Timestamps(used.Select(u => u.Value)));
    }

    private async Task<ApiKey?> FindByHash(byte[] hash, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand($"select {Columns} from accounts.api_keys where hash = $1").With(Bytes(hash));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) && CryptographicOperations.FixedTimeEquals(reader.GetFieldValue<byte[]>(9), hash)
            ? Read(reader)
            : null;
    }

    private static ApiKey Read(NpgsqlDataReader reader) => new(
        reader.GetGuid(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetFieldValue<string[]>(4),
        reader.GetFieldValue<DateTimeOffset>(5), Time(reader, 6), Time(reader, 7), Time(reader, 8));

    private static DateTimeOffset? Time(NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : reader.GetFieldValue<DateTimeOffset>(column);

    private async Task<object?> Scalar(string sql, CancellationToken cancellationToken, params NpgsqlParameter[] parameters)
    {
        await using var command = dataSource.CreateCommand(sql).With(parameters);
        return await command.ExecuteScalarAsync(cancellationToken);
    }

    private static NpgsqlParameter Bytes(byte[] value) => new() { Value = value, NpgsqlDbType = NpgsqlDbType.Bytea };
}
