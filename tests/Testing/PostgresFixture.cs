using Npgsql;
using PixeeEvents.EventLog;
using Xunit;

namespace PixeeEvents.Testing;

/// <summary>A database of its own for each test class, on the server that <c>./pixee test</c> starts.</summary>
public class PostgresFixture : IAsyncLifetime
{
    private TestDatabase _database = null!;

    public string ConnectionString => _database.ConnectionString;

    public NpgsqlDataSource DataSource { get; private set; } = null!;

    public virtual async ValueTask InitializeAsync()
    {
        _database = await TestDatabase.Create();
        DataSource = Database.Connect(ConnectionString);
    }

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await DataSource.DisposeAsync();
        await _database.DisposeAsync();
    }
}
