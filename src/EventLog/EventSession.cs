using System.Diagnostics;
using System.Text.Json;
using JasperFx;
using JasperFx.Events;
using Marten;
using Npgsql;

namespace PixeeEvents.EventLog;

/// <summary>A stream that takes no more events was written to; another try would end the same.</summary>
public sealed class ArchivedStreamException(Guid stream) : Exception($"Stream {stream} is archived and takes no more events.")
{
    public Guid Stream { get; } = stream;
}

/// <summary>
/// One unit of work on the log: one Marten session and one transaction, for one stream or for thousands.
/// <para>
/// Streams are locked in id order, so that writers that collide queue, and read in the same round trip. Decide in memory, then
/// everything is appended at once. Numbers are drawn when the streams are locked, so within a stream they rise with the version, and a
/// writer that lost a race has drawn none.
/// </para>
/// </summary>
public sealed class EventSession : IAsyncDisposable
{
    private const string Given = "select i.id from unnest($2::uuid[]) as i(id)";

    private readonly EventStore _store;
    private readonly Dictionary<Guid, PendingStream> _streams = [];
    private readonly List<(Caller Caller, Func<(int First, int Last), SqlOperation> Statement)> _afterEvents = [];
    private readonly Activity? _deciding = LogTelemetry.Source.StartActivity("decide");
    private bool _begun;
    private bool _failed;

    internal EventSession(EventStore store, Caller caller, bool afterConflict)
    {
        (_store, Caller, IsAfterConflict) = (store, caller, afterConflict);
        Documents = store.Documents.LightweightSession(caller.Tenant);
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

    /// <summary>Locks the streams in id order until the end of the transaction and returns them with their state.</summary>
    /// <remarks>A stream that does not exist comes back empty at version 0; of two sessions that both start it one loses.</remarks>
    public async Task<IReadOnlyDictionary<Guid, EventStream<TState>>> FetchForWriting<TState>(
        Aggregate<TState> aggregate, IReadOnlyCollection<Guid> ids, CancellationToken cancellationToken)
        where TState : class
    {
        // Locked in one statement, read in the next: in one, a state would be read as it was before the wait.
        var locked = new Dictionary<Guid, long>(ids.Count);
        await using var batch = await Batch(cancellationToken, locksStreams: true);
        batch.Add(
            "select s.id, s.version from mt_streams s where s.tenant_id = $1 and s.id = any($2) order by s.id for update",
            Sql.Text(Tenant), Sql.Uuids(ids));
        var found = await Read(aggregate, batch, Given, [Sql.Text(Tenant), Sql.Uuids(ids)], cancellationToken, async reader =>
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                locked.Add(reader.GetGuid(0), reader.GetInt64(1));
            }
        });

        // Started by another between the two statements, and not locked here: this session is the one that loses.
        found.Keys.Except(locked.Keys).ToList().ForEach(id => found.Remove(id));
        foreach (var (id, version) in locked.Where(l => found.GetValueOrDefault(l.Key)?.Version != l.Value))
        {
            // A foreign application appended without the snapshot.
            var state = await Documents.Events.AggregateStreamAsync<TState>(id, version, token: cancellationToken);
            found[id] = new EventStream<TState>(aggregate, id, version, exists: true, state);
        }

        return Hold(aggregate, ids, found);
    }

    /// <summary>As the other, for one.</summary>
    public async Task<EventStream<TState>> FetchForWriting<TState>(
        Aggregate<TState> aggregate, Guid id, CancellationToken cancellationToken)
        where TState : class => (await FetchForWriting(aggregate, [id], cancellationToken))[id];

    /// <summary>Streams that the caller guards by the lock of another: their snapshots are taken at their word, without locks.</summary>
    /// <remarks>
    /// Were a snapshot behind its stream after all, the append finds out and ends in a refusal. The session that tries again, opened as
    /// <c>afterConflict</c>, locks these streams too and catches up on what it missed.
    /// </remarks>
    public async Task<IReadOnlyDictionary<Guid, EventStream<TState>>> Fetch<TState>(
        Aggregate<TState> aggregate, IReadOnlyCollection<Guid> ids, CancellationToken cancellationToken)
        where TState : class
    {
        if (IsAfterConflict && ids.Count > 0)
        {
            return await FetchForWriting(aggregate, ids, cancellationToken);
        }

        // In the order of their index, where neighbours are found in the same page.
        await using var batch = await Batch(cancellationToken);
        return Hold(aggregate, ids, await Read(aggregate, batch, Given, [Sql.Text(Tenant), Sql.Uuids(ids.Order())], cancellationToken));
    }

    /// <summary>As the other, in one round trip with the statement that guards the streams. Those without a snapshot are missing.</summary>
    /// <param name="guard">A batch with that statement.</param>
    /// <param name="ids">A query for the streams' ids; <c>$1</c> is the tenant.</param>
    /// <param name="readGuard">Reads what the statement answers.</param>
    public async Task<IReadOnlyDictionary<Guid, EventStream<TState>>> Fetch<TState>(
        Aggregate<TState> aggregate, NpgsqlBatch guard, string ids, NpgsqlParameter[] parameters, Func<NpgsqlDataReader, Task> readGuard,
        CancellationToken cancellationToken)
        where TState : class
    {
        var found = await Read(aggregate, guard, ids, parameters, cancellationToken, readGuard);
        return Hold(aggregate, found.Keys, found);
    }

    /// <summary>A stream that is new by construction, such as one of a fresh id; nothing is looked up.</summary>
    public EventStream<TState> Start<TState>(Aggregate<TState> aggregate, Guid id)
        where TState : class => Hold(aggregate, [id], [])[id];

    /// <summary>A statement that comes after the events and their rows, if any, and may read <see cref="EventStore.Appended"/>.</summary>
    /// <param name="statement">Gets the numbers of the caller's first and last event, from one on.</param>
    public void AfterEvents(Caller caller, Func<(int First, int Last), SqlOperation> statement) => _afterEvents.Add((caller, statement));

    /// <summary>Appends, projects and commits. A session that appended nothing just ends.</summary>
    /// <param name="readBack">Sees what was written; asked before the commit, and answered once that is done.</param>
    /// <returns>False when another writer was first: nothing is written.</returns>
    /// <exception cref="ArchivedStreamException">One of the streams takes no more events: nothing is written.</exception>
    /// <exception cref="InvalidOperationException">The session failed to save before, and is at its end.</exception>
    public async Task<bool> SaveChanges(CancellationToken cancellationToken, QueryBatch? readBack = null)
    {
        if (_failed)
        {
            throw new InvalidOperationException("A session that failed to save is at its end.");
        }

        var streams = _streams.Values.Where(s => s.Events.Count > 0).ToList();
        if (streams.Count == 0 && !_begun && !Documents.PendingChanges.Operations().Any())
        {
            await (readBack?.Run(_store.DataSource, cancellationToken) ?? Task.CompletedTask);
            return true;
        }

        _deciding?.Dispose();
        var started = Stopwatch.GetTimestamp();
        using var activity = LogTelemetry.Source.StartActivity("append");
        activity?.SetTag("pixee.log.streams", streams.Count);
        _failed = true;
        var committed = default(Func<ValueTask>);
        if (streams.Count > 0)
        {
            var append = new BatchAppend(_store, Documents, Caller, streams);
            await append.Queue(cancellationToken);
            _afterEvents.ForEach(after => Documents.QueueOperation(after.Statement(append.NumbersOf(after.Caller))));
            committed = _afterEvents.Count > 0 && _store.Listener is { } listener ? await listener(Documents) : null;
        }
        else
        {
            // What was written beside is committed with a statement at the least.
            Documents.QueueOperation(new SqlOperation("set local lock_timeout to default", []));
        }

        var complete = readBack?.AskIn(Documents);
        try
        {
            await Documents.SaveChangesAsync(cancellationToken);
        }
        catch (Exception e) when (IsLostRace(e))
        {
            return false;
        }

        _streams.Clear();
        _afterEvents.Clear();
        (_begun, _failed) = (false, false);
        complete?.Invoke();
        if (streams.Count > 0)
        {
            var events = streams.Sum(s => s.Events.Count);
            activity?.SetTag("pixee.log.events", events);
            LogTelemetry.Events.Add(events);
            LogTelemetry.SaveDuration.Record(Stopwatch.GetElapsedTime(started).TotalSeconds);
        }

        await (committed?.Invoke() ?? ValueTask.CompletedTask);
        return true;
    }

    /// <summary>What is not saved is rolled back.</summary>
    public ValueTask DisposeAsync()
    {
        _deciding?.Dispose();
        return Documents.DisposeAsync();
    }

    private static bool IsLostRace(Exception e) => e is ConcurrencyException || e.GetBaseException() is PostgresException
    { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "pk_mt_events_stream_and_version" or "pkey_mt_streams_tenant_id_id" };

    /// <summary>Runs the batch with a query for snapshots at its end.</summary>
    private async Task<Dictionary<Guid, EventStream<TState>>> Read<TState>(
        Aggregate<TState> aggregate, NpgsqlBatch batch, string ids, NpgsqlParameter[] parameters, CancellationToken cancellationToken,
        Func<NpgsqlDataReader, Task>? readBefore = null)
        where TState : class
    {
        var table = _store.SnapshotOf(typeof(TState)).Table;
        batch.Add($"select d.id, d.mt_version, d.data from ({ids}) i(id) join {table} d on d.tenant_id = $1 and d.id = i.id", parameters);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        if (readBefore is not null)
        {
            await readBefore(reader);
            await reader.NextResultAsync(cancellationToken);
        }

        var found = new Dictionary<Guid, EventStream<TState>>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var id = reader.GetGuid(0);
            var state = JsonSerializer.Deserialize<TState>(reader.GetFieldValue<byte[]>(2), EventLogOptions.Json);
            found[id] = new EventStream<TState>(aggregate, id, reader.GetInt64(1), exists: true, state);
        }

        return found;
    }

    /// <summary>Holds the streams that were asked for, those not found as new ones.</summary>
    private Dictionary<Guid, EventStream<TState>> Hold<TState>(
        Aggregate<TState> aggregate, IReadOnlyCollection<Guid> ids, Dictionary<Guid, EventStream<TState>> found)
        where TState : class
    {
        _streams.EnsureCapacity(_streams.Count + ids.Count);
        foreach (var id in ids)
        {
            if (!found.TryGetValue(id, out var stream))
            {
                found.Add(id, stream = new EventStream<TState>(aggregate, id, 0, exists: false, null));
            }

            // An id may be there twice.
            if (_streams.GetValueOrDefault(id) != stream)
            {
                _streams.Add(id, stream);
            }
        }

        return found;
    }
}
