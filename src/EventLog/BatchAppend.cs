using JasperFx;
using JasperFx.Events;
using Marten;

namespace PixeeEvents.EventLog;

/// <summary>
/// The operations that write all events of any number of streams in Marten's unit of work: streams, events, snapshots and rows,
/// one statement each. The caller holds the streams, or their guards, by ordered locks.
/// </summary>
/// <remarks>
/// Numbers are drawn in the order of the events, so within the batch log order is the order of appending. Streams and snapshots go in the
/// order of their index, where neighbours are found in the same page.
/// </remarks>
internal sealed class BatchAppend(EventStore store, IDocumentSession session, Caller caller, IReadOnlyList<PendingStream> streams)
{
    private readonly List<Caller> _callers = [.. streams.SelectMany(s => Enumerable.Repeat(s.Caller ?? caller, s.Events.Count))];
    private readonly IReadOnlyList<IEvent> _events = [.. Events(store, session, streams)];

    /// <summary>Numbers of the first and the last event of a caller, from one on.</summary>
    public (int First, int Last) NumbersOf(Caller writer) => (_callers.IndexOf(writer) + 1, _callers.LastIndexOf(writer) + 1);

    public async Task Queue(CancellationToken cancellationToken)
    {
        var started = streams.Where(s => !s.Exists).ToList();
        if (started.Count > 0)
        {
            session.QueueOperation(new SqlOperation(
                """
                insert into mt_streams (tenant_id, id, type, version)
                select $1, i.id, i.type, i.version from unnest($2::uuid[], $3::text[], $4::bigint[]) as i(id, type, version) order by i.id
                """,
                [
                    Sql.Text(caller.Tenant), Sql.Uuids(started.Select(s => s.Id)),
                    Sql.Texts(started.Select(s => store.SnapshotOf(s.StateType).StreamAlias)), Sql.Longs(started.Select(s => s.Version)),
                ]));
        }

        var ordered = streams.OrderBy(s => s.Id).ToList();
        QueueEvents([.. ordered.Where(s => s.Exists)], [.. _callers.Distinct()]);
        foreach (var kind in ordered.GroupBy(s => s.StateType))
        {
            var rows = kind.Select(s => (s.Id, s.Version, s.CurrentState));
            session.QueueOperation(EventStore.Upsert(store.SnapshotOf(kind.Key), "public", caller.Tenant, [.. rows]));
        }

        foreach (var projection in store.Projections)
        {
            await projection.ApplyAsync(session, _events, cancellationToken);
        }
    }

    private static IEnumerable<IEvent> Events(EventStore store, IDocumentSession session, IReadOnlyList<PendingStream> streams)
    {
        foreach (var stream in streams)
        {
            var registered = store.SnapshotOf(stream.StateType).IncludedEventTypes;
            foreach (var (i, data) in stream.Events.Index())
            {
                // A stored name is for ever, so none is made up.
                var @event = registered.Contains(data.GetType()) ? session.Events.BuildEvent(data)
                    : throw new InvalidOperationException($"{data.GetType().Name} is not registered with {stream.StateType.Name}.");
                (@event.TenantId, @event.StreamId, @event.Version) = (session.TenantId, stream.Id, stream.PreviousVersion + i + 1);
                yield return @event;
            }
        }
    }

    /// <remarks>Unless every stream is where its snapshot said, the moment never comes: no number is drawn, nothing is written.</remarks>
    private void QueueEvents(List<PendingStream> advanced, List<Caller> callers) => session.QueueOperation(new SqlQuery(
        $"""
         with advanced as (
             update mt_streams s set version = i.version, timestamp = clock_timestamp()
             from unnest($11::uuid[], $12::bigint[], $13::bigint[]) as i(id, expected, version)
             where s.tenant_id = $1 and s.id = i.id and s.version = i.expected and not s.is_archived
             returning 1),
         moment as materialized (select clock_timestamp() as at from (select count(*) from advanced) a where a.count = $14),
         written as (
             insert into mt_events (
                 seq_id, id, stream_id, version, data, type, mt_dotnet_type, timestamp, tenant_id, correlation_id, causation_id, headers)
             select
                 nextval('mt_events_sequence'), e.id, e.stream_id, e.version, e.data, e.type, e.dotnet_type, moment.at, $1,
                 ($8::text[])[e.caller], ($9::text[])[e.caller], ($10::jsonb[])[e.caller]
             from
                 unnest($2::uuid[], $3::uuid[], $4::bigint[], $5::text[], $6::text[], $7::jsonb[], $15::int[])
                     as e(id, stream_id, version, type, dotnet_type, data, caller),
                 moment
             returning seq_id)
         select count(*), {EventStore.Place("array_agg(seq_id order by seq_id)", "array(select at from moment)")},
             case when count(*) = 0 then (select id from mt_streams where tenant_id = $1 and id = any($11) and is_archived limit 1) end
         from written
         """,
        [
            Sql.Text(caller.Tenant), Sql.Uuids(_events.Select(e => e.Id)), Sql.Uuids(_events.Select(e => e.StreamId)),
            Sql.Longs(_events.Select(e => e.Version)), Sql.Texts(_events.Select(e => e.EventTypeName)),
            Sql.Texts(_events.Select(e => e.DotNetTypeName)), Sql.Jsonbs(_events.Select(e => EventStore.Serialize(e.Data))),
            Sql.Texts(callers.Select(c => c.CorrelationId)), Sql.Texts(callers.Select(c => c.CausationId)),
            Sql.Jsonbs(callers.Select(c => c.Headers is { Count: > 0 } headers ? EventStore.Serialize(headers) : null)),
            Sql.Uuids(advanced.Select(s => s.Id)), Sql.Longs(advanced.Select(s => s.PreviousVersion)),
            Sql.Longs(advanced.Select(s => s.Version)), Sql.Long(advanced.Count), Sql.Ints(_callers.Select(c => callers.IndexOf(c) + 1)),
        ],
        async (reader, exceptions, stop) =>
        {
            await reader.ReadAsync(stop);
            if (reader.GetInt64(0) == 0)
            {
                exceptions.Add(
                    !reader.IsDBNull(3) ? new ArchivedStreamException(reader.GetGuid(3))
                    : new ConcurrencyException("A stream was not where its snapshot said.", typeof(IEvent), streams[0].Id));
            }
        }));
}
