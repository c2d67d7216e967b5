using JasperFx.Events;
using Marten;
using Marten.Events.Archiving;
using Marten.Services;
using Npgsql;
using PixeeEvents.EventLog;

namespace PixeeEvents.ReadModels;

/// <summary>The whole log in order, of all tenants, for readers that follow it.</summary>
public sealed class LogReader(EventStore store, SettledMark mark)
{
    public EventStore Store => store;

    /// <summary>Events after a position up to the settled mark, in order, at most <paramref name="limit"/>.</summary>
    /// <returns>The events and the position to go on from: all of the log up to it has been seen.</returns>
    public async Task<(IReadOnlyList<IEvent> Events, long Position)> ReadAfter(
        long position, int limit, CancellationToken cancellationToken)
    {
        var settled = await mark.Read(cancellationToken);
        if (settled <= position)
        {
            return ([], position);
        }

        await using var session = store.Documents.QuerySession();
        var events = await ReadBetween(session, position, settled, limit, cancellationToken);
        return (events, events.Count == limit ? events[^1].Sequence : settled);
    }

    /// <summary>For a reader that has a connection of its own and all the time it needs.</summary>
    internal IQuerySession OpenOn(NpgsqlConnection connection)
    {
        var options = SessionOptions.ForConnection(connection);
        options.Timeout = 0;
        return store.Documents.QuerySession(options);
    }

    internal static Task<IReadOnlyList<IEvent>> ReadBetween(
        IQuerySession session, long after, long upTo, int limit, CancellationToken cancellationToken) => session.Events.QueryAllRawEvents()
        .Where(e => e.AnyTenant() && e.MaybeArchived() && e.Sequence > after && e.Sequence <= upTo).OrderBy(e => e.Sequence).Take(limit)
        .ToListAsync(cancellationToken);

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
                left join lateral (select e.seq_id, e.timestamp as at from mt_events e where e.seq_id > middle.at order by e.seq_id
                    limit 1) probe on true
                where b.high - b.low > 1)
            select min(high) from bisection
            """);
        command.With(Sql.Timestamp(time - margin));
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}
