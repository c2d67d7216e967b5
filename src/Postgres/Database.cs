using Npgsql;

namespace PixeeEvents.Postgres;

public static class Database
{
    /// <summary>A data source with the settings that the statements are written for.</summary>
    public static NpgsqlDataSource Connect(string connectionString)
    {
        // Every statement has one plan that fits all sizes; planning again for each call would cost more than most calls.
        // Nothing leaves state on a connection, and one that comes back with an open transaction is rolled back all the same.
        var settings =
            new NpgsqlConnectionStringBuilder(connectionString) { NoResetOnClose = true, AutoPrepareMinUsages = 2, Timezone = "UTC" };
        settings.Options = $"{settings.Options} -c plan_cache_mode=force_generic_plan -c jit=off".TrimStart();
        settings.MaxAutoPrepare = Math.Max(settings.MaxAutoPrepare, 200);
        // Said aloud, because Marten has a default of its own: five seconds, too few for a large batch on a busy server.
        settings.CommandTimeout = settings.CommandTimeout;
        return new NpgsqlDataSourceBuilder(settings.ConnectionString).ConfigureTracing(StatementSpans.Describe).Build();
    }
}
