using Npgsql;
using NpgsqlTypes;
using PixeeEvents.EventLog;
using PixeeEvents.Webhooks.Replays;
using PixeeEvents.Webhooks.Subscriptions;

namespace PixeeEvents.Webhooks.Reports;

/// <summary>The delivery log as its owner reads it.</summary>
internal sealed class DeliveryQueries(NpgsqlDataSource dataSource, TimeProvider time)
{
    private const string State = "case when d.state = 'waiting' and s.state = 'disabled' then 'held' else d.state end";

    private const string From =
        "webhooks.deliveries d join webhooks.subscriptions s on s.tenant_id = d.tenant_id and s.id = d.subscription_id";

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
            Sql.Text(tenant), Sql.Uuid(subscription), Sql.Text(filter.State), Sql.Text(filter.Type), Sql.Timestamp(filter.Since),
            Sql.Timestamp(filter.Until),
        ];
        await using var batch = dataSource.CreateBatch();
        batch.Add($"select count(*) {Where}", Filter());
        batch.Add(
            $"select {Columns} {Where} order by d.ordinal desc limit $7 offset $8",
            [.. Filter(), Sql.Long(perPage), Sql.Long((page - 1L) * perPage)]);
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
                row.GetInt32(0), row.GetFieldValue<DateTimeOffset>(1), row.GetDouble(2), row.Nullable<int>(3), row.NullableText(4),
                row.NullableText(5), row.NullableText(6), row.NullableText(7)),
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
        var (attempts, successes, median, p95) = (
            reader.GetInt64(0), reader.GetInt64(1), reader.Nullable<double>(2), reader.Nullable<double>(3));
        await reader.NextResultAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new Stats(
            states, reader.Nullable<DateTimeOffset>(7), attempts, successes, median, p95, reader.Nullable<DateTimeOffset>(0),
            reader.Nullable<DateTimeOffset>(1), reader.Nullable<DateTimeOffset>(2), reader.GetInt32(3), reader.Nullable<DateTimeOffset>(4),
            reader.GetBoolean(5), reader.Nullable<decimal>(6));
    }

    /// <summary>Newest first.</summary>
    public async Task<Page<Notice>> Notices(string tenant, Guid subscription, int page, int perPage, CancellationToken cancellationToken)
    {
        await using var batch = dataSource.CreateBatch();
        batch.Add(
            "select count(*) from webhooks.notices where tenant_id = $1 and subscription_id = $2",
            Sql.Text(tenant), Sql.Uuid(subscription));
        batch.Add(
            """
            select id, type, delivery_id, at, detail from webhooks.notices
            where tenant_id = $1 and subscription_id = $2 order by at desc, id desc limit $3 offset $4
            """,
            Sql.Text(tenant), Sql.Uuid(subscription), Sql.Long(perPage), Sql.Long((page - 1L) * perPage));
        return await ReadPage(
            batch,
            row => new Notice(
                row.GetGuid(0), row.GetString(1), row.Nullable<Guid>(2), row.GetFieldValue<DateTimeOffset>(3), row.GetString(4)),
            cancellationToken);
    }

    private const string ReplayColumns = "id, since, until, types, only_failed, state, enqueued, created_at, ended_at";

    /// <summary>Newest first.</summary>
    public async Task<Page<Replay>> Replays(string tenant, Guid subscription, int page, int perPage, CancellationToken cancellationToken)
    {
        await using var batch = dataSource.CreateBatch();
        batch.Add(
            "select count(*) from webhooks.replays where tenant_id = $1 and subscription_id = $2",
            Sql.Text(tenant), Sql.Uuid(subscription));
        batch.Add(
            $"""
             select {ReplayColumns} from webhooks.replays
             where tenant_id = $1 and subscription_id = $2 order by created_at desc, id desc limit $3 offset $4
             """,
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
            row => (
                Subscription: row.GetGuid(15), Delivery: Read(row, body: null), Status: row.Nullable<int>(16), Error: row.NullableText(17)),
            cancellationToken);
        return
        [
            .. rows.Where(r => known.ContainsKey(r.Subscription))
                .Select(r => new FailedDelivery(known[r.Subscription], r.Delivery, r.Status, r.Error)),
        ];
    }

    private static Replay ReadReplay(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.Nullable<DateTimeOffset>(1), row.Nullable<DateTimeOffset>(2), row.NullableArray<string>(3), row.GetBoolean(4),
        row.GetString(5), row.GetInt64(6), row.GetFieldValue<DateTimeOffset>(7), row.Nullable<DateTimeOffset>(8));

    private static Delivery Read(NpgsqlDataReader row, byte[]? body) => new(
        row.GetGuid(0), row.GetGuid(1), row.GetString(2), row.GetString(3), row.Nullable<Guid>(4), row.Nullable<long>(5),
        row.Nullable<Guid>(6), row.Nullable<long>(7), row.Nullable<long>(8), row.GetString(9), row.GetInt32(10),
        row.Nullable<DateTimeOffset>(11), row.GetFieldValue<DateTimeOffset>(12), row.GetFieldValue<DateTimeOffset>(13),
        row.Nullable<DateTimeOffset>(14), body);

    private static async Task<Page<T>> ReadPage<T>(NpgsqlBatch batch, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var total = reader.GetInt64(0);
        await reader.NextResultAsync(cancellationToken);
        return new Page<T>(await ReadAll(reader, read, cancellationToken), total);
    }

    private static async Task<List<T>> ReadAll<T>(
        NpgsqlDataReader reader, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(read(reader));
        }

        return rows;
    }
}
