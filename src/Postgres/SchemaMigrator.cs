using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using JasperFx;
using Npgsql;
using Weasel.Core.Migrations;

namespace PixeeEvents.Postgres;

/// <summary>
/// Brings the tables of libraries up to date, then applies the numbered SQL files of the modules, once each and in order: in one
/// transaction under an advisory lock, so that any number of nodes may start at once. An applied file is never edited: a changed one is
/// refused.
/// </summary>
/// <remarks>
/// Libraries compare table by table, which takes its time. That they found everything in order is written down, as the database's
/// definitions and the code that knows them, and they compare again when either has changed.
/// </remarks>
public static class SchemaMigrator
{
    public const long LockKey = 0x7069786565;

    private const string Journal =
        """
        create table if not exists schema_migrations (
            name text primary key, checksum text not null, applied_at timestamptz not null default clock_timestamp());
        create table if not exists schema_compared (found text not null)
        """;

    /// <summary>
    /// Schemas, tables, indexes, constraints, triggers and functions, as rows of the catalogue: a change writes its row anew.
    /// </summary>
    public const string Definitions =
        """
        select md5(string_agg(d.written, ' ' order by d.written)) from (
            select format('schema %s %s', oid, xmin) from pg_namespace where oid >= 16384 and nspname !~ '^pg_'
            union all select format('class %s %s', c.oid, c.xmin) from pg_class c where c.oid >= 16384 and c.relpersistence <> 't'
            union all
            select format('column %s %s %s', a.attrelid, a.attnum, a.xmin) from pg_attribute a join pg_class c on c.oid = a.attrelid
            where c.oid >= 16384 and c.relpersistence <> 't'
            union all select format('default %s %s', oid, xmin) from pg_attrdef
            union all select format('index %s %s', indexrelid, xmin) from pg_index where indexrelid >= 16384
            union all select format('constraint %s %s', oid, xmin) from pg_constraint where oid >= 16384
            union all select format('trigger %s %s', oid, xmin) from pg_trigger
            union all select format('function %s %s', oid, xmin) from pg_proc where oid >= 16384) as d(written)
        """;

    /// <param name="libraries">Whose tables come first, such as Marten's.</param>
    /// <param name="modules">In the order in which their files may depend on each other.</param>
    /// <param name="compares">Whether libraries compare whatever is written down.</param>
    /// <returns>The files applied now.</returns>
    public static async Task<IReadOnlyList<string>> Migrate(
        NpgsqlDataSource dataSource, IReadOnlyList<IDatabase> libraries, IReadOnlyList<Assembly> modules, bool compares,
        CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await Execute($"select pg_advisory_xact_lock({LockKey})");
        await Execute(Journal);
        // Looked at before libraries compare: what somebody else changes meanwhile is compared the next time.
        var found = await Look(connection, Code(libraries, modules), cancellationToken);
        var changes = found.IsInOrder && !compares ? "" : await Changes(libraries, cancellationToken);
        if (changes.Length > 0)
        {
            await Execute(changes);
        }

        var files = await Pending(dataSource, modules, cancellationToken);
        foreach (var (_, sql) in files)
        {
            await Execute(sql);
        }

        if (found is { IsInOrder: false, MayWrite: true } && changes.Length == 0 && files.Count == 0)
        {
            await Execute($"delete from schema_compared; insert into schema_compared values ('{found.Now}')");
        }

        await transaction.CommitAsync(cancellationToken);
        return [.. files.Select(f => f.Name)];

        // A file, or another node with its files, takes as long as it takes.
        async Task Execute(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    /// <summary>Whether <see cref="Migrate"/> has nothing to do; libraries compare only what was not found in order before.</summary>
    public static async Task<bool> IsCurrent(
        NpgsqlDataSource dataSource, IReadOnlyList<IDatabase> libraries, IReadOnlyList<Assembly> modules,
        CancellationToken cancellationToken) =>
        (await IsInOrder(dataSource, Code(libraries, modules), cancellationToken)
            || (await Changes(libraries, cancellationToken)).Length == 0)
        && (await Pending(dataSource, modules, cancellationToken)).Count == 0;

    /// <summary>What <see cref="Migrate"/> would run, as SQL, when libraries compare; empty when the schema is current.</summary>
    public static async Task<string> Patch(
        NpgsqlDataSource dataSource, IReadOnlyList<IDatabase> libraries, IReadOnlyList<Assembly> modules,
        CancellationToken cancellationToken) =>
        await Changes(libraries, cancellationToken)
        + string.Concat((await Pending(dataSource, modules, cancellationToken)).Select(f => f.Sql));

    private static string Code(IReadOnlyList<IDatabase> libraries, IReadOnlyList<Assembly> modules) => Convert.ToHexStringLower(
        SHA256.HashData(
            [
                .. modules.Concat(libraries.Select(l => l.GetType().Assembly)).Append(typeof(SchemaMigrator).Assembly)
                    .SelectMany(a => a.ManifestModule.ModuleVersionId.ToByteArray()),
            ]));

    private static async Task<bool> IsInOrder(NpgsqlDataSource dataSource, string code, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return (await Look(connection, code, cancellationToken)).IsInOrder;
    }

    /// <returns>What is there now, whether libraries found just that in order, and whether it may be written down.</returns>
    private static async Task<(string Now, bool IsInOrder, bool MayWrite)> Look(
        NpgsqlConnection connection, string code, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            $"""
             select '{code} ' || coalesce(({Definitions}), ''), coalesce(has_table_privilege(t.oid, 'select'), false),
                 coalesce(has_table_privilege(t.oid, 'insert') and has_table_privilege(t.oid, 'delete'), false)
             from to_regclass('schema_compared') as t(oid)
             """,
            connection);
        var (now, mayRead, mayWrite) = ("", false, false);
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            await reader.ReadAsync(cancellationToken);
            (now, mayRead, mayWrite) = (reader.GetString(0), reader.GetBoolean(1), reader.GetBoolean(2));
        }

        await using var compared = new NpgsqlCommand("select found from schema_compared", connection);
        return (now, mayRead && await compared.ExecuteScalarAsync(cancellationToken) as string == now, mayWrite);
    }

    private static async Task<string> Changes(IReadOnlyList<IDatabase> libraries, CancellationToken cancellationToken)
    {
        var text = new StringWriter();
        foreach (var database in libraries)
        {
            var changes = await database.CreateMigrationAsync(cancellationToken);
            if (changes.ChangedSchemas.Except(["public"]).ToList() is { Count: > 0 } schemas)
            {
                database.Migrator.WriteSchemaCreationSql(schemas, text);
            }

            changes.WriteAllUpdates(text, database.Migrator, AutoCreate.CreateOrUpdate);
        }

        return text.ToString();
    }

    /// <returns>Each file as the SQL that applies and records it.</returns>
    private static async Task<List<(string Name, string Sql)>> Pending(
        NpgsqlDataSource dataSource, IReadOnlyList<Assembly> modules, CancellationToken cancellationToken)
    {
        var known = new Dictionary<string, string>(StringComparer.Ordinal);
        await using var journal = dataSource.CreateCommand("select to_regclass('schema_migrations') is not null");
        if (await journal.ExecuteScalarAsync(cancellationToken) is true)
        {
            await using var command = dataSource.CreateCommand("select name, checksum from schema_migrations");
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                known.Add(reader.GetString(0), reader.GetString(1));
            }
        }

        var pending = new List<(string Name, string Sql)>();
        foreach (var (name, sql) in modules.SelectMany(Files))
        {
            var checksum = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(sql)));
            if (!known.TryGetValue(name, out var applied))
            {
                pending.Add((name, $"-- {name}\n{sql}\ninsert into schema_migrations (name, checksum) values ('{name}', '{checksum}');\n"));
            }
            else if (applied != checksum)
            {
                throw new InvalidOperationException($"{name} was changed after it had been applied to this database.");
            }
        }

        return pending;
    }

    private static IEnumerable<(string Name, string Sql)> Files(Assembly module)
    {
        foreach (var resource in module.GetManifestResourceNames().Where(r => r.StartsWith("Schema/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(module.GetManifestResourceStream(resource)!, Encoding.UTF8);
            var name = resource["Schema/".Length..];
            yield return (name.Contains('/', StringComparison.Ordinal) ? name : $"{module.GetName().Name}/{name}", reader.ReadToEnd());
        }
    }
}
