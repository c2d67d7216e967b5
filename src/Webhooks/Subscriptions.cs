using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using PixeeEvents.EventLog;

namespace PixeeEvents.Webhooks;

/// <summary>The stored subscriptions and their secrets.</summary>
internal sealed class Subscriptions(NpgsqlDataSource dataSource, ISecretProtection protection, TimeProvider time)
{
    /// <summary>A subscription signs with at most this many secrets at a time.</summary>
    public const int MaxSecrets = 10;

    private const string Columns =
        """
        s.tenant_id, s.id, s.name, s.url, s.events, s.state, s.state_reason, s.sealed_headers::text, s.max_retries, s.retry_delays,
        s.timeout_seconds, s.rate_per_second,
        s.concurrency, s.body, s.granularity, s.latest_wins, s.ordering, s.format, s.schema_version, s.signatures, s.fields, s.supplier_codes, s.exclude_own,
        s.created_by, s.created_at, s.updated_at
        """;

    public async Task Create(Subscription subscription, string secret, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(
            """
            insert into webhooks.subscriptions (
                tenant_id, id, name, url, events, state, state_reason, sealed_headers, max_retries, retry_delays, timeout_seconds,
                rate_per_second, concurrency, body, granularity,
                latest_wins, ordering, format, schema_version, signatures, fields, supplier_codes, exclude_own, created_by, created_at, updated_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26)
            """,
            Values(subscription));
        batch.Add(
            "insert into webhooks.endpoints (tenant_id, subscription_id) values ($1, $2)", Sql.Text(subscription.Tenant), Sql.Uuid(subscription.Id));
        AddSecret(batch, subscription.Tenant, subscription.Id, secret);
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    public async Task<IReadOnlyList<Subscription>> List(string tenant, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand($"select {Columns} from webhooks.subscriptions s where s.tenant_id = $1 order by s.created_at, s.id")
            .With(Sql.Text(tenant));
        return await ReadAll(command, cancellationToken);
    }

    /// <summary>Every subscription of some companies, disabled ones included: they are owed events too.</summary>
    public async Task<IReadOnlyList<Subscription>> Matching(IEnumerable<string> tenants, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand($"select {Columns} from webhooks.subscriptions s where s.tenant_id = any($1) order by s.tenant_id, s.id")
            .With(Sql.Texts(tenants));
        return await ReadAll(command, cancellationToken);
    }

    public async Task<IReadOnlyList<Subscription>> Of(IReadOnlyCollection<Guid> ids, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand($"select {Columns} from webhooks.subscriptions s where s.id = any($1)").With(Sql.Uuids(ids));
        return await ReadAll(command, cancellationToken);
    }

    public async Task<Subscription?> Find(string tenant, Guid id, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand($"select {Columns} from webhooks.subscriptions s where s.tenant_id = $1 and s.id = $2")
            .With(Sql.Text(tenant), Sql.Uuid(id));
        return (await ReadAll(command, cancellationToken)).SingleOrDefault();
    }

    /// <summary>The company of a subscription, for those who know its id alone.</summary>
    public async Task<Subscription?> Find(Guid id, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand($"select {Columns} from webhooks.subscriptions s where s.id = $1").With(Sql.Uuid(id));
        return (await ReadAll(command, cancellationToken)).SingleOrDefault();
    }

    /// <returns>False when there is none.</returns>
    public async Task<bool> Delete(string tenant, Guid id, CancellationToken cancellationToken)
    {
        // What it has sent and is owed goes page by page, so that nobody waits long for its lock; nothing more is sent meanwhile.
        if (!await Change(batch => DeliveryTable.AddDisable(batch, tenant, id, "being removed", time.GetUtcNow())))
        {
            return false;
        }

        const int page = 5000;
        int removed;
        do
        {
            await using var command = dataSource.CreateCommand(
                "delete from webhooks.deliveries where (tenant_id, id) in (select tenant_id, id from webhooks.deliveries where tenant_id = $1 and subscription_id = $2 limit $3)")
                .With(Sql.Text(tenant), Sql.Uuid(id), Sql.Int(page));
            removed = await command.ExecuteNonQueryAsync(cancellationToken);
        }
        while (removed == page);
        return await Change(batch => batch.Add("delete from webhooks.subscriptions where tenant_id = $1 and id = $2", Sql.Text(tenant), Sql.Uuid(id)));

        async Task<bool> Change(Action<NpgsqlBatch> change)
        {
            await using var locked = await Lock(tenant, id, cancellationToken);
            if (locked is null)
            {
                return false;
            }

            await using var batch = locked.Batch();
            change(batch);
            await batch.ExecuteNonQueryAsync(cancellationToken);
            await locked.Commit(cancellationToken);
            return true;
        }
    }

    /// <summary>Begins a transaction that holds a subscription against everyone who makes its deliveries wait or lets them go.</summary>
    /// <returns>Null when there is no such subscription.</returns>
    public async Task<LockedSubscription?> Lock(string tenant, Guid id, CancellationToken cancellationToken)
    {
        var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        try
        {
            var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await using var batch = new NpgsqlBatch(connection);
            batch.Add(
                "select 1 from webhooks.endpoints where tenant_id = $1 and subscription_id = $2 for update", Sql.Text(tenant), Sql.Uuid(id));
            batch.Add($"select {Columns} from webhooks.subscriptions s where s.tenant_id = $1 and s.id = $2 for update", Sql.Text(tenant), Sql.Uuid(id));
            await using (var reader = await batch.ExecuteReaderAsync(cancellationToken))
            {
                await reader.NextResultAsync(cancellationToken);
                if (await reader.ReadAsync(cancellationToken))
                {
                    return new LockedSubscription(connection, transaction, Read(reader));
                }
            }

            await connection.DisposeAsync();
            return null;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    public void AddUpdate(NpgsqlBatch batch, Subscription subscription) => batch.Add(
        """
        update webhooks.subscriptions set
            name = $3, url = $4, events = $5, state = $6, state_reason = $7, sealed_headers = $8, max_retries = $9, retry_delays = $10,
            timeout_seconds = $11,
            rate_per_second = $12, concurrency = $13, body = $14, granularity = $15, latest_wins = $16, ordering = $17, format = $18, schema_version = $19,
            signatures = $20, fields = $21, supplier_codes = $22, exclude_own = $23, created_by = $24, created_at = $25, updated_at = $26
        where tenant_id = $1 and id = $2
        """,
        Values(subscription));

    /// <summary>The secrets that sign now, newest first; none for a subscription that is gone.</summary>
    public async Task<ILookup<Guid, string>> LiveSecrets(IEnumerable<Guid> subscriptions, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            """
            select subscription_id, protected from webhooks.secrets
            where subscription_id = any($1) and (expires_at is null or expires_at > $2)
            order by subscription_id, expires_at is null desc, created_at desc, id desc
            """)
            .With(Sql.Uuids(subscriptions), Sql.Timestamp(time.GetUtcNow()));
        var secrets = new List<(Guid Subscription, string Secret)>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            secrets.Add((reader.GetGuid(0), protection.Unprotect(reader.GetFieldValue<byte[]>(1))));
        }

        return secrets.ToLookup(s => s.Subscription, s => s.Secret);
    }

    /// <summary>Signs with a new secret from now on, and with the earlier ones for no longer than <paramref name="overlap"/>.</summary>
    public async Task<Result<Rotation>> Rotate(string tenant, Guid id, string secret, TimeSpan overlap, CancellationToken cancellationToken)
    {
        await using var locked = await Lock(tenant, id, cancellationToken);
        if (locked is null)
        {
            return new(Refusals.NoSubscription);
        }

        var now = time.GetUtcNow();
        await using var batch = locked.Batch();
        batch.Add(
            "delete from webhooks.secrets where tenant_id = $1 and subscription_id = $2 and expires_at <= $3",
            Sql.Text(tenant), Sql.Uuid(id), Sql.Timestamp(now));
        batch.Add(
            "update webhooks.secrets set expires_at = least(expires_at, $3) where tenant_id = $1 and subscription_id = $2",
            Sql.Text(tenant), Sql.Uuid(id), Sql.Timestamp(now + overlap));
        AddSecret(batch, tenant, id, secret);
        batch.Add(
            "select count(*) from webhooks.secrets where tenant_id = $1 and subscription_id = $2 and (expires_at is null or expires_at > $3)",
            Sql.Text(tenant), Sql.Uuid(id), Sql.Timestamp(now));
        if ((long)(await batch.ExecuteScalarAsync(cancellationToken))! > MaxSecrets)
        {
            return new(Refusals.TooManySecrets);
        }

        await locked.Commit(cancellationToken);
        return new(new Rotation(secret, now + overlap));
    }

    /// <summary>Encrypts the headers that were stored before headers were; any number of nodes may do so at once.</summary>
    public async Task SealHeaders(CancellationToken cancellationToken)
    {
        await using var select = dataSource.CreateCommand("select tenant_id, id, headers::text from webhooks.subscriptions where headers <> '{}'");
        var found = new List<(string Tenant, Guid Id, string Headers)>();
        await using (var reader = await select.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                found.Add((reader.GetString(0), reader.GetGuid(1), reader.GetString(2)));
            }
        }

        foreach (var (tenant, id, headers) in found)
        {
            var values = JsonSerializer.Deserialize<Dictionary<string, string>>(headers)!;
            await using var update = dataSource.CreateCommand(
                "update webhooks.subscriptions set sealed_headers = $3, headers = '{}' where tenant_id = $1 and id = $2 and headers <> '{}'")
                .With(Sql.Text(tenant), Sql.Uuid(id), Sql.Jsonb(SealedHeaders.Write(values, protection)));
            await update.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    private void AddSecret(NpgsqlBatch batch, string tenant, Guid subscription, string secret) => batch.Add(
        "insert into webhooks.secrets (tenant_id, subscription_id, id, protected, created_at) values ($1, $2, $3, $4, $5)",
        Sql.Text(tenant), Sql.Uuid(subscription), Sql.Uuid(Guid.CreateVersion7()),
        new NpgsqlParameter { Value = protection.Protect(secret), NpgsqlDbType = NpgsqlDbType.Bytea }, Sql.Timestamp(time.GetUtcNow()));

    private NpgsqlParameter[] Values(Subscription s) =>
    [
        Sql.Text(s.Tenant), Sql.Uuid(s.Id), Sql.Text(s.Name), Sql.Text(s.Url.OriginalString), Sql.Texts(s.Events), Sql.Text(s.IsEnabled ? "enabled" : "disabled"),
        Sql.Text(s.StateReason), Sql.Jsonb(SealedHeaders.Write(s.Headers, protection)), Integer(s.MaxRetries), Integers(s.RetryDelays),
        Integer((int)s.Timeout.TotalSeconds),
        new NpgsqlParameter { Value = s.Rate is { } rate ? rate : DBNull.Value, NpgsqlDbType = NpgsqlDbType.Numeric }, Integer(s.Concurrency),
        Sql.Text(s.Thin ? "thin" : "full"), Sql.Text(s.PerItem ? "item" : "call"), Sql.Bool(s.LatestWins),
        Sql.Text(s.Ordering?.ToString().ToLowerInvariant()), Sql.Text(s.CloudEvents ? "cloudevents" : "standard"), Sql.Text(s.SchemaVersion), Sql.Texts(s.Signatures),
        Texts(s.Fields), Texts(s.SupplierCodes), Sql.Bool(s.ExcludeOwn), new NpgsqlParameter { Value = s.CreatedBy is { } key ? key : DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid },
        Sql.Timestamp(s.CreatedAt), Sql.Timestamp(s.UpdatedAt),
    ];

    private Subscription Read(NpgsqlDataReader row) => new(
        row.GetString(0), row.GetGuid(1), row.GetString(2), new Uri(row.GetString(3)), row.GetFieldValue<string[]>(4), row.GetString(5) == "enabled",
        row.IsDBNull(6) ? null : row.GetString(6), SealedHeaders.Read(row.GetString(7), protection),
        row.IsDBNull(8) ? null : row.GetInt32(8), row.IsDBNull(9) ? null : row.GetFieldValue<int[]>(9), TimeSpan.FromSeconds(row.GetInt32(10)),
        row.IsDBNull(11) ? null : row.GetDecimal(11), row.GetInt32(12), row.GetString(13) == "thin", row.GetString(14) == "item", row.GetBoolean(15),
        row.IsDBNull(16) ? null : Enum.Parse<Ordering>(row.GetString(16), ignoreCase: true), row.GetString(17) == "cloudevents", row.GetString(18),
        row.GetFieldValue<string[]>(19), row.IsDBNull(20) ? null : row.GetFieldValue<string[]>(20), row.IsDBNull(21) ? null : row.GetFieldValue<string[]>(21),
        row.GetBoolean(22), row.IsDBNull(23) ? null : row.GetGuid(23), row.GetFieldValue<DateTimeOffset>(24), row.GetFieldValue<DateTimeOffset>(25));

    private async Task<IReadOnlyList<Subscription>> ReadAll(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        var subscriptions = new List<Subscription>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            subscriptions.Add(Read(reader));
        }

        return subscriptions;
    }

    private static NpgsqlParameter Integer(int? value) => new() { Value = value is { } number ? number : DBNull.Value, NpgsqlDbType = NpgsqlDbType.Integer };

    private static NpgsqlParameter Integers(IReadOnlyList<int>? values) =>
        new() { Value = values is null ? DBNull.Value : values.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Integer };

    private static NpgsqlParameter Texts(IReadOnlyList<string>? values) =>
        new() { Value = values is null ? DBNull.Value : values.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };
}

/// <summary>A subscription read in the transaction that holds it; rolled back unless committed.</summary>
internal sealed class LockedSubscription(NpgsqlConnection connection, NpgsqlTransaction transaction, Subscription subscription) : IAsyncDisposable
{
    public Subscription Subscription => subscription;

    public NpgsqlBatch Batch() => new(connection, transaction);

    public Task Commit(CancellationToken cancellationToken) => transaction.CommitAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await transaction.DisposeAsync();
        await connection.DisposeAsync();
    }
}
