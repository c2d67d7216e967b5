using JasperFx.Events;
using Npgsql;

namespace PixeeEvents.EventLog;

/// <summary>The whole log in order, of all tenants, for readers that follow it.</summary>
public sealed class LogReader(EventStore store, SettledMark mark)
{
    /// <summary>Events after a position up to the settled mark, in order, at most <paramref name="limit"/>.</summary>
    /// <returns>The events and the position to go on from: all of the log up to it has been seen.</returns>
    public async Task<(IReadOnlyList<IEvent> Events, long Position)> ReadAfter(long position, int limit, CancellationToken cancellationToken)
    {
        var settled = await mark.Read(cancellationToken);
        if (settled <= position)
        {
            return ([], position);
        }

        await using var connection = await store.DataSource.OpenConnectionAsync(cancellationToken);
        var events = await ReadBetween(connection, position, settled, limit, cancellationToken);
        return (events, events.Count == limit ? events[^1].Sequence : settled);
    }

    internal async Task<IReadOnlyList<IEvent>> ReadBetween(NpgsqlConnection connection, long after, long upTo, int limit, CancellationToken cancellationToken)
    {
        using var events = new EventReader(store.Documents);
        await using var command = new NpgsqlCommand(
            $"select {events.Columns} from mt_events e where e.seq_id > $1 and e.seq_id <= $2 order by e.seq_id limit $3", connection)
            .With(Sql.Long(after), Sql.Long(upTo), Sql.Long(limit));
        return await events.ReadAll(command, cancellationToken);
    }

    /// <summary>The events of the call that published a message, in log order; none of another call that wrote at the same time.</summary>
    public async Task<IReadOnlyList<IEvent>> EventsOf(OutboxRecord message, CancellationToken cancellationToken)
    {
        using var events = new EventReader(store.Documents);
        await using var command = store.DataSource.CreateCommand(
            $"""
             select {events.Columns} from mt_events e
             where e.seq_id between $2 and $3 and e.tenant_id = $1 and e.causation_id = $4
             order by e.seq_id
             """)
            .With(Sql.Text(message.Tenant), Sql.Long(message.FirstSequence), Sql.Long(message.LastSequence), Sql.Text(message.CausationId));
        return await events.ReadAll(command, cancellationToken);
    }

    /// <summary>
    /// A position behind which lies every event of <paramref name="time"/> or later, found by bisection: the log has no index on
    /// time, and its timestamps rise with the position but for writers that overlapped, which <paramref name="margin"/> covers.
    /// </summary>
    public async Task<long> PositionOf(DateTimeOffset time, TimeSpan margin, CancellationToken cancellationToken)
    {
        await using var command = store.DataSource.CreateCommand(
            """
            with recursive bisection(low, high) as (
                select -1::bigint, (select coalesce(max(seq_id), 0) + 1 from mt_events)
                union all
                select case when probe.at < $1 then probe.seq_id - 1 else b.low end,
                       case when probe.at < $1 then b.high else middle.at end
                from bisection b
                cross join lateral (select (b.low + b.high) / 2 as at) middle
                left join lateral (select e.seq_id, e.timestamp as at from mt_events e where e.seq_id > middle.at order by e.seq_id limit 1) probe on true
                where b.high - b.low > 1)
            select min(high) from bisection
            """);
        command.With(Sql.Timestamp(time - margin));
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}
