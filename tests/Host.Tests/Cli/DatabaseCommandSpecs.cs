using Npgsql;
using PixeeEvents.Testing;
using Xunit;

namespace PixeeEvents.Host.Tests.Cli;

public sealed class DatabaseCommandSpecs : IAsyncLifetime
{
    private const string TooOld =
        "pixee: The database's schema is older than this version: ./pixee db apply brings it up to date, and so does ./pixee run.";

    private TestDatabase _database = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _database = await TestDatabase.Create();

    public async ValueTask DisposeAsync() => await _database.DisposeAsync();

    [Theory]
    [InlineData("keys list")]
    [InlineData("companies create acme")]
    [InlineData("projections rebuild ProductKeys")]
    [InlineData("webhooks list")]
    [InlineData("db assert")]
    public async Task no_command_but_run_and_db_apply_changes_a_schema(string command)
    {
        Assert.Equal((1, TooOld), await Run(command));
        Assert.Equal(0, await Tables());
    }

    [Fact]
    public async Task db_patch_prints_what_db_apply_runs_and_changes_nothing()
    {
        var (exit, sql) = await Run("db patch");
        Assert.Equal(0, exit);
        Assert.Contains("mt_streams", sql, StringComparison.Ordinal);
        Assert.Contains("create schema catalog", sql, StringComparison.Ordinal);
        Assert.Equal(0, await Tables());
        Assert.Equal((0, "The schema is up to date."), await Run("db apply"));
        Assert.Equal((0, ""), await Run("db patch"));
        Assert.Equal((0, "The schema is that of this version."), await Run("db assert"));
        Assert.Equal(0, (await Run("keys list")).Exit);
    }

    [Theory]
    [InlineData("alter table mt_streams drop column compacted_version")]
    [InlineData("alter schema wolverine rename to elsewhere")]
    public async Task tables_that_are_not_as_libraries_made_them_any_more_are_an_old_schema(string change)
    {
        await Run("db apply");
        await Run("db apply");
        await Execute(change);
        Assert.Equal((1, TooOld), await Run("db assert"));
        Assert.Equal((1, TooOld), await Run("keys list"));
        Assert.Equal((0, "The schema is up to date."), await Run("db apply"));
        Assert.Equal(0, (await Run("keys list")).Exit);
    }

    [Fact]
    public async Task the_db_commands_compare_whatever_was_written_down()
    {
        await Run("db apply");
        await Run("db apply");
        Assert.Equal(0, (await Run("keys list")).Exit);
        await Execute("alter table mt_streams drop column compacted_version");
        await Execute($"update schema_compared set found = split_part(found, ' ', 1) || ' ' || ({SchemaMigrator.Definitions})");
        Assert.Equal(0, (await Run("keys list")).Exit);
        Assert.Equal((1, TooOld), await Run("db assert"));
        Assert.Contains("compacted_version", (await Run("db patch")).Said, StringComparison.Ordinal);
        Assert.Equal((0, "The schema is up to date."), await Run("db apply"));
        Assert.Equal((0, "The schema is that of this version."), await Run("db assert"));
    }

    [Fact]
    public async Task martens_own_commands_work_on_the_database()
    {
        await Run("db apply");
        Assert.Equal(0, (await Run("marten db-assert")).Exit);
        var (exit, described) = await Run("marten describe");
        Assert.Equal(0, exit);
        Assert.Contains("Marten", described, StringComparison.Ordinal);
        foreach (var command in (string[])["marten stream-query", "marten event-query", "marten projections list"])
        {
            Assert.Equal(0, (await Run(command)).Exit);
        }

        await Execute("alter table mt_streams drop column compacted_version");
        Assert.NotEqual(0, (await Run("marten db-assert")).Exit);
        var (refused, why) = await Run("marten db-apply");
        Assert.Equal(1, refused);
        Assert.Contains("./pixee db apply", why, StringComparison.Ordinal);
    }

    private Task<(int Exit, string Said)> Run(string command) => CommandLine.Run(_database.ConnectionString, command, Stop);

    private async Task<long> Tables()
    {
        await using var source = NpgsqlDataSource.Create(_database.ConnectionString);
        await using var command = source.CreateCommand(
            """
            select count(*) from pg_class c
            where c.relkind = 'r' and c.relnamespace::regnamespace::text not in ('pg_catalog', 'information_schema')
            """);
        return (long)(await command.ExecuteScalarAsync(Stop))!;
    }

    private async Task Execute(string sql)
    {
        await using var source = NpgsqlDataSource.Create(_database.ConnectionString);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Stop);
    }
}
