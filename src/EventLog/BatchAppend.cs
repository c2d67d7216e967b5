using System.Security.Cryptography;
using JasperFx.Events;
using Marten;
using Npgsql;

namespace PixeeEvents.EventLog;

/// <summary>
/// Writes all events of any number of streams in Marten's unit of work: streams, events, snapshots and rows, one statement each. The
/// caller holds many, or their guards, by ordered locks; one may stand on its version alone.
/// </summary>
/// <remarks>
/// Numbers are drawn in the order of the events, so within the batch log order is the order of appending. Unless every stream is where
/// its snapshot said, none is drawn and nothing is written. Many numbers are drawn in a round trip of their own: projections that know
/// them look no event up, and while the server works on one step, the next is made ready here.
/// </remarks>
internal sealed class BatchAppend
{
    /// <summary>So many are written in one round trip, which costs less than what knowing their numbers saves.</summary>
    private const int Few = 20;

    /// <summary>Moves the streams that are where they are expected; its parameters are those of <see cref="Advanced"/>.</summary>
    private const string Advance =
        """
        advanced as (
            update mt_streams s set version = i.version, timestamp = clock_timestamp()
            from unnest($2::uuid[], $3::bigint[], $4::bigint[]) as i(id, expected, version)
            where s.tenant_id = $1 and s.id = i.id and s.version = i.expected and not s.is_archived
            returning 1)
        """;

    private readonly EventStore _store;
    private readonly IDocumentSession _session;
    private readonly string _tenant;
    private readonly IReadOnlyList<PendingStream> _streams;
    private readonly List<Caller> _callers = [];
    private readonly List<int> _callerOf = [];
    private readonly List<IEvent> _events = [];

    public BatchAppend(EventStore store, IDocumentSession session, Caller caller, IReadOnlyList<PendingStream> streams)
    {
        (_store, _session, _tenant, _streams) = (store, session, caller.Tenant, streams);
        foreach (var stream in streams)
        {
            var (version, writer) = (stream.PreviousVersion, stream.Caller ?? caller);
            if (_callers.Count == 0 || _callers[^1] != writer)
            {
                _callers.Add(writer);
            }

            foreach (var data in stream.Events)
            {
                var @event = session.Events.BuildEvent(data);
                (@event.StreamId, @event.Version, @event.TenantId, @event.Timestamp) = (stream.Id, ++version, _tenant, default);
                _events.Add(@event);
                _callerOf.Add(_callers.Count);
            }
        }

        GiveIds();
    }

    /// <summary>Queues everything, or writes what comes before the rows and queues those.</summary>
    /// <param name="begin">Gives a batch in the session's transaction.</param>
    /// <exception cref="JasperFx.ConcurrencyException">A stream was not where its snapshot said.</exception>
    public async Task Queue(Func<ValueTask<NpgsqlBatch>> begin, CancellationToken cancellationToken)
    {
        // What is queued already comes before the numbers are drawn.
        if (_events.Count > Few && !_session.PendingChanges.Operations().Any())
        {
            await Write(begin, cancellationToken);
            return;
        }

        Started().ForEach(_session.QueueOperation);
        var append = Append(Bodies(), areDrawn: false);
        _session.QueueOperation(new SqlQuery(append.Statement, append.Parameters, async (reader, exceptions, stop) =>
        {
            await reader.ReadAsync(stop);
            if (reader.GetInt64(0) != _events.Count)
            {
                exceptions.Add(Moved());
            }
        }));
        Snapshots().ForEach(_session.QueueOperation);
        await Project(cancellationToken);
    }

    private async Task Write(Func<ValueTask<NpgsqlBatch>> begin, CancellationToken cancellationToken)
    {
        await using var batch = await begin();
        var drawn = Draw(batch, cancellationToken);
        NpgsqlParameter bodies;
        List<SqlOperation> snapshots;
        try
        {
            (bodies, snapshots) = (Bodies(), Snapshots());
        }
        finally
        {
            await drawn;
        }

        batch.BatchCommands.Clear();
        foreach (var operation in snapshots.Prepend(Append(bodies, areDrawn: true)))
        {
            batch.Add(operation.Statement, [.. operation.Parameters]);
        }

        var written = batch.ExecuteNonQueryAsync(cancellationToken);
        try
        {
            await Project(cancellationToken);
        }
        finally
        {
            await written;
        }
    }

    private async Task Project(CancellationToken cancellationToken)
    {
        foreach (var projection in _store.Projections)
        {
            await projection.ApplyAsync(_session, _events, cancellationToken);
        }
    }

    private async Task Draw(NpgsqlBatch batch, CancellationToken cancellationToken)
    {
        foreach (var operation in Started())
        {
            batch.Add(operation.Statement, [.. operation.Parameters]);
        }

        batch.Add(
            $"""
             with {Advance}
             select array(select nextval('mt_events_sequence') from generate_series(1, $6)) where (select count(*) from advanced) = $5
             """,
            [.. Advanced(), Sql.Long(_events.Count)]);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
        {
            throw Moved();
        }

        var numbers = reader.GetFieldValue<long[]>(0);
        for (var i = 0; i < numbers.Length; i++)
        {
            _events[i].Sequence = numbers[i];
        }
    }

    private List<SqlOperation> Started()
    {
        var started = _streams.Where(s => !s.Exists).ToList();
        return started.Count == 0 ? [] :
        [
            new SqlOperation(
                """
                insert into mt_streams (tenant_id, id, type, version)
                select $1, i.id, i.type, i.version from unnest($2::uuid[], $3::text[], $4::bigint[]) as i(id, type, version) order by i.id
                """,
                [
                    Sql.Text(_tenant), Sql.Uuids(started.Select(s => s.Id)),
                    Sql.Texts(started.Select(s => _store.SnapshotOf(s.StateType).StreamAlias)), Sql.Longs(started.Select(s => s.Version)),
                ]),
        ];
    }

    private NpgsqlParameter[] Advanced()
    {
        var advanced = _streams.Where(s => s.Exists).OrderBy(s => s.Id).ToList();
        return
        [
            Sql.Text(_tenant), Sql.Uuids(advanced.Select(s => s.Id)), Sql.Longs(advanced.Select(s => s.PreviousVersion)),
            Sql.Longs(advanced.Select(s => s.Version)), Sql.Long(advanced.Count),
        ];
    }

    /// <remarks>Where numbers are not drawn, the moment comes only when every stream was where its snapshot said.</remarks>
    private SqlOperation Append(NpgsqlParameter bodies, bool areDrawn)
    {
        var (first, moment, number) = areDrawn
            ? ("", "", "e.seq_id")
            : ($"{Advance},", "from (select count(*) from advanced) a where a.count = $5", "nextval('mt_events_sequence')");
        return new SqlOperation(
            $"""
             with {first}
             moment as materialized (select clock_timestamp() as at {moment}),
             written as (
                 insert into mt_events (
                     seq_id, id, stream_id, version, data, type, mt_dotnet_type, timestamp, tenant_id, correlation_id, causation_id, headers)
                 select
                     {number}, e.id, e.stream_id, e.version, e.data, e.type, e.dotnet_type, moment.at, $1,
                     ($14::text[])[e.caller], ($15::text[])[e.caller], ($16::jsonb[])[e.caller]
                 from
                     unnest($6::bigint[], $7::uuid[], $8::uuid[], $9::bigint[], $10::text[], $11::text[], $12::jsonb[], $13::int[])
                         as e(seq_id, id, stream_id, version, type, dotnet_type, data, caller),
                     moment
                 returning 1)
             select count(*) from written
             """,
            [
                .. areDrawn ? [Sql.Text(_tenant), Sql.Uuids([]), Sql.Longs([]), Sql.Longs([]), Sql.Long(0)] : Advanced(),
                Sql.Longs(areDrawn ? _events.Select(e => e.Sequence) : []), Sql.Uuids(_events.Select(e => e.Id)),
                Sql.Uuids(_events.Select(e => e.StreamId)), Sql.Longs(_events.Select(e => e.Version)),
                Sql.Texts(_events.Select(e => e.EventTypeName)), Sql.Texts(_events.Select(e => e.DotNetTypeName)), bodies, Sql.Ints(_callerOf),
                Sql.Texts(_callers.Select(c => c.CorrelationId)), Sql.Texts(_callers.Select(c => c.CausationId)),
                Sql.Jsonbs(_callers.Select(c => c.Headers.Count == 0 ? null : _store.Serialize(c.Headers))),
            ]);
    }

    private NpgsqlParameter Bodies() => Sql.Jsonbs(_events.Select(e => _store.Serialize(e.Data)));

    /// <summary>In the order of their index: neighbours are found in the same page.</summary>
    private List<SqlOperation> Snapshots() =>
    [
        .. _streams.GroupBy(s => s.StateType).Select(kind => _store.Upsert(
            _store.SnapshotOf(kind.Key), "public", _tenant, [.. kind.OrderBy(s => s.Id).Select(s => (s.Id, s.Version, s.CurrentState))])),
    ];

    private JasperFx.ConcurrencyException Moved() => new("A stream was not where its snapshot said.", typeof(IEvent), _streams[0].Id);

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
