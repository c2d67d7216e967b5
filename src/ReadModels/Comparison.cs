using System.Data;
using System.Text.Json;
using Npgsql;
using PixeeEvents.EventLog;

namespace PixeeEvents.ReadModels;

/// <summary>A row on which a read model and the log disagree.</summary>
/// <param name="Key">The primary key, as a JSON object.</param>
/// <param name="Running">The row as it is shown, as a JSON object; null when it is missing.</param>
/// <param name="Built">The row that the log makes; null when the log knows of none.</param>
public sealed record RowDifference(string Table, JsonElement Key, JsonElement? Running, JsonElement? Built);

/// <summary>What became of a comparison.</summary>
/// <param name="Rows">In the running tables.</param>
/// <param name="Different">Rows that are missing, too many, or other than the log makes them.</param>
/// <param name="Examples">The first of those of each table.</param>
public sealed record Compared(long Rows, long Different, IReadOnlyList<RowDifference> Examples);

/// <summary>
/// Builds a read model from the log beside the running one and compares the two row by row. Changes nothing, and nobody waits.
/// </summary>
/// <remarks>
/// Rows are written with their events, so whoever looks at one moment sees both or neither. All of this is one transaction that looks
/// at one moment: it reads the events that are visible then, builds the rows in temporary tables, compares, and rolls back.
/// </remarks>
public sealed class Comparison(EventStore store, LogReader log, Rebuild rebuild)
{
    private const int MaxExamples = 20;

    private const string Temporary = "pg_temp";

    public Task<Compared> Projection(RowProjection projection, CancellationToken cancellationToken) =>
        Compare(projection.Schema, projection.Tables, [], Rebuild.FillOf(projection, null, cancellationToken), cancellationToken);

    /// <remarks>When a row was written is no part of what the log says.</remarks>
    public Task<Compared> Snapshot(ISnapshot snapshot, CancellationToken cancellationToken) =>
        Compare("public", [snapshot.Table], ["mt_last_modified"], rebuild.FillOf(snapshot, cancellationToken), cancellationToken);

    private async Task<Compared> Compare(
        string schema, IReadOnlyList<string> tables, string[] passedOver, Rebuild.Fill fill, CancellationToken cancellationToken)
    {
        await using var connection = await store.DataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        await using var source = await store.DataSource.OpenConnectionAsync(cancellationToken);
        await using var reading = await source.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        await LookAtTheSameMoment(connection, source, cancellationToken);
        await using var session = log.OpenOn(source);
        await using var make = new NpgsqlCommand(
            await Rebuild.Copies(connection, schema, tables, Temporary, cancellationToken), connection);
        await make.ExecuteNonQueryAsync(cancellationToken);
        var end = await Scalar(connection, "select coalesce(max(seq_id), 0) from mt_events", cancellationToken);
        await fill(session, connection, Temporary, 0, end);
        var (rows, different, examples) = (0L, 0L, new List<RowDifference>());
        foreach (var table in tables)
        {
            rows += await Scalar(connection, $"select count(*) from {schema}.{table}", cancellationToken);
            different += await Differences(connection, schema, table, passedOver, examples, cancellationToken);
        }

        return new Compared(rows, different, examples);
    }

    private static async Task LookAtTheSameMoment(NpgsqlConnection one, NpgsqlConnection other, CancellationToken cancellationToken)
    {
        await using var export = new NpgsqlCommand("select pg_export_snapshot()", one);
        var moment = (string)(await export.ExecuteScalarAsync(cancellationToken))!;
        await using var import = new NpgsqlCommand($"set transaction snapshot '{moment}'", other);
        await import.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <returns>How many rows differ; the first of them are added to the examples.</returns>
    private static async Task<long> Differences(
        NpgsqlConnection connection, string schema, string table, string[] passedOver, List<RowDifference> examples,
        CancellationToken cancellationToken)
    {
        var columns = await KeyOf(connection, schema, table, cancellationToken);
        var (key, different) = (string.Join(", ", columns), string.Join(", ", columns.Select(c => "d." + c)));
        await using var compare = new NpgsqlCommand(
            $"""
             with running as (select {key}, to_jsonb(t) - $1::text[] as row from {schema}.{table} t),
             built as (select {key}, to_jsonb(t) - $1::text[] as row from {Temporary}.{table} t),
             different as (
                 select {key}, r.row as running, b.row as built from running r full join built b using ({key})
                 where r.row is distinct from b.row)
             select (select count(*) from different), to_jsonb(k), d.running, d.built
             from different d cross join lateral (select {different}) k order by {different} limit {MaxExamples}
             """,
            connection)
        { CommandTimeout = 0 }.With(Sql.Texts(passedOver));
        await using var reader = await compare.ExecuteReaderAsync(cancellationToken);
        var count = 0L;
        while (await reader.ReadAsync(cancellationToken))
        {
            count = reader.GetInt64(0);
            examples.Add(new RowDifference(
                $"{schema}.{table}", reader.GetFieldValue<JsonElement>(1),
                reader.IsDBNull(2) ? null : reader.GetFieldValue<JsonElement>(2),
                reader.IsDBNull(3) ? null : reader.GetFieldValue<JsonElement>(3)));
        }

        return count;
    }

    private static async Task<IReadOnlyList<string>> KeyOf(
        NpgsqlConnection connection, string schema, string table, CancellationToken cancellationToken)
    {
        await using var ask = new NpgsqlCommand(
            """
            select array_agg(quote_ident(a.attname) order by k.place)
            from pg_index i cross join lateral unnest(i.indkey) with ordinality as k(attnum, place)
            join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
            where i.indisprimary and i.indrelid = ($1 || '.' || $2)::regclass
            """,
            connection).With(Sql.Text(schema), Sql.Text(table));
        return (string[])(await ask.ExecuteScalarAsync(cancellationToken))!;
    }

    private static async Task<long> Scalar(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}
