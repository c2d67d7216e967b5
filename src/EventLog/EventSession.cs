using System.Diagnostics;
using JasperFx;
using JasperFx.Events;
using Marten;
using Marten.Exceptions;
using Marten.Internal;
using Marten.Services;
using Npgsql;

namespace PixeeEvents.EventLog;

/// <summary>
/// One unit of work on the log: one Marten session and one transaction, for one stream or for thousands.
/// <para>
/// One stream: <see cref="FetchForWriting{TState}(Aggregate{TState}, Guid, CancellationToken)"/> is Marten's, its version the guard.
/// Many: lock the streams in id order, read their state, decide in memory, then append everything at once. Writers that collide
/// queue on the locks. Numbers are drawn after the locks, so within a stream they rise with the version, and a writer that lost a
/// race has drawn none.
/// </para>
/// </summary>
public sealed class EventSession : DocumentSessionListenerBase, IAsyncDisposable
{
    private readonly EventStore _store;
    private readonly Dictionary<Guid, PendingStream> _streams = [];
    private readonly List<OutboxMessage> _messages = [];
    private QueryBatch? _readBack;
    private Action _giveAnswers = () => { };
    private string? _lastLock;
    private readonly Activity? _deciding;
    private bool _begun;

    internal EventSession(EventStore store, Caller caller, bool afterConflict)
    {
        (_store, Caller, IsAfterConflict) = (store, caller, afterConflict);
        _deciding = LogTelemetry.Source.StartActivity("decide");
        Documents = store.Documents.OpenSession(new SessionOptions { TenantId = caller.Tenant, Tracking = DocumentTracking.None, Listeners = { this } });
        (Documents.CorrelationId, Documents.CausationId) = (caller.CorrelationId!, caller.CausationId!);
        foreach (var (key, value) in caller.Headers)
        {
            Documents.SetHeader(key, value);
        }
    }

    public Caller Caller { get; }

    public string Tenant => Caller.Tenant;

    /// <summary>The last try was refused: snapshots are not taken at their word now.</summary>
    public bool IsAfterConflict { get; }

    /// <summary>The session whose unit of work this is; what is stored in it is committed with the events.</summary>
    public IDocumentSession Documents { get; }

    /// <summary>A batch inside this transaction, for what a module reads, locks or writes beside its events.</summary>
    /// <param name="locksStreams">Its first statement names mt_streams before any other table.</param>
    public async ValueTask<NpgsqlBatch> Batch(CancellationToken cancellationToken, bool locksStreams = false)
    {
        var begins = !_begun;
        if (begins)
        {
            await Documents.BeginTransactionAsync(cancellationToken);
            _begun = true;
        }

        var batch = new NpgsqlBatch(Documents.Connection);
        if (begins && !locksStreams)
        {
            // The streams are what every writer locks first, so that a rebuild can hold all of them back at one place.
            batch.Add("lock table mt_streams in row share mode");
        }

        return batch;
    }

    /// <summary>One stream by Marten's own FetchForWriting, without a lock: another writer in between makes the save fail.</summary>
    /// <remarks>Where a foreign application appended without the snapshot, the stream is locked and caught up instead.</remarks>
    public async Task<EventStream<TState>> FetchForWriting<TState>(Aggregate<TState> aggregate, Guid id, CancellationToken cancellationToken)
        where TState : class
    {
        return await Take(aggregate, await Documents.Events.FetchForWriting<TState>(id, cancellationToken), cancellationToken);
    }

    /// <summary>As the other, by Marten's own FetchForExclusiveWriting: the stream is locked, and a writer in between is waited for.</summary>
    public async Task<EventStream<TState>> FetchForExclusiveWriting<TState>(Aggregate<TState> aggregate, Guid id, CancellationToken cancellationToken)
        where TState : class
    {
        var stream = await Documents.Events.FetchForExclusiveWriting<TState>(id, cancellationToken);
        _begun = true;
        return await Take(aggregate, stream, cancellationToken);
    }

    /// <summary>Locks the streams in id order until the end of the transaction and returns them with their state.</summary>
    /// <remarks>A stream that does not exist comes back empty at version 0; of two sessions that both start it one loses.</remarks>
    public async Task<IReadOnlyDictionary<Guid, EventStream<TState>>> FetchForWriting<TState>(
        Aggregate<TState> aggregate, IReadOnlyCollection<Guid> ids, CancellationToken cancellationToken)
        where TState : class
    {
        // Locked in one statement, read in the next: in one, a state would be read as it was before the wait.
        await using var batch = await Batch(cancellationToken, locksStreams: true);
        batch.Add(
            "select s.id, s.version from mt_streams s where s.tenant_id = $1 and s.id = any($2) order by s.id for update",
            Sql.Text(Tenant), Sql.Uuids(ids));
        AddFetch(batch, aggregate, "select i.id from unnest($2::uuid[]) as i(id)", Sql.Text(Tenant), Sql.Uuids(ids));
        var locked = new Dictionary<Guid, long>(ids.Count);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            locked.Add(reader.GetGuid(0), reader.GetInt64(1));
        }

        await reader.NextResultAsync(cancellationToken);
        var found = await ReadSnapshots(aggregate, reader, cancellationToken);
        await reader.DisposeAsync();

        // Started by another between the two statements, and not locked here: this session is the one that loses.
        found.Keys.Except(locked.Keys).ToList().ForEach(id => found.Remove(id));
        foreach (var (id, version) in locked)
        {
            if (!found.TryGetValue(id, out var stream) || stream.Version != version)
            {
                // A foreign application appended without the snapshot.
                found[id] = await CatchUp(aggregate, id, stream, version, cancellationToken);
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
        if (IsAfterConflict)
        {
            return await FetchForWriting(aggregate, ids, cancellationToken);
        }

        if (ids.Count == 0)
        {
            return new Dictionary<Guid, EventStream<TState>>();
        }

        await using var batch = await Batch(cancellationToken);
        AddFetch(batch, aggregate, "select i.id from unnest($2::uuid[]) as i(id)", Sql.Text(Tenant), Sql.Uuids(ids));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        return Take(aggregate, ids, await ReadSnapshots(aggregate, reader, cancellationToken));
    }

    /// <summary>Adds what <see cref="Fetch{TState}"/> reads to a batch of the caller's; <see cref="ReadFetched{TState}"/> takes its rows.</summary>
    /// <param name="ids">A query for the streams' ids; <c>$1</c> is the tenant.</param>
    public void AddFetch<TState>(NpgsqlBatch batch, Aggregate<TState> aggregate, string ids, params ReadOnlySpan<NpgsqlParameter> parameters)
        where TState : class => batch.Add(
            $"select d.id, d.mt_version, d.data from ({ids}) i(id) join {TableOf<TState>()} d on d.tenant_id = $1 and d.id = i.id", parameters);

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
        var stream = new EventStream<TState>(aggregate, id, 0, exists: false, null);
        _streams.Add(id, stream);
        return stream;
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
    /// <param name="readBack">Sees what was written; asked before the commit, and answered once that is done.</param>
    /// <returns>False when another writer was first: nothing is written, and this session is at its end.</returns>
    public async Task<bool> SaveChanges(CancellationToken cancellationToken, QueryBatch? readBack = null)
    {
        var streams = _streams.Values.Where(s => s.Events.Count > 0).ToList();
        if (streams.Count == 0 && !_begun && !Documents.PendingChanges.Operations().Any())
        {
            await (readBack?.Run(_store.DataSource, cancellationToken) ?? Task.CompletedTask);
            return true;
        }

        RefuseStrangers(streams);
        _deciding?.Dispose();
        var started = Stopwatch.GetTimestamp();
        using var activity = LogTelemetry.Source.StartActivity("append");
        activity?.SetTag("pixee.log.streams", streams.Count);
        _readBack = readBack;
        var batch = streams.Where(s => !s.IsMartens).ToList();
        if (_lastLock is not null)
        {
            Documents.QueueOperation(new SqlQuery(_lastLock, [Sql.Text(Tenant)], (_, _, _) => Task.CompletedTask));
        }

        if (batch.Count > 0)
        {
            new BatchAppend(_store, Documents, Caller, batch).Queue();
        }

        streams.ForEach(s => s.Complete());
        if (streams.Count == 0)
        {
            // What was written beside is committed with a statement at the least.
            Documents.QueueOperation(new SqlOperation("set local lock_timeout to default", []));
        }

        try
        {
            await Documents.SaveChangesAsync(cancellationToken);
        }
        catch (Exception e) when (IsLostRace(e))
        {
            return false;
        }

        _streams.Clear();
        _messages.Clear();
        (_readBack, _lastLock, _begun) = (null, null, false);
        _giveAnswers();
        _giveAnswers = () => { };
        if (streams.Count > 0)
        {
            var events = streams.Sum(s => s.Events.Count);
            activity?.SetTag("pixee.log.events", events);
            LogTelemetry.Events.Add(events);
            LogTelemetry.SaveDuration.Record(Stopwatch.GetElapsedTime(started).TotalSeconds);
            _store.AnnounceAppend();
        }

        return true;
    }

    /// <summary>What must come after the events, and after the rows that Marten's own appends are projected to.</summary>
    public override Task BeforeSaveChangesAsync(IDocumentSession session, CancellationToken token)
    {
        var streams = _streams.Values.Where(s => s.Events.Count > 0).OrderBy(s => s.IsMartens).ToList();
        if (streams.Count > 0 && _messages.Count > 0)
        {
            var (first, last) = (streams[0], streams[^1]);
            session.QueueOperation(OutboxMessage.Store(Caller, _messages, (first.Id, first.PreviousVersion + 1), (last.Id, last.Version)));
        }

        foreach (var query in _readBack?.Operations(give => _giveAnswers += give) ?? [])
        {
            session.QueueOperation(query);
        }

        // By now they are operations. Marten would fill the numbers of a failed append with events of its own, in another transaction:
        // behind readers that have passed those numbers.
        session.PendingChanges.Streams().Clear();
        return Task.CompletedTask;
    }

    /// <summary>What is not saved is rolled back.</summary>
    public ValueTask DisposeAsync()
    {
        _deciding?.Dispose();
        return Documents.DisposeAsync();
    }

    private static bool IsLostRace(Exception e) => e is ConcurrencyException or JasperFx.Events.ExistingStreamIdCollisionException or Marten.Exceptions.ExistingStreamIdCollisionException
        or InvalidStreamOperationException
        || (e as PostgresException ?? e.InnerException as PostgresException) is
        { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "pk_mt_events_stream_and_version" or "pkey_mt_streams_tenant_id_id" };

    private string TableOf<TState>() => _store.SnapshotOf(typeof(TState)).Table;

    /// <summary>A stored name is for ever, so none is made up.</summary>
    private void RefuseStrangers(IEnumerable<PendingStream> streams)
    {
        foreach (var kind in streams.GroupBy(s => s.StateType))
        {
            var known = _store.SnapshotOf(kind.Key).Events;
            if (kind.SelectMany(s => s.Events).FirstOrDefault(e => !known.Contains(e.GetType())) is { } stranger)
            {
                throw new InvalidOperationException($"{stranger.GetType().Name} is not registered with {kind.Key.Name}.");
            }
        }
    }

    private async Task<Dictionary<Guid, EventStream<TState>>> ReadSnapshots<TState>(
        Aggregate<TState> aggregate, NpgsqlDataReader reader, CancellationToken cancellationToken)
        where TState : class
    {
        var serializer = _store.Documents.Options.Serializer();
        var found = new Dictionary<Guid, EventStream<TState>>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var id = reader.GetGuid(0);
            found[id] = new EventStream<TState>(aggregate, id, reader.GetInt64(1), exists: true, serializer.FromJson<TState>(reader, 2));
        }

        return found;
    }

    private async Task<EventStream<TState>> CatchUp<TState>(
        Aggregate<TState> aggregate, Guid id, EventStream<TState>? behind, long version, CancellationToken cancellationToken)
        where TState : class
    {
        var missing = await Documents.Events.FetchStreamAsync(id, version, fromVersion: (behind?.Version ?? 0) + 1, token: cancellationToken);
        var state = missing.Aggregate(behind?.State ?? aggregate.Initial(id), (s, e) => aggregate.Evolve(s, e.Data));
        return new EventStream<TState>(aggregate, id, version, exists: true, state);
    }

    /// <remarks>Marten gives the snapshot with the stream's version, whatever the snapshot's own.</remarks>
    private async Task<EventStream<TState>> Take<TState>(
        Aggregate<TState> aggregate, IEventStream<TState> marten, CancellationToken cancellationToken)
        where TState : class
    {
        if (marten.CurrentVersion > 0 && ((IMartenSession)Documents).Versions.RevisionFor<TState, Guid>(marten.Id) != marten.CurrentVersion)
        {
            return (await FetchForWriting(aggregate, [marten.Id], cancellationToken))[marten.Id];
        }

        var stream = new EventStream<TState>(aggregate, marten);
        _streams.Add(marten.Id, stream);
        return stream;
    }

    private Dictionary<Guid, EventStream<TState>> Take<TState>(
        Aggregate<TState> aggregate, IReadOnlyCollection<Guid> ids, Dictionary<Guid, EventStream<TState>> found)
        where TState : class
    {
        foreach (var id in ids.Distinct())
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
}
