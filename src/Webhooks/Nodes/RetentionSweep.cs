using Npgsql;
using PixeeEvents.EventLog;
using PixeeEvents.Webhooks.Subscriptions;

namespace PixeeEvents.Webhooks.Nodes;

/// <summary>
/// Removes what is older than it is kept for, a page at a time, each in a short transaction that waits for nobody: a row that somebody
/// holds is left to the next sweep. Any number of nodes may sweep at once.
/// </summary>
/// <remarks>
/// <para>What waits is never removed, nor anything of a subscription that a running replay sends from.</para>
/// <para>An event that was exhausted and arrived later by hand keeps the proof of that for as long as the failure is kept.</para>
/// <para>Before anything goes, its endpoint says up to when: what counts deliveries refuses to count fewer than there were.</para>
/// <para>A message stays for as long as a delivery of it does, and until every replay that runs has passed it.</para>
/// </remarks>
internal sealed class RetentionSweep(NpgsqlDataSource dataSource, Retention retention, TimeProvider time)
{
    /// <summary>How long after one sweep the next begins.</summary>
    public static TimeSpan Interval { get; } = TimeSpan.FromHours(1);

    private const int Page = 1000;

    private const string Deliveries =
        """
        with page as (
            select d.id, d.ordinal, d.created_at from webhooks.deliveries d
            where d.tenant_id = $1 and d.subscription_id = $2 and d.ordinal > $3 order by d.ordinal limit $6),
        old as (
            select d.id from webhooks.deliveries d join page p on p.id = d.id
            where d.tenant_id = $1 and d.lease_until is null and (
                (d.state in ('delivered', 'superseded', 'cancelled') and d.settled_at < $4)
                    or (d.state = 'exhausted' and d.settled_at < $5))
              and not exists (select from webhooks.replays r where r.tenant_id = $1 and r.subscription_id = $2 and r.state = 'running')
              and not (d.state = 'delivered' and exists (
                select from webhooks.deliveries e
                where e.tenant_id = $1 and e.subscription_id = $2 and e.event_id = d.event_id and e.state = 'exhausted'))
            for update of d skip locked),
        gone as (delete from webhooks.deliveries d using old o where d.tenant_id = $1 and d.id = o.id)
        select max(ordinal), count(*) = $6 and min(created_at) < greatest($4, $5) from page
        """;

    private const string Messages =
        """
        with page as (
            select o.id, o.last_seq_id, o.taken_at from outbox o
            where o.tenant_id = $1 and o.last_seq_id > $2 order by o.last_seq_id fetch first ($4) rows with ties),
        old as (
            select o.id from outbox o join page p on p.id = o.id
            where o.tenant_id = $1 and o.taken_at < $3
              and not exists (
                select from webhooks.replays r
                where r.tenant_id = $1 and r.state = 'running' and not r.only_failed and r.position < o.last_seq_id
                  and r.end_position >= o.last_seq_id)
              and not exists (
                select from webhooks.subscriptions s
                join webhooks.deliveries d on d.tenant_id = $1 and d.subscription_id = s.id and d.occurred_at = o.occurred_at
                    and d.message_id = o.id
                where s.tenant_id = $1)
            for update of o skip locked),
        gone as (delete from outbox o using old where o.tenant_id = $1 and o.id = old.id)
        select max(last_seq_id), count(*) >= $4 and min(taken_at) < $3 from page
        """;

    private const string Tenants =
        """
        with recursive t(id) as (
            (select o.tenant_id from outbox o order by o.tenant_id limit 1)
            union all
            select (select o.tenant_id from outbox o where o.tenant_id > t.id order by o.tenant_id limit 1) from t where t.id is not null)
        select id from t where id is not null
        """;

    private readonly Queue<(string Tenant, Guid? Subscription)> _left = [];
    private long _position;

    /// <summary>Takes one page.</summary>
    /// <returns>False when the sweep is at its end; the next call begins another.</returns>
    public async Task<bool> Step(CancellationToken cancellationToken)
    {
        if (_left.Count == 0)
        {
            await Begin(cancellationToken);
        }

        if (!_left.TryPeek(out var next))
        {
            return false;
        }

        var last = next.Subscription is { } subscription
            ? await Sweep(next.Tenant, subscription, cancellationToken)
            : await Sweep(next.Tenant, cancellationToken);
        _position = last ?? 0;
        if (last is null)
        {
            _left.Dequeue();
        }

        return _left.Count > 0;
    }

    private async Task Begin(CancellationToken cancellationToken)
    {
        await using var batch = dataSource.CreateBatch();
        batch.Add("select tenant_id, id from webhooks.subscriptions order by tenant_id, id");
        batch.Add(Tenants);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            _left.Enqueue((reader.GetString(0), reader.GetGuid(1)));
        }

        await reader.NextResultAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            _left.Enqueue((reader.GetString(0), null));
        }
    }

    /// <returns>How far the deliveries of a subscription were looked at; null when there is nothing old beyond.</returns>
    private async Task<long?> Sweep(string tenant, Guid subscription, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var (settled, exhausted) = (now - retention.Settled, now - retention.Exhausted);
        if (_position == 0)
        {
            await using var mark = dataSource.CreateCommand(
                "update webhooks.endpoints set swept_until = greatest(swept_until, $3) where tenant_id = $1 and subscription_id = $2")
                .With(Sql.Text(tenant), Sql.Uuid(subscription), Sql.Timestamp(settled));
            await mark.ExecuteNonQueryAsync(cancellationToken);
            await Remove("notices", "at", exhausted);
            await Remove("replays", "ended_at", settled);
        }

        await using var command = dataSource.CreateCommand(Deliveries).With(
            Sql.Text(tenant), Sql.Uuid(subscription), Sql.Long(_position), Sql.Timestamp(settled), Sql.Timestamp(exhausted), Sql.Int(Page));
        return await Next(command, cancellationToken);

        async Task Remove(string table, string age, DateTimeOffset before)
        {
            int removed;
            do
            {
                await using var remove = dataSource.CreateCommand(
                    $"""
                     delete from webhooks.{table} where (tenant_id, id) in (
                         select tenant_id, id from webhooks.{table} where tenant_id = $1 and subscription_id = $2 and {age} < $3
                         limit $4 for update skip locked)
                     """).With(Sql.Text(tenant), Sql.Uuid(subscription), Sql.Timestamp(before), Sql.Int(Page));
                removed = await remove.ExecuteNonQueryAsync(cancellationToken);
            }
            while (removed == Page);
        }
    }

    /// <returns>How far the messages of a company were looked at; null when there is nothing old beyond.</returns>
    private async Task<long?> Sweep(string tenant, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(Messages).With(
            Sql.Text(tenant), Sql.Long(_position), Sql.Timestamp(time.GetUtcNow() - retention.Messages), Sql.Int(Page));
        return await Next(command, cancellationToken);
    }

    private static async Task<long?> Next(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return !reader.IsDBNull(1) && reader.GetBoolean(1) ? reader.GetInt64(0) : null;
    }
}
