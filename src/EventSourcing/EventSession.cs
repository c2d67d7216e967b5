using System.Diagnostics;
using Npgsql;

namespace PixeeEvents.EventSourcing;

/// <summary>
/// One unit of work on the log: one transaction for any number of streams.
/// <para>
/// Order of a write: lock the streams in id order, read their state, decide in memory, then append everything at once.
/// Writers that collide queue on the locks. Sequence numbers are drawn after the locks, so within a stream they rise with the
/// version, and a writer that lost a race has drawn none.
/// </para>
/// </summary>
public sealed class EventSession : IAsyncDisposable
{
    private readonly EventStore _store;
    private readonly Dictionary<Guid, PendingStream> _streams = [];
    private readonly List<OutboxMessage> _messages = [];
    private bool _begun;

    private readonly bool _afterConflict;

    internal EventSession(EventStore store, NpgsqlConnection connection, Caller caller, bool afterConflict)
    {
        _store = store;
        _afterConflict = afterConflict;
        Connection = connection;
        Caller = caller;
    }

    public Caller Caller { get; }

    public string Tenant => Caller.Tenant;

    internal NpgsqlConnection Connection { get; }

    /// <summary>A batch inside this transaction, for what a module reads, locks or writes beside its events.</summary>
    public NpgsqlBatch Batch()
    {
        var batch = new NpgsqlBatch(Connection);
        if (!_begun)
        {
            batch.Add("begin");
            _begun = true;
        }

        return batch;
    }

    /// <summary>Locks the streams in id order until the end of the transaction and returns them with their state.</summary>
    /// <remarks>A stream that does not exist comes back empty at version 0; two sessions that both start it end in <see cref="SaveOutcome.StreamExists"/>.</remarks>
    public async Task<IReadOnlyDictionary<Guid, EventStream<TState>>> FetchForWriting<TState>(
        Aggregate<TState> aggregate, IReadOnlyCollection<Guid> ids, CancellationToken cancellationToken)
        where TState : class
    {
        var found = new Dictionary<Guid, EventStream<TState>>(ids.Count);
        var behind = new List<(Guid Id, long StreamVersion, long SnapshotVersion, bool Archived, TState State)>();
        await using (var batch = Batch())
        {
            batch.Add(
                $"""
                 select s.id, d.version, d.data, s.version, s.is_archived
                 from unnest($2::uuid[]) as i(id)
                 join mt_streams s on s.tenant_id = $1 and s.id = i.id
                 left join {aggregate.Schema}.{aggregate.Table} d on d.tenant_id = $1 and d.id = i.id
                 order by s.id for update of s
                 """,
                Sql.Text(Tenant), Sql.Uuids(ids));
            await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                var (id, version, archived) = (reader.GetGuid(0), reader.GetInt64(3), reader.GetBoolean(4));
                var (snapshotVersion, state) = reader.IsDBNull(1) ? (0, aggregate.Initial) : (reader.GetInt64(1), Aggregate<TState>.Read(reader.GetFieldValue<byte[]>(2)));
                if (snapshotVersion == version)
                {
                    found[id] = new EventStream<TState>(aggregate, id, version, exists: true, archived, state);
                }
                else
                {
                    behind.Add((id, version, snapshotVersion, archived, state));
                }
            }
        }

        if (behind.Count > 0)
        {
            // The row was waited for (the snapshot was read before the wait) or a foreign application appended.
            var missing = await ReadAfter(behind.Select(b => (b.Id, b.SnapshotVersion)), cancellationToken);
            foreach (var (id, version, _, archived, state) in behind)
            {
                var current = missing[id].Aggregate(state, (s, e) => aggregate.Evolve(s, e.Data));
                found[id] = new EventStream<TState>(aggregate, id, version, exists: true, archived, current);
            }
        }

        return Take(aggregate, ids, found);
    }

    /// <summary>Streams that the caller guards by the lock of another stream: their snapshots are taken at their word, without locks.</summary>
    /// <remarks>
    /// Were a snapshot behind its stream after all, or the stream archived, the append finds out and ends in a refusal. The session
    /// that tries again, opened as <c>afterConflict</c>, locks these streams too and catches up on what it missed.
    /// </remarks>
    public async Task<IReadOnlyDictionary<Guid, EventStream<TState>>> Fetch<TState>(
        Aggregate<TState> aggregate, IReadOnlyCollection<Guid> ids, CancellationToken cancellationToken)
        where TState : class
    {
        var found = new Dictionary<Guid, EventStream<TState>>(ids.Count);
        if (ids.Count == 0 || _afterConflict)
        {
            return ids.Count == 0 ? found : await FetchForWriting(aggregate, ids, cancellationToken);
        }

        await using var batch = Batch();
        batch.Add(
            $"select d.id, d.version, d.data from unnest($2::uuid[]) as i(id) join {aggregate.Schema}.{aggregate.Table} d on d.tenant_id = $1 and d.id = i.id",
            Sql.Text(Tenant), Sql.Uuids(ids));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var id = reader.GetGuid(0);
            var state = Aggregate<TState>.Read(reader.GetFieldValue<byte[]>(2));
            found[id] = new EventStream<TState>(aggregate, id, reader.GetInt64(1), exists: true, isArchived: false, state) { IsVerified = false };
        }

        return Take(aggregate, ids, found);
    }

    /// <summary>A stream that is new by construction, such as one of a fresh id; nothing is looked up.</summary>
    public EventStream<TState> Start<TState>(Aggregate<TState> aggregate, Guid id)
        where TState : class
    {
        var stream = new EventStream<TState>(aggregate, id, 0, exists: false, isArchived: false, aggregate.Initial);
        _streams.Add(id, stream);
        return stream;
    }

    /// <summary>Plain append: creates or continues the stream, or asserts what is expected of it.</summary>
    public void Append(Guid stream, string? streamType, ExpectedVersion expected, params IReadOnlyList<object> events)
    {
        if (!_streams.TryGetValue(stream, out var pending))
        {
            _streams.Add(stream, pending = new PlainStream(stream, streamType) { Expected = expected });
        }

        pending.Appended.AddRange(events);
    }

    /// <summary>A public message that becomes visible with the events, or not at all.</summary>
    public void Publish(OutboxMessage message) => _messages.Add(message);

    /// <summary>Appends, projects, publishes and commits. A session that appended nothing just ends.</summary>
    public async Task<SaveOutcome> SaveChanges(CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var streams = _streams.Values.Where(s => s.Appended.Count > 0).ToList();
        if (streams.Count == 0)
        {
            await End("commit", cancellationToken);
            return new SaveOutcome.Saved([]);
        }

        using var activity = LogTelemetry.Source.StartActivity("append");
        activity?.SetTag("pixee.log.streams", streams.Count);
        await LockPlainStreams([.. streams.OfType<PlainStream>()], cancellationToken);
        if (Refused(streams) is { } refusal)
        {
            await End("rollback", cancellationToken);
            return refusal;
        }

        try
        {
            if (await Write(streams, cancellationToken) is not { } events)
            {
                await End("rollback", cancellationToken);
                return await ExplainConflict(streams, cancellationToken);
            }

            activity?.SetTag("pixee.log.events", events.Count);
            _store.Announce(events.Count, Stopwatch.GetElapsedTime(started));
            return new SaveOutcome.Saved(events);
        }
        catch (PostgresException e) when (e is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "pk_mt_events_stream_and_version" or "pkey_mt_streams_tenant_id_id" })
        {
            await End("rollback", cancellationToken);
            return await ExplainConflict(streams, cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        // An unfinished transaction is rolled back by the pool's reset when the connection returns to it.
        await Connection.DisposeAsync();
    }

    private Dictionary<Guid, EventStream<TState>> Take<TState>(
        Aggregate<TState> aggregate, IReadOnlyCollection<Guid> ids, Dictionary<Guid, EventStream<TState>> found)
        where TState : class
    {
        foreach (var id in ids)
        {
            if (found.TryGetValue(id, out var stream))
            {
                _streams.Add(id, stream);
            }
            else
            {
                found.Add(id, Start(aggregate, id));
            }
        }

        return found;
    }

    private async Task<ILookup<Guid, StoredEvent>> ReadAfter(IEnumerable<(Guid Id, long Version)> streams, CancellationToken cancellationToken)
    {
        var list = streams.ToList();
        await using var batch = Batch();
        batch.Add(
            $"""
             select {EventStore.EventColumns} from unnest($2::uuid[], $3::bigint[]) as i(id, version)
             join mt_events e on e.tenant_id = $1 and e.stream_id = i.id and e.version > i.version
             order by e.stream_id, e.version
             """,
            Sql.Text(Tenant), Sql.Uuids(list.Select(s => s.Id)), Sql.Longs(list.Select(s => s.Version)));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        return (await EventReader.ReadAll(reader, _store.Types, cancellationToken)).ToLookup(e => e.Stream);
    }

    private async Task LockPlainStreams(List<PlainStream> streams, CancellationToken cancellationToken)
    {
        if (streams.Count == 0 || await TryLock(streams, cancellationToken))
        {
            return;
        }

        var missing = streams.Where(s => s is { FetchedVersion: null, Expected.Value: null }).ToList();
        if (missing.Count == 0)
        {
            return;
        }

        // Creating before locking, both in id order, keeps two such writers from waiting for each other. The locks just taken
        // are given back first; rows created here carry version 0 only until the same transaction advances them.
        var fresh = _streams.Values.All(s => s is PlainStream);
        await using (var batch = Batch())
        {
            if (fresh)
            {
                batch.Add("rollback").Add("begin");
            }

            batch.Add(
                """
                insert into mt_streams (tenant_id, id, type, version)
                select $1, i.id, i.type, 0 from unnest($2::uuid[], $3::text[]) as i(id, type) order by i.id
                on conflict on constraint pkey_mt_streams_tenant_id_id do nothing
                """,
                Sql.Text(Tenant), Sql.Uuids(missing.Select(s => s.Id)), Sql.Texts(missing.Select(s => s.Type)));
            await batch.ExecuteNonQueryAsync(cancellationToken);
        }

        await TryLock(streams, cancellationToken);
    }

    private async Task<bool> TryLock(List<PlainStream> streams, CancellationToken cancellationToken)
    {
        await using var batch = Batch();
        batch.Add(
            "select s.id, s.version, s.is_archived from mt_streams s where s.tenant_id = $1 and s.id = any($2::uuid[]) order by s.id for update",
            Sql.Text(Tenant), Sql.Uuids(streams.Select(s => s.Id)));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var locked = 0;
        while (await reader.ReadAsync(cancellationToken))
        {
            var stream = _streams[reader.GetGuid(0)];
            (stream.FetchedVersion, stream.IsArchived, stream.Exists) = (reader.GetInt64(1), reader.GetBoolean(2), true);
            locked++;
        }

        return locked == streams.Count;
    }

    private static SaveOutcome? Refused(List<PendingStream> streams)
    {
        foreach (var stream in streams)
        {
            var actual = stream.FetchedVersion ?? 0;
            if (stream.IsArchived)
            {
                return new SaveOutcome.StreamArchived(stream.Id, actual);
            }

            if (stream.Expected.Value is { } expected && expected != actual)
            {
                return expected == 0 ? new SaveOutcome.StreamExists(stream.Id, actual) : new SaveOutcome.VersionConflict(stream.Id, expected, actual);
            }
        }

        return null;
    }

    /// <returns>Null when a stream was not where its snapshot said; nothing is committed then.</returns>
    private async Task<IReadOnlyList<StoredEvent>?> Write(List<PendingStream> streams, CancellationToken cancellationToken)
    {
        var append = new AppendStatements(Tenant, Caller, streams, _store.Types);
        var atOnce = _store.Inline.Count == 0 && _messages.Count == 0 && streams.TrueForAll(s => s.IsVerified);
        IReadOnlyList<StoredEvent>? events;
        await using (var batch = Batch())
        {
            append.AddTo(batch);
            AddSnapshots(streams, batch);
            if (atOnce)
            {
                batch.Add("commit");
            }

            await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
            events = await append.ReadEvents(reader, cancellationToken);
        }

        if (events is null)
        {
            return null;
        }

        if (!atOnce)
        {
            await using var batch = Batch();
            var eventBatch = new EventBatch(Tenant, events);
            foreach (var projection in _store.Inline)
            {
                projection.Project(eventBatch, batch, projection.Schema);
            }

            OutboxMessage.AddTo(batch, Caller, _messages, events);
            batch.Add("commit");
            await batch.ExecuteNonQueryAsync(cancellationToken);
        }

        _begun = false;
        return events;
    }

    private void AddSnapshots(List<PendingStream> streams, NpgsqlBatch batch)
    {
        var byTable = streams.Select(s => (Stream: s, Snapshot: s.Snapshot())).Where(s => s.Snapshot is not null)
            .GroupBy(s => (s.Snapshot!.Value.Schema, s.Snapshot.Value.Table));
        foreach (var table in byTable)
        {
            var rows = table.Select(s => new SnapshotRow(s.Stream.Id, s.Stream.Version, s.Snapshot!.Value.Data)).ToList();
            batch.BatchCommands.Add(ISnapshot.Upsert(table.Key.Schema, table.Key.Table, rows, Tenant));
        }
    }

    private async Task End(string statement, CancellationToken cancellationToken)
    {
        if (_begun)
        {
            _begun = false;
            await using var command = new NpgsqlCommand(statement, Connection);
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    private async Task<SaveOutcome> ExplainConflict(List<PendingStream> streams, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select id, version, is_archived from mt_streams where tenant_id = $1 and id = any($2)", Connection);
        command.With(Sql.Text(Tenant), Sql.Uuids(streams.Select(s => s.Id)));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var stream = _streams[reader.GetGuid(0)];
            var actual = reader.GetInt64(1);
            if (reader.GetBoolean(2))
            {
                return new SaveOutcome.StreamArchived(stream.Id, actual);
            }

            if (!stream.Exists)
            {
                return new SaveOutcome.StreamExists(stream.Id, actual);
            }

            if (stream.FetchedVersion != actual)
            {
                return new SaveOutcome.VersionConflict(stream.Id, stream.FetchedVersion ?? 0, actual);
            }
        }

        return new SaveOutcome.VersionConflict(streams[0].Id, streams[0].FetchedVersion ?? 0, null);
    }
}
