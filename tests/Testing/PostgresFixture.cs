using Npgsql;
using PixeeEvents.EventSourcing;
using Xunit;

namespace PixeeEvents.Testing;

/// <summary>A database of its own for each test class, on the server that <c>./pixee test</c> starts.</summary>
public class PostgresFixture : IAsyncLifetime
{
    private const string Variable = "PIXEE_TEST_POSTGRES";

    private readonly string _name = $"specs_{Guid.NewGuid():n}";

    public string ConnectionString { get; private set; } = "";

    public NpgsqlDataSource DataSource { get; private set; } = null!;

    public virtual async ValueTask InitializeAsync()
    {
        await OnServer($"create database {_name}");
        ConnectionString = new NpgsqlConnectionStringBuilder(Server) { Database = _name, MaxPoolSize = 60 }.ConnectionString;
        DataSource = EventStore.Connect(ConnectionString);
    }

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await DataSource.DisposeAsync();
        await OnServer($"drop database {_name} with (force)");
    }

    private static string Server => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } server
        ? server
        : throw new InvalidOperationException(
            $"{Variable} is not set. Run ./pixee test, or give it the connection string of a superuser on a PostgreSQL server to test on.");

    private static async Task OnServer(string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(Server) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
