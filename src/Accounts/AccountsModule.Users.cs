using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using Npgsql;
using PixeeEvents.EventLog;

namespace PixeeEvents.Accounts;

/// <content>Users and their tokens.</content>
public sealed partial class AccountsModule
{
    private const string UserColumns = "u.id, u.tenant_id, u.name, u.email, u.is_admin, u.is_product_owner, u.is_enabled, u.created_at";

    private const string TokenColumns =
        "t.id, t.tenant_id, t.user_id, t.name, t.hint, t.acts_for_others, t.created_at, t.last_used_at, t.revoked_at";

    private readonly ConcurrentDictionary<string, (Token Token, User User, long ReadAt)> _knownTokens = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Guid, DateTimeOffset> _usedTokens = [];

    /// <returns>Null when the company has a user of that e-mail, in whatever case.</returns>
    /// <exception cref="PostgresException">23503 when there is no such company.</exception>
    public async Task<User?> CreateUser(
        string company, string name, string email, bool isAdmin, bool isProductOwner, CancellationToken cancellationToken)
    {
        var users = await ReadUsers(
            $"""
             insert into accounts.users as u (tenant_id, name, email, is_admin, is_product_owner) values ($1, $2, $3, $4, $5)
             on conflict (tenant_id, lower(email)) do nothing returning {UserColumns}
             """,
            cancellationToken, Sql.Text(company), Sql.Text(name), Sql.Text(email), Sql.Bool(isAdmin), Sql.Bool(isProductOwner));
        return users.SingleOrDefault();
    }

    public Task<IReadOnlyList<User>> Users(string? company, CancellationToken cancellationToken) => ReadUsers(
        $"select {UserColumns} from accounts.users u where $1::text is null or u.tenant_id = $1 order by u.tenant_id, u.id",
        cancellationToken, Sql.Text(company));

    /// <summary>Those of the ids that are users of the company, disabled ones included.</summary>
    public static Query<IReadOnlyList<User>> UsersOf(string company, IEnumerable<long> ids) => new(
        $"select {UserColumns} from accounts.users u where u.tenant_id = $1 and u.id = any($2)", [Sql.Text(company), Sql.Longs(ids)],
        ReadUsers);

    /// <summary>An enabled user of the company by id or e-mail, in whatever case; null when there is none.</summary>
    public async Task<User?> FindUser(string company, string idOrEmail, CancellationToken cancellationToken)
    {
        var id = long.TryParse(idOrEmail, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : (long?)null;
        var users = await ReadUsers(
            $"""
             select {UserColumns} from accounts.users u
             where u.tenant_id = $1 and (u.id = $2 or lower(u.email) = lower($3)) and u.is_enabled
             """,
            cancellationToken, Sql.Text(company), Sql.Long(id), Sql.Text(idOrEmail));
        return users.SingleOrDefault();
    }

    /// <summary>A disabled user's tokens open nothing.</summary>
    /// <returns>False when there is no such user.</returns>
    public async Task<bool> EnableUser(string company, string email, bool isEnabled, CancellationToken cancellationToken)
    {
        var changed = await Scalar(
            "update accounts.users set is_enabled = $3 where tenant_id = $1 and lower(email) = lower($2) returning true",
            cancellationToken, Sql.Text(company), Sql.Text(email), Sql.Bool(isEnabled));
        Interlocked.Exchange(ref _changedAt, time.GetTimestamp());
        return changed is not null;
    }

    /// <summary>Creates a token that speaks for a user and returns it raw, for this once.</summary>
    /// <exception cref="PostgresException">23503 when the company has no such user.</exception>
    public async Task<(Guid Id, string Raw)> CreateToken(
        string company, long user, string name, bool actsForOthers, CancellationToken cancellationToken)
    {
        var (id, raw) = (Guid.CreateVersion7(), KeySecret.CreateToken());
        await Scalar(
            "insert into accounts.tokens (id, tenant_id, user_id, name, hash, hint, acts_for_others) values ($1, $2, $3, $4, $5, $6, $7)",
            cancellationToken, Sql.Uuid(id), Sql.Text(company), Sql.Long(user), Sql.Text(name), Bytes(KeySecret.Hash(raw)),
            Sql.Text(KeySecret.Hint(raw)),
            Sql.Bool(actsForOthers));
        return (id, raw);
    }

    public async Task<IReadOnlyList<(Token Token, User User)>> Tokens(string? company, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            $"""
             select {TokenColumns}, {UserColumns} from accounts.tokens t join accounts.users u on u.tenant_id = t.tenant_id
                 and u.id = t.user_id
             where $1::text is null or t.tenant_id = $1 order by t.created_at, t.id
             """).With(Sql.Text(company));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var tokens = new List<(Token, User)>();
        while (await reader.ReadAsync(cancellationToken))
        {
            tokens.Add((ReadToken(reader), ReadUser(reader, 9)));
        }

        return tokens;
    }

    /// <returns>False when there is no such live token.</returns>
    public async Task<bool> RevokeToken(Guid id, CancellationToken cancellationToken)
    {
        var revoked = await Scalar(
            "update accounts.tokens set revoked_at = clock_timestamp() where id = $1 and revoked_at is null returning true",
            cancellationToken, Sql.Uuid(id));
        Interlocked.Exchange(ref _changedAt, time.GetTimestamp());
        return revoked is not null;
    }

    /// <summary>
    /// The live token behind a raw one with its enabled user, or null. What is known is read again after <see cref="KeyMemory"/>.
    /// </summary>
    public async ValueTask<(Token Token, User User)?> AuthenticateToken(string raw, CancellationToken cancellationToken)
    {
        if (raw.Length is < 40 or > 100)
        {
            return null;
        }

        if (!_knownTokens.TryGetValue(raw, out var known) || IsStale(known.ReadAt))
        {
            var readAt = time.GetTimestamp();
            if (await FindToken(KeySecret.Hash(raw), cancellationToken) is not var (token, user))
            {
                _knownTokens.TryRemove(raw, out _);
                return null;
            }

            if (_knownTokens.Count > 10_000)
            {
                _knownTokens.Clear();
            }

            _knownTokens[raw] = known = (token, user, readAt);
        }

        _usedTokens[known.Token.Id] = time.GetUtcNow();
        return (known.Token, known.User);
    }

    /// <summary>Whether a raw token was live when this node last saw it; says nothing of now.</summary>
    public bool WasRightToken(string raw) => _knownTokens.ContainsKey(raw);

    private async Task<(Token Token, User User)?> FindToken(byte[] hash, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            $"""
             select {TokenColumns}, {UserColumns}, t.hash from accounts.tokens t join accounts.users u on u.tenant_id = t.tenant_id
                 and u.id = t.user_id
             where t.hash = $1 and t.revoked_at is null and u.is_enabled
             """).With(Bytes(hash));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) && CryptographicOperations.FixedTimeEquals(reader.GetFieldValue<byte[]>(17), hash)
            ? (ReadToken(reader), ReadUser(reader, 9))
            : null;
    }

    private Task RecordTokenUse(CancellationToken cancellationToken) => RecordUse(
        _usedTokens,
        """
        update accounts.tokens t set last_used_at = greatest(t.last_used_at, u.at)
        from unnest($1::uuid[], $2::timestamptz[]) as u(id, at) where t.id = u.id
        """,
        cancellationToken);

    private async Task<IReadOnlyList<User>> ReadUsers(string sql, CancellationToken cancellationToken, params NpgsqlParameter[] parameters)
    {
        await using var command = dataSource.CreateCommand(sql).With(parameters);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await ReadUsers(reader, cancellationToken);
    }

    private static async Task<IReadOnlyList<User>> ReadUsers(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var users = new List<User>();
        while (await reader.ReadAsync(cancellationToken))
        {
            users.Add(ReadUser(reader, 0));
        }

        return users;
    }

    private static User ReadUser(NpgsqlDataReader reader, int first) => new(
        reader.GetInt64(first), reader.GetString(first + 1), reader.GetString(first + 2), reader.GetString(first + 3),
        reader.GetBoolean(first + 4),
        reader.GetBoolean(first + 5), reader.GetBoolean(first + 6), reader.GetFieldValue<DateTimeOffset>(first + 7));

    private static Token ReadToken(NpgsqlDataReader reader) => new(
        reader.GetGuid(0), reader.GetString(1), reader.GetInt64(2), reader.GetString(3), reader.GetString(4), reader.GetBoolean(5),
        reader.GetFieldValue<DateTimeOffset>(6), Time(reader, 7), Time(reader, 8));
}
