using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using JasperFx;
using Npgsql;

namespace PixeeEvents.EventLog;

/// <summary>
/// Applies the numbered SQL files of the modules, once each and in order, under an advisory lock, so that any number of nodes may
/// start at once. An applied file is never edited: a changed one is refused.
/// </summary>
public static class SchemaMigrator
{
    internal const long LockKey = 0x7069786565;

    /// <summary>Marten's own schema first, then the files, under one lock: two nodes that make the same table at once would fail.</summary>
    /// <param name="modules">In the order in which their files may depend on each other.</param>
    /// <returns>The files applied now.</returns>
    public static Task<IReadOnlyList<string>> Migrate(
        EventStore store, IReadOnlyList<Assembly> modules, CancellationToken cancellationToken) => Migrate(
            store.DataSource, modules, () => store.Documents.Storage.ApplyAllConfiguredChangesToDatabaseAsync(AutoCreate.CreateOrUpdate),
            cancellationToken);

    /// <inheritdoc cref="Migrate(EventStore, IReadOnlyList{Assembly}, CancellationToken)"/>
    public static Task<IReadOnlyList<string>> Migrate(
        NpgsqlDataSource dataSource, IReadOnlyList<Assembly> modules, CancellationToken cancellationToken) =>
        Migrate(dataSource, modules, () => Task.CompletedTask, cancellationToken);

    private static async Task<IReadOnlyList<string>> Migrate(
        NpgsqlDataSource dataSource, IReadOnlyList<Assembly> modules, Func<Task> first, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await Execute(connection, $"select pg_advisory_xact_lock({LockKey})", cancellationToken);
        await first();
        await Execute(
            connection,
            """
            create table if not exists schema_migrations (
                name text primary key, checksum text not null, applied_at timestamptz not null default clock_timestamp())
            """,
            cancellationToken);
        var known = await Known(connection, cancellationToken);
        var applied = new List<string>();
        foreach (var (name, sql) in modules.SelectMany(Files))
        {
            var checksum = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(sql)));
            if (known.TryGetValue(name, out var before))
            {
                if (before != checksum)
                {
                    throw new InvalidOperationException($"{name} was changed after it had been applied to this database.");
                }

                continue;
            }

            await Execute(connection, sql, cancellationToken);
            await using var record = new NpgsqlCommand("insert into schema_migrations (name, checksum) values ($1, $2)", connection)
                .With(Sql.Text(name), Sql.Text(checksum));
            await record.ExecuteNonQueryAsync(cancellationToken);
            applied.Add(name);
        }

        await transaction.CommitAsync(cancellationToken);
        return applied;
    }

    /// <summary>The files that <see cref="Migrate"/> would apply, with their text.</summary>
    public static async Task<IReadOnlyList<(string Name, string Sql)>> Pending(NpgsqlDataSource dataSource, IReadOnlyList<Assembly> modules, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var command = new NpgsqlCommand("select to_regclass('schema_migrations') is not null", connection);
        var known = (bool)(await command.ExecuteScalarAsync(cancellationToken))! ? await Known(connection, cancellationToken) : [];
        return [.. modules.SelectMany(Files).Where(f => !known.ContainsKey(f.Name))];
    }

    private static async Task<Dictionary<string, string>> Known(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var known = new Dictionary<string, string>(StringComparer.Ordinal);
        await using var command = new NpgsqlCommand("select name, checksum from schema_migrations", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            known.Add(reader.GetString(0), reader.GetString(1));
        }

        return known;
    }

    private static IEnumerable<(string Name, string Sql)> Files(Assembly module) =>
        from resource in module.GetManifestResourceNames()
        where resource.StartsWith("Schema/", StringComparison.Ordinal)
        orderby resource
        select ($"{module.GetName().Name}/{resource["Schema/".Length..]}", Text(module, resource));

    private static string Text(Assembly module, string resource)
    {
        using var reader = new StreamReader(module.GetManifestResourceStream(resource)!, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    /// <remarks>A file, or another node with its files, takes as long as it takes.</remarks>
    private static async Task Execute(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
