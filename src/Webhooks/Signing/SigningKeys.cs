using Npgsql;
using PixeeEvents.EventLog;

namespace PixeeEvents.Webhooks.Signing;

/// <summary>
/// The keys that sign <c>v1a</c> for every subscription that asks for it, and that anyone may verify with. A key is published
/// for a day before it signs, so that a receiver that reads the list once a day never meets an unknown one.
/// </summary>
internal sealed class SigningKeys(NpgsqlDataSource dataSource, ISecretProtection protection, TimeProvider time)
{
    public static TimeSpan PublishedAhead { get; } = TimeSpan.FromHours(24);

    /// <summary>The key that signs now. The first use makes the first key, which signs at once: nobody knows another.</summary>
    public async Task<SigningKey> Current(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (await Read("signs_from <= $1 order by signs_from desc limit 1", now, cancellationToken) is [var current])
        {
            return current;
        }

        var first = SigningKey.Generate();
        await using var batch = dataSource.CreateBatch();
        batch.Add("begin");
        batch.Add("lock table webhooks.signing_keys in exclusive mode");
        batch.Add(
            """
            insert into webhooks.signing_keys (kid, protected, published_at, signs_from)
            select $1, $2, $3, $3 where not exists (select from webhooks.signing_keys)
            """,
            Sql.Text(first.PublicJwk.Kid), Sql.Bytes(protection.Protect(first.Text)), Sql.Timestamp(now));
        batch.Add("commit");
        await batch.ExecuteNonQueryAsync(cancellationToken);
        return (await Read("signs_from <= $1 order by signs_from desc limit 1", time.GetUtcNow(), cancellationToken)).Single();
    }

    /// <summary>All that a receiver may have to verify with: the next one, the current one, and those that signed until lately.</summary>
    public async Task<IReadOnlyList<JsonWebKey>> Published(CancellationToken cancellationToken)
    {
        await Current(cancellationToken);
        const string Published = "published_until is null or published_until > $1 order by signs_from desc";
        return [.. (await Read(Published, time.GetUtcNow(), cancellationToken)).Select(k => k.PublicJwk)];
    }

    /// <summary>Publishes a new key, which signs from tomorrow on.</summary>
    /// <returns>The key's id, and when it begins to sign.</returns>
    public async Task<(string Kid, DateTimeOffset SignsFrom)> Rotate(CancellationToken cancellationToken)
    {
        await Current(cancellationToken);
        var (next, now) = (SigningKey.Generate(), time.GetUtcNow());
        var signsFrom = now + PublishedAhead;
        await using var batch = dataSource.CreateBatch();
        batch.Add(
            "update webhooks.signing_keys set published_until = $1 where published_until is null",
            Sql.Timestamp(signsFrom + PublishedAhead));
        batch.Add(
            "insert into webhooks.signing_keys (kid, protected, published_at, signs_from) values ($1, $2, $3, $4)",
            Sql.Text(next.PublicJwk.Kid), Sql.Bytes(protection.Protect(next.Text)), Sql.Timestamp(now), Sql.Timestamp(signsFrom));
        await batch.ExecuteNonQueryAsync(cancellationToken);
        return (next.PublicJwk.Kid, signsFrom);
    }

    private async Task<IReadOnlyList<SigningKey>> Read(string which, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand($"select protected from webhooks.signing_keys where {which}")
            .With(Sql.Timestamp(now));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var keys = new List<SigningKey>();
        while (await reader.ReadAsync(cancellationToken))
        {
            keys.Add(SigningKey.Parse(protection.Unprotect(reader.GetFieldValue<byte[]>(0))));
        }

        return keys;
    }
}
