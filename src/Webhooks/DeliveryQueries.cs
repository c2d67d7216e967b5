using Npgsql;
using NpgsqlTypes;
using PixeeEvents.EventLog;

namespace PixeeEvents.Webhooks;

/// <summary>The delivery log as its owner reads it.</summary>
internal sealed class DeliveryQueries(NpgsqlDataSource dataSource, TimeProvider time)
{
    private const string State = "case when d.state = 'waiting' and s.state = 'disabled' then 'held' else d.state end";

    private const string From = "webhooks.deliveries d join webhooks.subscriptions s on s.tenant_id = d.tenant_id and s.id = d.subscription_id";

    private const string Columns =
        $"""
         d.id, d.event_id, d.type, d.origin, d.replay_id, d.sequence, d.entity, d.previous_version, d.version, {State}, d.attempts,
         case when s.state = 'enabled' then d.due_at end, d.occurred_at, d.created_at, d.settled_at
         """;

    /// <summary>Newest first.</summary>
    public async Task<Page<Delivery>> List(
        string tenant, Guid subscription, DeliveryFilter filter, int page, int perPage, CancellationToken cancellationToken)
    {
        const string Where =
            $"""
             from {From}
             where d.tenant_id = $1 and d.subscription_id = $2 and ($3::text is null or {State} = $3) and ($4::text is null or d.type = $4)
               and ($5::timestamptz is null or d.occurred_at >= $5) and ($6::timestamptz is null or d.occurred_at < $6)
             """;
        NpgsqlParameter[] Filter() =>
        [
            Sql.Text(tenant), Sql.Uuid(subscription), Sql.Text(filter.State), Sql.Text(filter.Type), Sql.Timestamp(filter.Since), Sql.Timestamp(filter.Until),
        ];
        await using var batch = dataSource.CreateBatch();
        batch.Add($"select count(*) {Where}", Filter());
        batch.Add($"select {Columns} {Where} order by d.ordinal desc limit $7 offset $8", [.. Filter(), Sql.Long(perPage), Sql.Long((page - 1L) * perPage)]);
        return await ReadPage(batch, row => Read(row, body: null), cancellationToken);
    }

    public async Task<Delivery?> Find(string tenant, Guid subscription, Guid id, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            $"select {Columns}, d.body from {From} where d.tenant_id = $1 and d.subscription_id = $2 and d.id = $3")
            .With(Sql.Text(tenant), Sql.Uuid(subscription), Sql.Uuid(id));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? Read(reader, reader.GetFieldValue<byte[]>(15)) : null;
    }

    public async Task<IReadOnlyList<DeliveryAttempt>> Attempts(string tenant, Guid delivery, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            """
            select number, started_at, duration_ms, status, error, remote_ip, response, trace_id from webhooks.attempts
            where tenant_id = $1 and delivery_id = $2 order by number
            """)
            .With(Sql.Text(tenant), Sql.Uuid(delivery));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await ReadAll(
            reader,
            row => new DeliveryAttempt(
                row.GetInt32(0), row.GetFieldValue<DateTimeOffset>(1), row.GetDouble(2), Value<int>(row, 3), Text(row, 4), Text(row, 5), Text(row, 6), Text(row, 7)),
            cancellationToken);
    }

    public async Task<Stats> Stats(string tenant, Guid subscription, CancellationToken cancellationToken)
    {
        await using var batch = dataSource.CreateBatch();
        batch.Add(
            $"select {State}, count(*) from {From} where d.tenant_id = $1 and d.subscription_id = $2 group by 1",
            Sql.Text(tenant), Sql.Uuid(subscription));
        batch.Add(
            """
            select count(*), count(*) filter (where a.error is null and a.status between 200 and 299),
                percentile_cont(0.5) within group (order by a.duration_ms), percentile_cont(0.95) within group (order by a.duration_ms)
            from webhooks.deliveries d join webhooks.attempts a on a.tenant_id = d.tenant_id and a.delivery_id = d.id
            where d.tenant_id = $1 and d.subscription_id = $2 and (d.settled_at is null or d.settled_at > $3) and a.started_at > $3
            """,
            Sql.Text(tenant), Sql.Uuid(subscription), Sql.Timestamp(time.GetUtcNow().AddDays(-1)));
        batch.Add(
            """
            select last_success_at, last_failure_at, failing_since, failed_attempts, hold_until, is_open, pace,
                (select min(occurred_at) from webhooks.deliveries where tenant_id = $1 and subscription_id = $2 and state = 'waiting')
            from webhooks.endpoints where tenant_id = $1 and subscription_id = $2
            """,
            Sql.Text(tenant), Sql.Uuid(subscription));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var states = DeliveryStates.All.ToDictionary(s => s, _ => 0L, StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellationToken))
        {
            states[reader.GetString(0)] = reader.GetInt64(1);
        }

        await reader.NextResultAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var (attempts, successes, median, p95) = (reader.GetInt64(0), reader.GetInt64(1), Value<double>(reader, 2), Value<double>(reader, 3));
        await reader.NextResultAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new Stats(
            states, Value<DateTimeOffset>(reader, 7), attempts, successes, median, p95, Value<DateTimeOffset>(reader, 0), Value<DateTimeOffset>(reader, 1),
            Value<DateTimeOffset>(reader, 2), reader.GetInt32(3), Value<DateTimeOffset>(reader, 4), reader.GetBoolean(5), Value<decimal>(reader, 6));
    }

    /// <summary>Newest first.</summary>
    public async Task<Page<Notice>> Notices(string tenant, Guid subscription, int page, int perPage, CancellationToken cancellationToken)
    {
        await using var batch = dataSource.CreateBatch();
        batch.Add("select count(*) from webhooks.notices where tenant_id = $1 and subscription_id = $2", Sql.Text(tenant), Sql.Uuid(subscription));
        batch.Add(
            "select id, type, delivery_id, at, detail from webhooks.notices where tenant_id = $1 and subscription_id = $2 order by at desc, id desc limit $3 offset $4",
            Sql.Text(tenant), Sql.Uuid(subscription), Sql.Long(perPage), Sql.Long((page - 1L) * perPage));
        return await ReadPage(
            batch,
            row => new Notice(row.GetGuid(0), row.GetString(1), Value<Guid>(row, 2), row.GetFieldValue<DateTimeOffset>(3), row.GetString(4)),
            cancellationToken);
    }

    private const string ReplayColumns = "id, since, until, types, only_failed, state, enqueued, created_at, ended_at";

    /// <summary>Newest first.</summary>
    public async Task<Page<Replay>> Replays(string tenant, Guid subscription, int page, int perPage, CancellationToken cancellationToken)
    {
        await using var batch = dataSource.CreateBatch();
        batch.Add("select count(*) from webhooks.replays where tenant_id = $1 and subscription_id = $2", Sql.Text(tenant), Sql.Uuid(subscription));
        batch.Add(
            $"select {ReplayColumns} from webhooks.replays where tenant_id = $1 and subscription_id = $2 order by created_at desc, id desc limit $3 offset $4",
            Sql.Text(tenant), Sql.Uuid(subscription), Sql.Long(perPage), Sql.Long((page - 1L) * perPage));
        return await ReadPage(batch, ReadReplay, cancellationToken);
    }

    public async Task<Replay?> FindReplay(string tenant, Guid subscription, Guid id, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            $"select {ReplayColumns} from webhooks.replays where tenant_id = $1 and subscription_id = $2 and id = $3")
            .With(Sql.Text(tenant), Sql.Uuid(subscription), Sql.Uuid(id));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? ReadReplay(reader) : null;
    }

    /// <summary>Deliveries that ended without success or wait after a failure, newest first.</summary>
    public async Task<IReadOnlyList<FailedDelivery>> Failed(
        string tenant, IReadOnlyList<Subscription> subscriptions, int limit, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            $"""
             select {Columns}, d.subscription_id, a.status, a.error from {From}
             left join lateral (
                 select l.status, l.error from webhooks.attempts l
                 where l.tenant_id = d.tenant_id and l.delivery_id = d.id order by l.number desc limit 1) a on true
             where d.tenant_id = $1 and (d.state = 'exhausted' or (d.state = 'waiting' and d.attempts > 0)) order by d.ordinal desc limit $2
             """)
            .With(Sql.Text(tenant), Sql.Long(limit));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var known = subscriptions.ToDictionary(s => s.Id);
        var rows = await ReadAll(
            reader,
            row => (Subscription: row.GetGuid(15), Delivery: Read(row, body: null), Status: Value<int>(row, 16), Error: Text(row, 17)),
            cancellationToken);
        return
        [
            .. rows.Where(r => known.ContainsKey(r.Subscription))
                .Select(r => new FailedDelivery(known[r.Subscription], r.Delivery, r.Status, r.Error)),
        ];
    }

    private static Replay ReadReplay(NpgsqlDataReader row) => new(
        row.GetGuid(0), Value<DateTimeOffset>(row, 1), Value<DateTimeOffset>(row, 2), row.IsDBNull(3) ? null : row.GetFieldValue<string[]>(3), row.GetBoolean(4),
        row.GetString(5), row.GetInt64(6), row.GetFieldValue<DateTimeOffset>(7), Value<DateTimeOffset>(row, 8));

    private static Delivery Read(NpgsqlDataReader row, byte[]? body) => new(
        row.GetGuid(0), row.GetGuid(1), row.GetString(2), row.GetString(3), Value<Guid>(row, 4), Value<long>(row, 5), Value<Guid>(row, 6), Value<long>(row, 7),
        Value<long>(row, 8), row.GetString(9), row.GetInt32(10), Value<DateTimeOffset>(row, 11), row.GetFieldValue<DateTimeOffset>(12),
        row.GetFieldValue<DateTimeOffset>(13), Value<DateTimeOffset>(row, 14), body);

    private static async Task<Page<T>> ReadPage<T>(NpgsqlBatch batch, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var total = reader.GetInt64(0);
        await reader.NextResultAsync(cancellationToken);
        return new Page<T>(await ReadAll(reader, read, cancellationToken), total);
    }

    private static async Task<List<T>> ReadAll<T>(NpgsqlDataReader reader, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    private static T? Value<T>(NpgsqlDataReader row, int column)
        where T : struct => row.IsDBNull(column) ? null : row.GetFieldValue<T>(column);

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}

public static class DeliveryStates
{
    public static IReadOnlyList<string> All { get; } = ["waiting", "held", "delivered", "exhausted", "superseded", "cancelled"];
}
