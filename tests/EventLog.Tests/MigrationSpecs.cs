using System.Reflection;
using Npgsql;
using PixeeEvents.Testing;
using Xunit;

namespace PixeeEvents.EventLog.Tests;

public sealed class MigrationSpecs : IAsyncLifetime
{
    private static readonly Assembly[] Modules = [typeof(EventStore).Assembly, typeof(MigrationSpecs).Assembly];

    private static readonly int Files = Modules.Sum(
        m => m.GetManifestResourceNames().Count(r => r.StartsWith("Schema/", StringComparison.Ordinal)));

    private readonly LogFixture _log = new();

    public ValueTask InitializeAsync() => _log.Connect();

    public ValueTask DisposeAsync() => _log.DisposeAsync();

    [Fact]
    public async Task migrations_applied_twice_change_nothing()
    {
        var applied = await Migrate();
        Assert.Equal("PixeeEvents.EventLog/001_promises.sql", applied[0]);
        Assert.Equal((Files, "PixeeEvents.EventLog.Tests/001_trains.sql"), (applied.Count, applied[^1]));
        var before = await Text("select string_agg(name || checksum || applied_at, ' ' order by name) from schema_migrations");
        Assert.Empty(await Migrate());
        Assert.Equal(before, await Text("select string_agg(name || checksum || applied_at, ' ' order by name) from schema_migrations"));
    }

    [Fact]
    public async Task two_nodes_that_migrate_at_once_apply_every_file_once()
    {
        var applied = await BatchSpecs.InParallel(4, _ => Migrate());
        Assert.Equal(Files, applied.Sum(a => a.Count));
        Assert.Equal($"{Files}", await Text("select count(*) from schema_migrations"));
    }

    [Fact]
    public async Task a_node_waits_for_another_that_migrates_longer_than_a_statement_may_take()
    {
        await using var impatient = NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(_log.ConnectionString) { CommandTimeout = 1 });
        await using var holder = await _log.DataSource.OpenConnectionAsync(LogFixture.Stop);
        await using var transaction = await holder.BeginTransactionAsync(LogFixture.Stop);
        await using var hold = new NpgsqlCommand($"select pg_advisory_xact_lock({SchemaMigrator.LockKey})", holder);
        await hold.ExecuteNonQueryAsync(LogFixture.Stop);
        using var store = _log.StoreWith(source: impatient).Documents;
        var migrating = LogFixture.ApplySchema(new EventStore(store, impatient));
        await Task.Delay(1500, LogFixture.Stop);
        await transaction.RollbackAsync(LogFixture.Stop);
        Assert.Equal(Files, (await migrating).Count);
    }

    [Fact]
    public async Task an_edited_file_is_refused_and_nothing_is_applied()
    {
        await Migrate();
        await Text(
            """
            update schema_migrations set checksum = 'another' where name like '%001_promises.sql';
            delete from schema_migrations where name like '%001_trains.sql';
            drop schema trains cascade
            """);
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(Migrate);
        Assert.Contains("PixeeEvents.EventLog/001_promises.sql", refused.Message, StringComparison.Ordinal);
        Assert.Equal($"{Files - 1}", await Text("select count(*) from schema_migrations"));
        Assert.Equal("", await Text("select to_regclass('trains.occupancy')::text"));
    }

    [Fact]
    public async Task martens_own_check_finds_nothing_to_change_beside_our_files_and_after_a_rebuild()
    {
        await Migrate();
        await _log.Store.Documents.Storage.Database.AssertDatabaseMatchesConfigurationAsync(LogFixture.Stop);
        await _log.Append("a", [Guid.NewGuid()], new SeatsBooked(1));
        await _log.Rebuild.Snapshot(_log.Store.Snapshots[0], LogFixture.Stop);
        await _log.Store.Documents.Storage.Database.AssertDatabaseMatchesConfigurationAsync(LogFixture.Stop);
    }

    [Theory]
    [InlineData("alter table mt_streams drop column compacted_version")]
    [InlineData("alter table mt_events alter column mt_dotnet_type drop default, drop column headers cascade")]
    [InlineData("drop index pk_mt_events_stream_and_version")]
    [InlineData("alter table mt_events drop constraint fkey_mt_events_stream_id_tenant_id")]
    [InlineData("drop function mt_archive_stream(uuid, varchar)")]
    [InlineData("drop table mt_doc_train")]
    public async Task what_is_not_as_marten_made_it_any_more_is_made_anew(string change)
    {
        await Migrate();
        await Migrate();
        await Text(change);
        await Migrate();
        await _log.Store.Documents.Storage.Database.AssertDatabaseMatchesConfigurationAsync(LogFixture.Stop);
    }

    [Fact]
    public async Task tables_that_were_found_in_order_are_compared_again_by_other_code()
    {
        await Migrate();
        var comparing = await StatementsOfMigrate();
        var known = await StatementsOfMigrate();
        Assert.InRange(known, 1, comparing - 1);

        await Text("update schema_compared set found = 'another ' || split_part(found, ' ', 2)");
        Assert.Equal(comparing, await StatementsOfMigrate());
        Assert.Equal(known, await StatementsOfMigrate());
    }

    private async Task<int> StatementsOfMigrate()
    {
        using var statements = new QueryCount();
        await Migrate();
        return statements.Queries;
    }

    private Task<IReadOnlyList<string>> Migrate() => LogFixture.ApplySchema(_log.Store);

    private async Task<string> Text(string sql)
    {
        await using var command = _log.DataSource.CreateCommand(sql);
        return Convert.ToString(await command.ExecuteScalarAsync(LogFixture.Stop), System.Globalization.CultureInfo.InvariantCulture) ?? "";
    }
}
