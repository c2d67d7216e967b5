using System.Text.Json;
using Npgsql;
using PixeeEvents.EventLog;
using PixeeEvents.Webhooks.Deliveries;
using PixeeEvents.Webhooks.Signing;

namespace PixeeEvents.Webhooks.Subscriptions;

/// <summary>The stored subscriptions and their secrets.</summary>
internal sealed class SubscriptionTable(NpgsqlDataSource dataSource, ISecretProtection protection, TimeProvider time)
{
    /// <summary>A subscription signs with at most this many secrets at a time.</summary>
    public const int MaxSecrets = 10;

    private readonly SubscriptionColumns _columns = new(protection);

    public async Task Create(Subscription subscription, string secret, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(_columns.Insert(subscription));
        batch.Add(
            "insert into webhooks.endpoints (tenant_id, subscription_id) values ($1, $2)", Sql.Text(subscription.Tenant),
            Sql.Uuid(subscription.Id));
        AddSecret(batch, subscription.Tenant, subscription.Id, secret);
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    public async Task<IReadOnlyList<Subscription>> List(string tenant, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(_columns.Select("where s.tenant_id = $1 order by s.created_at, s.id"))
            .With(Sql.Text(tenant));
        return await ReadAll(command, cancellationToken);
    }

    /// <summary>Every subscription of some companies, disabled ones included: they are owed events too.</summary>
    public async Task<IReadOnlyList<Subscription>> Matching(IEnumerable<string> tenants, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(_columns.Select("where s.tenant_id = any($1) order by s.tenant_id, s.id"))
            .With(Sql.Texts(tenants));
        return await ReadAll(command, cancellationToken);
    }

    public async Task<IReadOnlyList<Subscription>> Of(IReadOnlyCollection<Guid> ids, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(_columns.Select("where s.id = any($1)")).With(Sql.Uuids(ids));
        return await ReadAll(command, cancellationToken);
    }

    public async Task<Subscription?> Find(string tenant, Guid id, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(_columns.Select("where s.tenant_id = $1 and s.id = $2"))
            .With(Sql.Text(tenant), Sql.Uuid(id));
        return (await ReadAll(command, cancellationToken)).SingleOrDefault();
    }

    /// <summary>The company of a subscription, for those who know its id alone.</summary>
    public async Task<Subscription?> Find(Guid id, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(_columns.Select("where s.id = $1")).With(Sql.Uuid(id));
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
                """
                delete from webhooks.deliveries where (tenant_id, id) in (
                    select tenant_id, id from webhooks.deliveries where tenant_id = $1 and subscription_id = $2 limit $3)
                """)
                .With(Sql.Text(tenant), Sql.Uuid(id), Sql.Int(page));
            removed = await command.ExecuteNonQueryAsync(cancellationToken);
        }
        while (removed == page);
        return await Change(
            batch => batch.Add("delete from webhooks.subscriptions where tenant_id = $1 and id = $2", Sql.Text(tenant), Sql.Uuid(id)));

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
                "select 1 from webhooks.endpoints where tenant_id = $1 and subscription_id = $2 for update", Sql.Text(tenant),
                Sql.Uuid(id));
            batch.Add(_columns.Select("where s.tenant_id = $1 and s.id = $2 for update"), Sql.Text(tenant), Sql.Uuid(id));
            await using (var reader = await batch.ExecuteReaderAsync(cancellationToken))
            {
                await reader.NextResultAsync(cancellationToken);
                if (await reader.ReadAsync(cancellationToken))
                {
                    return new LockedSubscription(connection, transaction, _columns.Read(reader));
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

    public void AddUpdate(NpgsqlBatch batch, Subscription subscription) => batch.BatchCommands.Add(_columns.Update(subscription));

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
            """
            select count(*) from webhooks.secrets
            where tenant_id = $1 and subscription_id = $2 and (expires_at is null or expires_at > $3)
            """,
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
        await using var select = dataSource.CreateCommand(
            "select tenant_id, id, headers::text from webhooks.subscriptions where headers <> '{}'");
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
                """
                update webhooks.subscriptions set sealed_headers = $3, headers = '{}'
                where tenant_id = $1 and id = $2 and headers <> '{}'
                """)
                .With(Sql.Text(tenant), Sql.Uuid(id), Sql.Jsonb(SealedHeaders.Write(values, protection)));
            await update.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    private void AddSecret(NpgsqlBatch batch, string tenant, Guid subscription, string secret) => batch.Add(
        "insert into webhooks.secrets (tenant_id, subscription_id, id, protected, created_at) values ($1, $2, $3, $4, $5)",
        Sql.Text(tenant), Sql.Uuid(subscription), Sql.Uuid(Guid.CreateVersion7()),
        Sql.Bytes(protection.Protect(secret)), Sql.Timestamp(time.GetUtcNow()));

    private async Task<IReadOnlyList<Subscription>> ReadAll(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        var subscriptions = new List<Subscription>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            subscriptions.Add(_columns.Read(reader));
        }

        return subscriptions;
    }
}
