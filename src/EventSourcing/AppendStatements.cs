using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using Npgsql;

namespace PixeeEvents.EventSourcing;

/// <summary>The statements that write all events of one or more units of work: new streams, advanced streams, events.</summary>
internal sealed class AppendStatements
{
    private readonly string _tenant;
    private readonly IReadOnlyList<UnitOfWork> _units;
    private readonly List<PendingStream> _streams;
    private readonly Guid[] _ids;
    private readonly int[] _unitOf;
    private readonly Guid[] _streamIds;
    private readonly long[] _versions;
    private readonly string[] _names;
    private readonly object[] _bodies;
    private NpgsqlBatchCommand? _advance;
    private int _advanced;

    public AppendStatements(string tenant, IReadOnlyList<UnitOfWork> units, EventTypes types)
    {
        (_tenant, _units, _streams) = (tenant, units, [.. units.SelectMany(u => u.Streams)]);
        var count = _streams.Sum(s => s.Appended.Count);
        (_ids, _unitOf, _streamIds, _versions, _names, _bodies) = (new Guid[count], new int[count], new Guid[count], new long[count], new string[count], new object[count]);
        NewIds();
        var i = 0;
        for (var unit = 0; unit < units.Count; unit++)
        {
            foreach (var stream in units[unit].Streams)
            {
                var version = stream.FetchedVersion ?? 0;
                foreach (var @event in stream.Appended)
                {
                    (_unitOf[i], _streamIds[i], _versions[i]) = (unit, stream.Id, ++version);
                    (_names[i], _bodies[i]) = (types.NameOf(@event.GetType()), @event);
                    i++;
                }
            }
        }
    }

    public void AddStreams(NpgsqlBatch batch)
    {
        var started = _streams.Where(s => !s.Exists).ToList();
        if (started.Count > 0)
        {
            batch.Add(
                """
                insert into mt_streams (tenant_id, id, type, version)
                select $1, i.id, i.type, i.version from unnest($2::uuid[], $3::text[], $4::bigint[]) as i(id, type, version) order by i.id
                """,
                Sql.Text(_tenant), Sql.Uuids(started.Select(s => s.Id)), Sql.Texts(started.Select(s => s.Type)), Sql.Longs(started.Select(s => s.Version)));
        }

        if (started.Count < _streams.Count)
        {
            var advanced = _streams.Where(s => s.Exists).ToList();
            // The session of one unit has locked what it locks; the streams of several are locked here, in id order as everybody does.
            var locked = _units.Count > 1 ? "join (select l.id from mt_streams l where l.tenant_id = $1 and l.id = any($2) order by l.id for update) l using (id)" : "";
            batch.Add(
                $"""
                update mt_streams s set version = i.version, timestamp = clock_timestamp()
                from unnest($2::uuid[], $3::bigint[], $4::bigint[]) as i(id, before, version) {locked}
                where s.tenant_id = $1 and s.id = i.id and s.version = i.before and not s.is_archived
                """,
                Sql.Text(_tenant), Sql.Uuids(advanced.Select(s => s.Id)), Sql.Longs(advanced.Select(s => s.FetchedVersion ?? 0)),
                Sql.Longs(advanced.Select(s => s.Version)));
            (_advance, _advanced) = (batch.BatchCommands[^1], advanced.Count);
        }
    }

    public void AddEvents(NpgsqlBatch batch) =>
        batch.Add(
            """
            with moment as materialized (select clock_timestamp() as at),
            inserted as (
                insert into mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, correlation_id, causation_id, headers)
                select nextval('mt_events_sequence'), e.id, e.stream_id, e.version, e.data, e.type, moment.at, $1,
                       ($8::text[])[e.unit + 1], ($9::text[])[e.unit + 1], ($10::jsonb[])[e.unit + 1]
                from unnest($2::uuid[], $3::int[], $4::uuid[], $5::bigint[], $6::text[], $7::jsonb[]) as e(id, unit, stream_id, version, type, data), moment
                returning seq_id)
            select (select at from moment), array_agg(seq_id order by seq_id) from inserted
            """,
            Sql.Text(_tenant), Sql.Uuids(_ids), Sql.Ints(_unitOf), Sql.Uuids(_streamIds), Sql.Longs(_versions), Sql.Texts(_names),
            Sql.Jsonbs(_bodies.Select(b => JsonSerializer.SerializeToUtf8Bytes(b, b.GetType(), EventTypes.Json))),
            Sql.Texts(_units.Select(u => u.Caller.CorrelationId)), Sql.Texts(_units.Select(u => u.Caller.CausationId)),
            Sql.Jsonbs(_units.Select(u => u.Caller.HeadersJson)));

    /// <summary>The events with their numbers and time, given to their units too; null when a stream was not where it was expected.</summary>
    /// <remarks>Numbers are drawn in the order of the rows, so the sorted numbers belong to the events one by one.</remarks>
    public async Task<IReadOnlyList<StoredEvent>?> ReadEvents(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        // Statements without rows are passed over; the insert's answer is the only one with columns.
        await reader.ReadAsync(cancellationToken);
        var at = reader.GetFieldValue<DateTimeOffset>(0);
        var sequences = reader.GetFieldValue<long[]>(1);
        while (await reader.NextResultAsync(cancellationToken))
        {
            // The rest of the batch must have succeeded before anything is reported.
        }

        if (_advance is not null && (long)_advance.RecordsAffected != _advanced)
        {
            return null;
        }

        var events = new StoredEvent[sequences.Length];
        for (var i = 0; i < events.Length; i++)
        {
            var caller = _units[_unitOf[i]].Caller;
            events[i] = new StoredEvent(
                sequences[i], _ids[i], _tenant, _streamIds[i], _versions[i], _names[i], _bodies[i], at, caller.CorrelationId, caller.CausationId, caller.Headers);
        }

        var first = 0;
        foreach (var unit in _units)
        {
            var count = unit.Streams.Sum(s => s.Appended.Count);
            unit.Events = new ArraySegment<StoredEvent>(events, first, count);
            first += count;
        }

        return events;
    }

    /// <summary>UUIDv7s of one moment; the random bits are drawn in one go, which is what costs.</summary>
    private void NewIds()
    {
        var template = Guid.CreateVersion7().ToByteArray(bigEndian: true);
        var random = RandomNumberGenerator.GetBytes(_ids.Length * 10);
        for (var i = 0; i < _ids.Length; i++)
        {
            var bits = random.AsSpan(i * 10, 10);
            bits.CopyTo(template.AsSpan(6));
            template[6] = (byte)((template[6] & 0x0F) | 0x70);
            template[8] = (byte)((template[8] & 0x3F) | 0x80);
            _ids[i] = new Guid(template, bigEndian: true);
        }
    }
}
