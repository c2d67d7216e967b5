using Marten;
using Npgsql;
using PixeeEvents.EventLog;

namespace PixeeEvents.Testing;

public static class TestStore
{
    /// <summary>A log that holds what is registered here and nothing else.</summary>
    public static EventStore Over(NpgsqlDataSource dataSource, Action<StoreOptions> configure) => new(
        DocumentStore.For(options =>
        {
            options.Connection(dataSource);
            options.AddEventLog();
            configure(options);
        }),
        dataSource);
}
