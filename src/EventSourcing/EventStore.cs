using Npgsql;

namespace PixeeEvents.EventSourcing;

/// <summary>
/// The event log. Writing goes through a session (one transaction, a constant number of round trips whatever the number of
/// streams); reading folds streams live.
/// </summary>
/// <param name="inline">Projections written in the transaction that appends.</param>
public sealed class EventStore(NpgsqlDataSource dataSource, EventTypes types, IReadOnlyList<IProjection> inline)
{
    internal const string EventColumns =
        "e.seq_id, e.id, e.tenant_id, e.stream_id, e.version, e.type, e.data, e.timestamp, e.correlation_id, e.causation_id, e.headers";

    private TaskCompletionSource _nextAppend = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public NpgsqlDataSource DataSource => dataSource;

    public EventTypes Types => types;

    internal IReadOnlyList<IProjection> Inline => inline;

    internal GroupCommit Groups { get; } = new();

    /// <summary>Completes at the next commit on this node: a hint for readers of the log, never a promise.</summary>
    public Task NextAppend => _nextAppend.Task;

    /// <summary>A data source with the settings that the log's statements are written for.</summary>
    public static NpgsqlDataSource Connect(string connectionString)
    {
        // Every statement has one plan that fits all sizes; planning again for each call would cost more than most calls.
        // Nothing leaves state on a connection, and one that comes back with an open transaction is rolled back all the same.
        var settings = new NpgsqlConnectionStringBuilder(connectionString) { NoResetOnClose = true, AutoPrepareMinUsages = 2 };
        settings.Options = $"{settings.Options} -c plan_cache_mode=force_generic_plan -c jit=off".TrimStart();
        settings.MaxAutoPrepare = Math.Max(settings.MaxAutoPrepare, 100);
        return NpgsqlDataSource.Create(settings);
    }

    /// <summary>Opens a unit of work. Nothing is locked or begun before its first statement.</summary>
    /// <param name="afterConflict">The last try was refused: look twice, see <see cref="EventSession.Fetch{TState}"/>.</param>
    public async Task<EventSession> Open(Caller caller, CancellationToken cancellationToken, bool afterConflict = false) =>
        new(this, await dataSource.OpenConnectionAsync(cancellationToken), caller, afterConflict);

    /// <summary>Folds a stream, to a version or a moment when given.</summary>
    /// <returns>The state and the version it stands at; version 0 with the initial state when there is no such stream.</returns>
    /// <exception cref="UnknownEventTypeException">An event cannot be read.</exception>
    public async Task<(TState State, long Version)> AggregateStream<TState>(
        Aggregate<TState> aggregate, string tenant, Guid stream, long? version = null, DateTimeOffset? at = null, CancellationToken cancellationToken = default)
        where TState : class
    {
        var events = await ReadStream(tenant, stream, 0, version, at, cancellationToken);
        return (aggregate.Fold(events.Select(e => e.Data)), events.Count == 0 ? 0 : events[^1].Version);
    }

    /// <summary>The events of a stream after a version, in version order; archived streams included.</summary>
    /// <exception cref="UnknownEventTypeException">An event cannot be read.</exception>
    public async Task<IReadOnlyList<StoredEvent>> ReadStream(
        string tenant, Guid stream, long after = 0, long? toVersion = null, DateTimeOffset? at = null, CancellationToken cancellationToken = default)
    {
        await using var command = dataSource.CreateCommand(
            $"""
             select {EventColumns} from mt_events e
             where e.tenant_id = $1 and e.stream_id = $2 and e.version > $3
               and ($4::bigint is null or e.version <= $4) and ($5::timestamptz is null or e.timestamp <= $5)
             order by e.version
             """);
        command.With(Sql.Text(tenant), Sql.Uuid(stream), Sql.Long(after), Sql.Long(toVersion), Sql.Timestamp(at));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await EventReader.ReadAll(reader, types, cancellationToken);
    }

    /// <summary>Archives a stream: it takes no more events, and Marten's readers pass it by. Its history stays readable.</summary>
    public async Task<bool> ArchiveStream(string tenant, Guid stream, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection);
        batch.Add("update mt_streams set is_archived = true where tenant_id = $1 and id = $2", Sql.Text(tenant), Sql.Uuid(stream));
        batch.Add("update mt_events set is_archived = true where tenant_id = $1 and stream_id = $2 and not is_archived", Sql.Text(tenant), Sql.Uuid(stream));
        await batch.ExecuteNonQueryAsync(cancellationToken);
        return batch.BatchCommands[0].RecordsAffected > 0;
    }

    internal void AnnounceAppend() =>
        Interlocked.Exchange(ref _nextAppend, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
}
