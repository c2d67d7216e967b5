using Npgsql;
using NpgsqlTypes;

namespace PixeeEvents.Postgres;

/// <summary>Typed positional parameters; arrays feed <c>unnest</c>.</summary>
public static class Sql
{
    public static NpgsqlBatchCommand Command(string sql, params ReadOnlySpan<NpgsqlParameter> parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(parameter);
        }

        return command;
    }

    public static NpgsqlBatch Add(this NpgsqlBatch batch, string sql, params ReadOnlySpan<NpgsqlParameter> parameters)
    {
        batch.BatchCommands.Add(Command(sql, parameters));
        return batch;
    }

    public static NpgsqlCommand With(this NpgsqlCommand command, params ReadOnlySpan<NpgsqlParameter> parameters)
    {
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(parameter);
        }

        return command;
    }

    /// <exception cref="ArgumentException">A text holds a NUL, which PostgreSQL has none of; sent, it would spoil the pooled
    /// connection for whoever gets it next.</exception>
    public static NpgsqlParameter Text(string? value) => Of(Sound(value), NpgsqlDbType.Text);

    public static NpgsqlParameter NoTexts() => Of<string[]?>(null, NpgsqlDbType.Array | NpgsqlDbType.Text);

    /// <inheritdoc cref="Text"/>
    public static NpgsqlParameter Texts(IEnumerable<string?> values) => ArrayOf([.. values.Select(Sound)], NpgsqlDbType.Text);

    public static NpgsqlParameter Uuid(Guid? value) => Of(value, NpgsqlDbType.Uuid);

    public static NpgsqlParameter Uuids(IEnumerable<Guid> values) => ArrayOf([.. values], NpgsqlDbType.Uuid);

    public static NpgsqlParameter NullableUuids(IEnumerable<Guid?> values) => ArrayOf([.. values], NpgsqlDbType.Uuid);

    public static NpgsqlParameter Int(int? value) => Of(value, NpgsqlDbType.Integer);

    public static NpgsqlParameter Ints(IEnumerable<int> values) => ArrayOf([.. values], NpgsqlDbType.Integer);

    public static NpgsqlParameter NullableInts(IEnumerable<int?> values) => ArrayOf([.. values], NpgsqlDbType.Integer);

    public static NpgsqlParameter Double(double value) => Of(value, NpgsqlDbType.Double);

    public static NpgsqlParameter Interval(TimeSpan value) => Of(value, NpgsqlDbType.Interval);

    public static NpgsqlParameter Doubles(IEnumerable<double> values) => ArrayOf([.. values], NpgsqlDbType.Double);

    public static NpgsqlParameter Bytes(byte[] value) => Of(value, NpgsqlDbType.Bytea);

    public static NpgsqlParameter Bytes(IEnumerable<byte[]> values) => ArrayOf([.. values], NpgsqlDbType.Bytea);

    public static NpgsqlParameter Long(long? value) => Of(value, NpgsqlDbType.Bigint);

    public static NpgsqlParameter Longs(IEnumerable<long> values) => ArrayOf([.. values], NpgsqlDbType.Bigint);

    public static NpgsqlParameter NoLongs() => Of<long[]?>(null, NpgsqlDbType.Array | NpgsqlDbType.Bigint);

    public static NpgsqlParameter NullableLongs(IEnumerable<long?> values) => ArrayOf([.. values], NpgsqlDbType.Bigint);

    public static NpgsqlParameter Numeric(decimal? value) => Of(value, NpgsqlDbType.Numeric);

    public static NpgsqlParameter Numerics(IEnumerable<decimal?> values) => ArrayOf([.. values], NpgsqlDbType.Numeric);

    public static NpgsqlParameter Bool(bool value) => Of(value, NpgsqlDbType.Boolean);

    public static NpgsqlParameter Bools(IEnumerable<bool> values) => ArrayOf([.. values], NpgsqlDbType.Boolean);

    public static NpgsqlParameter NullableBools(IEnumerable<bool?> values) => ArrayOf([.. values], NpgsqlDbType.Boolean);

    public static NpgsqlParameter Timestamp(DateTimeOffset? value) => Of(value?.ToUniversalTime(), NpgsqlDbType.TimestampTz);

    public static NpgsqlParameter Timestamps(IEnumerable<DateTimeOffset> values) =>
        ArrayOf([.. values.Select(v => v.ToUniversalTime())], NpgsqlDbType.TimestampTz);

    public static NpgsqlParameter NullableTimestamps(IEnumerable<DateTimeOffset?> values) =>
        ArrayOf([.. values.Select(v => v?.ToUniversalTime())], NpgsqlDbType.TimestampTz);

    public static NpgsqlParameter Jsonb(string? value) => Of(value, NpgsqlDbType.Jsonb);

    public static NpgsqlParameter Jsonb(byte[]? utf8) => Of(utf8, NpgsqlDbType.Jsonb);

    public static NpgsqlParameter Jsonbs(IEnumerable<byte[]?> utf8) => ArrayOf([.. utf8], NpgsqlDbType.Jsonb);

    private static string? Sound(string? text) =>
        text?.Contains('\0', StringComparison.Ordinal) == true ? throw new ArgumentException("A text holds a NUL.", nameof(text)) : text;

    private static NpgsqlParameter Of<T>(T value, NpgsqlDbType type) =>
        new() { Value = value is null ? DBNull.Value : value, NpgsqlDbType = type };

    private static NpgsqlParameter<T[]> ArrayOf<T>(T[] values, NpgsqlDbType element) =>
        new() { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | element };
}
