using System.Reflection;
using JasperFx;
using JasperFx.Events.Projections;
using Marten;
using Npgsql;
using Weasel.Core;

namespace PixeeEvents.EventLog;

/// <summary>On whose behalf a unit of work runs; written to every event it appends.</summary>
/// <param name="CausationId">Unique to the unit of work: a message's events are found by it.</param>
/// <param name="Headers">traceparent, key, user and face.</param>
public sealed record Caller(string Tenant, string? CorrelationId, string? CausationId, IReadOnlyDictionary<string, string> Headers)
{
    public Caller(string tenant)
        : this(tenant, null, null, new Dictionary<string, string>(StringComparer.Ordinal))
    {
    }
}

/// <summary>The event log: Marten's store, with what it does not do by itself.</summary>
public sealed class EventStore(IDocumentStore documents, NpgsqlDataSource dataSource)
{
    private TaskCompletionSource _nextAppend = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IDocumentStore Documents => documents;

    public NpgsqlDataSource DataSource => dataSource;

    /// <summary>Completes at the next commit on this node: a hint for readers of the log, never a promise.</summary>
    public Task NextAppend => _nextAppend.Task;

    /// <summary>Read models of rows, in writing order.</summary>
    public IReadOnlyList<RowProjection> Rows { get; } =
        [.. Projections(documents).OfType<ProjectionWrapper<IDocumentOperations, IQuerySession>>().Select(w => w.Inner).OfType<RowProjection>()];

    public IReadOnlyList<ISnapshot> Snapshots { get; } = [.. Projections(documents).OfType<ISnapshot>()];

    /// <summary>A data source with the settings that the statements are written for.</summary>
    public static NpgsqlDataSource Connect(string connectionString)
    {
        // Every statement has one plan that fits all sizes; planning again for each call would cost more than most calls.
        // Nothing leaves state on a connection, and one that comes back with an open transaction is rolled back all the same.
        var settings = new NpgsqlConnectionStringBuilder(connectionString) { NoResetOnClose = true, AutoPrepareMinUsages = 2, Timezone = "UTC" };
        settings.Options = $"{settings.Options} -c plan_cache_mode=force_generic_plan -c jit=off".TrimStart();
        settings.MaxAutoPrepare = Math.Max(settings.MaxAutoPrepare, 200);
        // Said aloud, because Marten has a default of its own: five seconds, too few for a large batch on a busy server.
        settings.CommandTimeout = settings.CommandTimeout;
        return new NpgsqlDataSourceBuilder(settings.ConnectionString).ConfigureTracing(LogTelemetry.Describe).Build();
    }

    /// <summary>A store over a data source of <see cref="Connect"/>.</summary>
    /// <param name="configure">Registers the modules' aggregates and rows.</param>
    public static EventStore Over(NpgsqlDataSource dataSource, Action<StoreOptions> configure) => new(
        DocumentStore.For(options =>
        {
            options.Connection(dataSource);
            options.AddEventLog();
            configure(options);
        }),
        dataSource);

    /// <summary>Brings Marten's tables up to date, then applies the modules' SQL files that were not yet.</summary>
    /// <param name="modules">In the order in which their files may depend on each other; the log's come first.</param>
    public Task Migrate(IReadOnlyList<Assembly> modules, CancellationToken cancellationToken) =>
        SchemaMigrator.Migrate(this, [typeof(EventStore).Assembly, .. modules], cancellationToken);

    /// <summary>What <see cref="Migrate"/> would run, as SQL; empty when the schema is current.</summary>
    public async Task<string> Patch(IReadOnlyList<Assembly> modules, CancellationToken cancellationToken)
    {
        var text = new StringWriter();
        var migration = await documents.Storage.Database.CreateMigrationAsync(cancellationToken);
        if (migration.Difference != SchemaPatchDifference.None)
        {
            migration.WriteAllUpdates(text, documents.Storage.Database.Migrator, AutoCreate.CreateOrUpdate);
        }

        foreach (var (name, sql) in await SchemaMigrator.Pending(dataSource, [typeof(EventStore).Assembly, .. modules], cancellationToken))
        {
            await text.WriteLineAsync($"-- {name}\n{sql}");
        }

        return text.ToString();
    }

    /// <summary>Opens a unit of work. Nothing is locked or begun before its first statement.</summary>
    /// <param name="afterConflict">The last try was refused: look twice, see <see cref="EventSession.Fetch{TState}"/>.</param>
    public EventSession Open(Caller caller, bool afterConflict = false) => new(this, caller, afterConflict);

    internal ISnapshot SnapshotOf(Type state) => Snapshots.First(s => s.DocumentType == state);

    internal void AnnounceAppend() =>
        Interlocked.Exchange(ref _nextAppend, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();

    private static List<IProjectionSource<IDocumentOperations, IQuerySession>> Projections(IDocumentStore documents) =>
        ((StoreOptions)documents.Options).Projections.All;
}
