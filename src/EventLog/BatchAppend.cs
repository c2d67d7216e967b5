using System.Security.Cryptography;
using JasperFx.Events;
using Marten;

namespace PixeeEvents.EventLog;

/// <summary>
/// The operations that write all events of any number of streams in Marten's unit of work: streams, events, snapshots and rows,
/// one statement each. The caller holds many, or their guards, by ordered locks; one may stand on its version alone.
/// </summary>
/// <remarks>Numbers are drawn in the order of the events, so within the batch log order is the order of appending.</remarks>
internal sealed class BatchAppend
{
    private readonly EventStore _store;
    private readonly IDocumentSession _session;
    private readonly Caller _caller;
    private readonly IReadOnlyList<PendingStream> _streams;
    private readonly List<IEvent> _events = [];

    public BatchAppend(EventStore store, IDocumentSession session, Caller caller, IReadOnlyList<PendingStream> streams)
    {
        (_store, _session, _caller, _streams) = (store, session, caller, streams);
        foreach (var stream in streams)
        {
            var version = stream.PreviousVersion;
            foreach (var data in stream.Events)
            {
                var @event = session.Events.BuildEvent(data);
                (@event.StreamId, @event.Version, @event.TenantId) = (stream.Id, ++version, caller.Tenant);
                _events.Add(@event);
            }
        }

        GiveIds();
    }

    public async Task Queue(CancellationToken cancellationToken)
    {
        QueueStreams();
        QueueEvents();
        foreach (var kind in _streams.GroupBy(s => s.StateType))
        {
            _session.QueueOperation(_store.Upsert(
                _store.SnapshotOf(kind.Key), "public", _caller.Tenant, [.. kind.Select(s => (s.Id, s.Version, s.CurrentState))]));
        }

        foreach (var projection in _store.Projections)
        {
            await projection.ApplyAsync(_session, _events, cancellationToken);
        }
    }

    private void QueueStreams()
    {
        var started = _streams.Where(s => !s.Exists).ToList();
        if (started.Count > 0)
        {
            _session.QueueOperation(new SqlOperation(
                """
                insert into mt_streams (tenant_id, id, type, version)
                select $1, i.id, i.type, i.version from unnest($2::uuid[], $3::text[], $4::bigint[]) as i(id, type, version) order by i.id
                """,
                [
                    Sql.Text(_caller.Tenant), Sql.Uuids(started.Select(s => s.Id)),
                    Sql.Texts(started.Select(s => _store.SnapshotOf(s.StateType).StreamAlias)), Sql.Longs(started.Select(s => s.Version)),
                ]));
        }
    }

    /// <remarks>Unless every stream is where its snapshot said, the moment never comes: no number is drawn, nothing is written.</remarks>
    private void QueueEvents()
    {
        var advanced = _streams.Where(s => s.Exists).ToList();
        _session.QueueOperation(new SqlQuery(
            """
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
                    nextval('mt_events_sequence'), e.id, e.stream_id, e.version, e.data, e.type, e.dotnet_type, moment.at, $1, $8, $9, $10
                from
                    unnest($2::uuid[], $3::uuid[], $4::bigint[], $5::text[], $6::text[], $7::jsonb[])
                        as e(id, stream_id, version, type, dotnet_type, data),
                    moment
                returning 1)
            select count(*) from written
            """,
            [
                Sql.Text(_caller.Tenant), Sql.Uuids(_events.Select(e => e.Id)), Sql.Uuids(_events.Select(e => e.StreamId)),
                Sql.Longs(_events.Select(e => e.Version)), Sql.Texts(_events.Select(e => e.EventTypeName)),
                Sql.Texts(_events.Select(e => e.DotNetTypeName)), Sql.Jsonbs(_events.Select(e => _store.Serialize(e.Data))),
                Sql.Text(_caller.CorrelationId), Sql.Text(_caller.CausationId),
                Sql.Jsonb(_caller.Headers.Count == 0 ? null : _store.Serialize(_caller.Headers)),
                Sql.Uuids(advanced.Select(s => s.Id)), Sql.Longs(advanced.Select(s => s.PreviousVersion)),
                Sql.Longs(advanced.Select(s => s.Version)), Sql.Long(advanced.Count),
            ],
            async (reader, exceptions, stop) =>
            {
                await reader.ReadAsync(stop);
                if (reader.GetInt64(0) != _events.Count)
                {
                    exceptions.Add(
                        new JasperFx.ConcurrencyException("A stream was not where its snapshot said.", typeof(IEvent), _streams[0].Id));
                }
            }));
    }

    /// <summary>UUIDv7s of one moment; the random bits are drawn in one go, which is what costs.</summary>
    private void GiveIds()
    {
        var template = Guid.CreateVersion7().ToByteArray(bigEndian: true);
        var random = RandomNumberGenerator.GetBytes(_events.Count * 10);
        for (var i = 0; i < _events.Count; i++)
        {
            random.AsSpan(i * 10, 10).CopyTo(template.AsSpan(6));
            template[6] = (byte)((template[6] & 0x0F) | 0x70);
            template[8] = (byte)((template[8] & 0x3F) | 0x80);
            _events[i].Id = new Guid(template, bigEndian: true);
        }
    }
}
