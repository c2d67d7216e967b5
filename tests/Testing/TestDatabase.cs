using Npgsql;

namespace PixeeEvents.Testing;

/// <summary>An empty database of its own on the server that <c>PIXEE_TEST_POSTGRES</c> names; gone after use.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    // To create or drop one waits for a checkpoint of all, which on a busy disk outlasts the driver's 30 s.
    private const int PatienceSeconds = 300;

    private readonly string _server;
    private readonly string _name = "test_" + Guid.NewGuid().ToString("N");

    private TestDatabase(string server)
    {
        _server = server;
        ConnectionString = new NpgsqlConnectionStringBuilder(server) { Database = _name, MaxPoolSize = 60 }.ConnectionString;
    }

    public string ConnectionString { get; }

    public static async Task<TestDatabase> Create()
    {
        var database = new TestDatabase(
            Environment.GetEnvironmentVariable("PIXEE_TEST_POSTGRES")
                ?? throw new InvalidOperationException("PIXEE_TEST_POSTGRES names no server; use ./pixee test."));
        await database.Execute($"create database {database._name}");
        return database;
    }

    public async ValueTask DisposeAsync() => await Execute($"drop database if exists {_name} with (force)");

    private async Task Execute(string sql)
    {
        await using var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(_server) { Pooling = false, CommandTimeout = PatienceSeconds }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
