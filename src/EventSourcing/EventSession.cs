using System.Data;
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
public sealed partial class EventSession : IAsyncDisposable
{
    private readonly EventStore _store;
    private readonly Dictionary<Guid, PendingStream> _streams = [];
    private readonly List<OutboxMessage> _messages = [];
    private string? _lastLock;
    private bool _begun;

    internal EventSession(EventStore store, NpgsqlConnection connection, Caller caller, bool afterConflict)
    {
        _store = store;
        IsAfterConflict = afterConflict;
        Connection = connection;
        Caller = caller;
    }

    public Caller Caller { get; }

    public string Tenant => Caller.Tenant;

    /// <summary>The last try was refused: snapshots are not taken at their word now.</summary>
    public bool IsAfterConflict { get; }

    internal NpgsqlConnection Connection { get; }

    /// <summary>A batch inside this transaction, for what a module reads, locks or writes beside its events.</summary>
    public NpgsqlBatch Batch()
    {
        var begins = !_begun;
        var batch = LockingBatch();
        if (begins)
        {
            // The streams are what every writer locks first, so that a rebuild can hold all of them back at one place.
            batch.Add("lock table mt_streams in row share mode");
        }

        return batch;
    }

    /// <summary>A batch before the transaction begins. What it finds may be another by the time of the save, which ends in a conflict if a stream fetched here is appended to.</summary>
    public NpgsqlBatch Look() => _begun ? throw new InvalidOperationException("The transaction has begun.") : new NpgsqlBatch(Connection);

    /// <summary>Locks the streams in id order until the end of the transaction and returns them with their state.</summary>
    /// <remarks>A stream that does not exist comes back empty at version 0; two sessions that both start it end in <see cref="SaveOutcome.StreamExists"/>.</remarks>
    public Task<IReadOnlyDictionary<Guid, EventStream<TState>>> FetchForWriting<TState>(
        Aggregate<TState> aggregate, IReadOnlyCollection<Guid> ids, CancellationToken cancellationToken)
        where TState : class => FetchLocked(aggregate, ids, cancellationToken);

    /// <summary>Streams that the caller guards by the lock of another stream: their snapshots are taken at their word, without locks.</summary>
    /// <remarks>
    /// Were a snapshot behind its stream after all, or the stream archived, the append finds out and ends in a refusal. The session
    /// that tries again, opened as <c>afterConflict</c>, locks these streams too and catches up on what it missed.
    /// </remarks>
    public Task<IReadOnlyDictionary<Guid, EventStream<TState>>> Fetch<TState>(
        Aggregate<TState> aggregate, IReadOnlyCollection<Guid> ids, CancellationToken cancellationToken)
        where TState : class => IsAfterConflict ? FetchLocked(aggregate, ids, cancellationToken) : FetchSnapshots(aggregate, ids, cancellationToken);

    /// <summary>Adds what <see cref="Fetch{TState}"/> reads to a batch of the caller's; <see cref="ReadFetched{TState}"/> takes its rows.</summary>
    /// <param name="ids">A query for the streams' ids; <c>$1</c> is the tenant.</param>
    public static void AddFetch<TState>(NpgsqlBatch batch, Aggregate<TState> aggregate, string ids, params ReadOnlySpan<NpgsqlParameter> parameters)
        where TState : class => batch.Add(
            $"select d.id, d.version, d.data from ({ids}) i(id) join {aggregate.Schema}.{aggregate.Table} d on d.tenant_id = $1 and d.id = i.id", parameters);

    /// <summary>The streams of an added fetch. Those without a snapshot are missing.</summary>
    public async Task<IReadOnlyDictionary<Guid, EventStream<TState>>> ReadFetched<TState>(
        Aggregate<TState> aggregate, NpgsqlDataReader reader, CancellationToken cancellationToken)
        where TState : class
    {
        var found = await ReadSnapshots(aggregate, reader, cancellationToken);
        foreach (var (id, stream) in found)
        {
            _streams.Add(id, stream);
        }

        return found;
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
    /// <remarks>For a stream that this session has already touched, its own earlier expectation stands.</remarks>
    public void Append(Guid stream, string? streamType, ExpectedVersion expected, params IReadOnlyList<object> events)
    {
        if (!_streams.TryGetValue(stream, out var pending))
        {
            _streams.Add(stream, pending = new PlainStream(stream, streamType) { Expected = expected });
        }

        foreach (var @event in events)
        {
            pending.Append(@event);
        }
    }

    /// <summary>A public message that becomes visible with the events, or not at all.</summary>
    /// <exception cref="InvalidOperationException">The caller has no causation id, by which the message's events are found again.</exception>
    public void Publish(OutboxMessage message)
    {
        if (Caller.CausationId is null)
        {
            throw new InvalidOperationException("Who publishes names what caused it.");
        }

        _messages.Add(message);
    }

    /// <summary>A lock that many wait for: taken as late as may be, right before the append draws its numbers.</summary>
    /// <param name="statement">Answers with one row; <c>$1</c> is the tenant.</param>
    /// <remarks>For who only starts streams: somebody may hold that lock and wait for a stream that exists.</remarks>
    public void LockLast(string statement) => _lastLock = statement;

    /// <summary>Appends, projects, publishes and commits. A session that appended nothing just ends.</summary>
    /// <param name="readBack">Sees what was written; asked in the round trip that commits, and answered once that is done; after it when nothing was appended.</param>
    /// <remarks>
    /// Whatever the outcome, the session forgets its streams and messages and can be used for another unit of work. One whose
    /// transaction has not begun yet may be written in one transaction with others that wait, see <see cref="GroupCommit"/>.
    /// </remarks>
    public async Task<SaveOutcome> SaveChanges(CancellationToken cancellationToken, QueryBatch? readBack = null)
    {
        var streams = _streams.Values.Where(s => s.Appended.Count > 0).ToList();
        try
        {
            if (streams.Count > 0)
            {
                return await Save(new UnitOfWork(Caller, streams, _messages, _lastLock, readBack), cancellationToken);
            }

            await End("commit", cancellationToken);
            await (readBack?.Run(Connection, cancellationToken) ?? Task.CompletedTask);
            return new SaveOutcome.Saved([]);
        }
        finally
        {
            _streams.Clear();
            _messages.Clear();
            _lastLock = null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        // An unfinished transaction is rolled back by the pool's reset when the connection returns to it.
        await Connection.DisposeAsync();
    }

    /// <summary>As <see cref="Batch"/>, for a batch whose first statement locks streams itself: it names mt_streams before any other table.</summary>
    public NpgsqlBatch LockingBatch()
    {
        var batch = new NpgsqlBatch(Connection);
        if (!_begun)
        {
            batch.Add("begin");
            _begun = true;
        }

        return batch;
    }

    private async Task<SaveOutcome> Save(UnitOfWork unit, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        using var activity = LogTelemetry.Source.StartActivity("append");
        activity?.SetTag("pixee.log.streams", unit.Streams.Count);
        await LockPlainStreams([.. unit.Streams.OfType<PlainStream>()], cancellationToken);
        if (Refused(unit.Streams) is { } refusal)
        {
            await End("rollback", cancellationToken);
            return refusal;
        }

        var outcome = _begun ? await WriteAlone(unit, cancellationToken) : await _store.Groups.Save(this, unit, cancellationToken);
        if (unit.TakenAlongBy is { } writer)
        {
            activity?.AddLink(new ActivityLink(writer));
        }

        if (outcome is SaveOutcome.Saved)
        {
            activity?.SetTag("pixee.log.events", unit.Events.Count);
            LogTelemetry.Events.Add(unit.Events.Count);
            LogTelemetry.SaveDuration.Record(Stopwatch.GetElapsedTime(started).TotalSeconds);
            unit.GiveAnswers();
        }

        return outcome;
    }

    /// <summary>Writes the unit in this session's own transaction.</summary>
    internal async Task<SaveOutcome> WriteAlone(UnitOfWork unit, CancellationToken cancellationToken)
    {
        try
        {
            if (await Write([unit], cancellationToken))
            {
                return new SaveOutcome.Saved(unit.Events);
            }
        }
        catch (PostgresException e) when (e is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "pk_mt_events_stream_and_version" or "pkey_mt_streams_tenant_id_id" })
        {
            // Somebody was first; who, is read below.
        }

        await End("rollback", cancellationToken);
        return await ExplainConflict(unit.Streams, cancellationToken);
    }

    /// <summary>Writes units of several sessions, all with the same last lock, in one transaction of this one.</summary>
    /// <returns>False when one of them was refused or could not be sent: nothing is written then.</returns>
    internal async Task<bool> TryWrite(IReadOnlyList<UnitOfWork> units)
    {
        try
        {
            if (await Write(units, CancellationToken.None))
            {
                return true;
            }
        }
        catch (Exception e) when (e is PostgresException or ArgumentException && Connection.State == ConnectionState.Open)
        {
            // Each unit meets its own error when it is written alone.
        }

        await End("rollback", CancellationToken.None);
        return false;
    }

    private static SaveOutcome? Refused(IReadOnlyList<PendingStream> streams)
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

    /// <returns>False when a stream was not where its snapshot said; nothing is committed then.</returns>
    private async Task<bool> Write(IReadOnlyList<UnitOfWork> units, CancellationToken cancellationToken)
    {
        var append = new AppendStatements(Tenant, units, _store.Types);
        var atOnce = _store.Inline.Count == 0 && units.All(u => u.Messages.Count == 0 && u.ReadBack is null && u.Streams.All(s => s.IsVerified));
        IReadOnlyList<StoredEvent>? events;
        await using (var batch = LockingBatch())
        {
            append.AddStreams(batch);
            AddSnapshots(units.SelectMany(u => u.Streams), batch);
            if (units[0].LastLock is { } lastLock)
            {
                batch.Add(lastLock, Sql.Text(Tenant));
            }

            append.AddEvents(batch);
            if (atOnce)
            {
                batch.Add("commit");
            }

            await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
            if (units[0].LastLock is not null)
            {
                await reader.NextResultAsync(cancellationToken);
            }

            events = await append.ReadEvents(reader, cancellationToken);
        }

        if (events is null)
        {
            return false;
        }

        if (!atOnce)
        {
            await using var batch = LockingBatch();
            var eventBatch = new EventBatch(Tenant, events);
            foreach (var projection in _store.Inline)
            {
                projection.Project(eventBatch, batch, projection.Schema);
            }

            OutboxMessage.AddTo(batch, Tenant, units);
            var asking = units.Where(u => u.ReadBack is not null).ToList();
            asking.ForEach(u => u.ReadBack!.AddTo(batch));
            batch.Add("commit");
            await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
            foreach (var unit in asking)
            {
                unit.GiveAnswers = await unit.ReadBack!.ReadFrom(reader, cancellationToken);
            }
        }

        _begun = false;
        _store.AnnounceAppend();
        return true;
    }

    private void AddSnapshots(IEnumerable<PendingStream> streams, NpgsqlBatch batch)
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

    private async Task<SaveOutcome> ExplainConflict(IReadOnlyList<PendingStream> streams, CancellationToken cancellationToken)
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
