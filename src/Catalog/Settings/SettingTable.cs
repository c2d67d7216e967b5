using Npgsql;
using NpgsqlTypes;
using PixeeEvents.EventLog;

namespace PixeeEvents.Catalog.Settings;

/// <summary>A row of settings: named uniquely in its company (whatever the case), at a place in a list.</summary>
public interface ISetting
{
    long Id { get; }

    string Name { get; }

    /// <summary>From 1; a new row or a moved one pushes back what stands there. A new row of position 0 comes last.</summary>
    int Position { get; }
}

/// <summary>A plain table of settings of companies, each a short ordered list.</summary>
public abstract class SettingTable<T>(NpgsqlDataSource dataSource)
    where T : class, ISetting
{
    protected const int MaxName = 64;

    protected abstract string Table { get; }

    /// <summary>One word, singular; makes refusal codes such as <c>season_unknown</c>.</summary>
    protected abstract string Noun { get; }

    /// <summary>Beside tenant_id, id and position, in the order of <see cref="Values"/>.</summary>
    protected abstract IReadOnlyList<string> Columns { get; }

    /// <summary>Columns that a caller may name a row by.</summary>
    protected virtual IReadOnlyList<string> Names => ["name"];

    /// <summary>A condition on <c>$1</c> tenant and <c>$2</c> id that holds while something uses the row; null when nothing can.</summary>
    protected virtual string? UsedWhen => null;

    private string Selected => $"id, position, {string.Join(", ", Columns)}";

    /// <summary>In order.</summary>
    public virtual Task<IReadOnlyList<T>> List(string tenant, CancellationToken cancellationToken) =>
        All(tenant).Run(dataSource, cancellationToken);

    public async Task<T?> Find(string tenant, long id, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand($"select {Selected} from {Table} where tenant_id = $1 and id = $2")
            .With(Sql.Text(tenant), Sql.Long(id));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? Read(reader) : null;
    }

    /// <summary>A row of the list by id, else by name without regard to case.</summary>
    public async Task<T?> Find(string tenant, string key, CancellationToken cancellationToken)
    {
        var rows = await List(tenant, cancellationToken);
        return rows.FirstOrDefault(r => r.Id == References.NumberOf(key)) ?? rows.FirstOrDefault(r => IsNamed(r, key));
    }

    /// <summary>
    /// What ids or names stand for, in one round trip; see <see cref="References"/>. Rows found stay until the session ends.
    /// </summary>
    public virtual Task<IReadOnlyDictionary<string,
    Reference>> Resolve(EventSession session, IReadOnlyCollection<string> keys, CancellationToken cancellationToken) =>
        References.Resolve(session, Table, "id", Names, Noun, keys, cancellationToken);

    /// <summary>Adds a row; the id of <paramref name="draft"/> is ignored.</summary>
    public async Task<(T? Created, Refusal? Refusal)> Create(string tenant, T draft, CancellationToken cancellationToken)
    {
        if (Check(draft, null) is { } refusal)
        {
            return (null, refusal);
        }

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await Begin(connection, tenant, cancellationToken);
        var parameters = Values(draft).ToList();
        await using var insert = new NpgsqlCommand(
            $"""
             insert into {Table} (tenant_id, position, {string.Join(", ", Columns)})
             select $1, coalesce(max(position), 0) + 1, {string.Join(", ", Columns.Select((_, i) => $"${i + 2}"))} from {Table}
                 where tenant_id = $1
             returning id
             """,
            connection).With([Sql.Text(tenant), .. parameters]);
        try
        {
            var id = (long)(await insert.ExecuteScalarAsync(cancellationToken))!;
            return (await Place(connection, transaction, tenant, id, draft.Position, cancellationToken), null);
        }
        catch (PostgresException e) when (RefusalOf(e) is { } taken)
        {
            return (null, taken);
        }
    }

    /// <summary>Changes a row under its lock; its id stays whatever <paramref name="change"/> makes of it.</summary>
    /// <returns>Neither a row nor a refusal when there is no such row.</returns>
    public async Task<(T? Changed, Refusal? Refusal)> Change(string tenant, long id, Func<T, T> change, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await Begin(connection, tenant, cancellationToken);
        if (await Find(connection, tenant, id, cancellationToken) is not { } before)
        {
            return (null, Fixed(id));
        }

        var after = change(before);
        if (Check(after, before) is { } refusal)
        {
            return (null, refusal);
        }

        await using var update = new NpgsqlCommand(
            $"update {Table} set {string.Join(", ", Columns.Select((c, i) => $"{c} = ${i + 3}"))} where tenant_id = $1 and id = $2",
            connection)
            .With([Sql.Text(tenant), Sql.Long(id), .. Values(after)]);
        try
        {
            await update.ExecuteNonQueryAsync(cancellationToken);
            return (await Place(connection, transaction, tenant, id, after.Position, cancellationToken), null);
        }
        catch (PostgresException e) when (RefusalOf(e) is { } taken)
        {
            return (null, taken);
        }
    }

    /// <returns>Neither found nor refused when there is no such row.</returns>
    public async Task<(bool Deleted, Refusal? Refusal)> Delete(string tenant, long id, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await Begin(connection, tenant, cancellationToken);
        if (await Find(connection, tenant, id, cancellationToken, "for update") is not { } row)
        {
            return (false, Fixed(id));
        }

        if (UsedWhen is { } condition)
        {
            await using var uses = new NpgsqlCommand($"select {condition}", connection).With(Sql.Text(tenant), Sql.Long(id));
            if (await uses.ExecuteScalarAsync(cancellationToken) is true)
            {
                return (false, new Refusal("in_use", $"The {Noun.Replace('_', ' ')} '{row.Name}' is in use."));
            }
        }

        await using var delete = new NpgsqlBatch(connection)
            .Add($"delete from {Table} where tenant_id = $1 and id = $2", Sql.Text(tenant), Sql.Long(id))
            .Add(
                $"update {Table} set position = position - 1 where tenant_id = $1 and position > $2", Sql.Text(tenant),
                Place(row.Position));
        await delete.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return (true, null);
    }

    /// <summary>What is in the table, in order.</summary>
    internal Query<IReadOnlyList<T>> All(string tenant) =>
        new($"select {Selected} from {Table} where tenant_id = $1 order by position, id", [Sql.Text(tenant)], ReadAll);

    private async Task<IReadOnlyList<T>> ReadAll(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(Read(reader));
        }

        return rows;
    }

    protected virtual bool IsNamed(T row, string name) => row.Name.Equals(name, StringComparison.OrdinalIgnoreCase);

    /// <summary>Column 0 is the id, 1 the position, then come <see cref="Columns"/>.</summary>
    protected abstract T Read(NpgsqlDataReader reader);

    protected abstract IEnumerable<NpgsqlParameter> Values(T setting);

    /// <param name="before">Null for a new row.</param>
    protected virtual Refusal? Check(T setting, T? before) =>
        setting.Name.Length is < 1 or > MaxName ? new Refusal("name_length", $"has 1 to {MaxName} characters") : null;

    /// <summary>Why a row that stands in the list without being in the table cannot be written.</summary>
    protected virtual Refusal? Fixed(long id) => null;

    protected virtual Refusal? RefusalOf(PostgresException e) =>
        e.SqlState == PostgresErrorCodes.UniqueViolation && e.ConstraintName!.EndsWith("_one_per_name", StringComparison.Ordinal)
            ? new Refusal("name_taken", "has already been taken")
            : null;

    private static NpgsqlParameter Place(int position) => new() { Value = position, NpgsqlDbType = NpgsqlDbType.Integer };

    /// <summary>One writer of a company's list at a time.</summary>
    private async Task<NpgsqlTransaction> Begin(NpgsqlConnection connection, string tenant, CancellationToken cancellationToken)
    {
        var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var held = new NpgsqlCommand($"select pg_advisory_xact_lock(hashtextextended('{Table} ' || $1, 0))", connection)
            .With(Sql.Text(tenant));
        await held.ExecuteNonQueryAsync(cancellationToken);
        return transaction;
    }

    private async Task<T?> Find(
        NpgsqlConnection connection, string tenant, long id, CancellationToken cancellationToken, string locked = "")
    {
        await using var command = new NpgsqlCommand($"select {Selected} from {Table} where tenant_id = $1 and id = $2 {locked}", connection)
            .With(Sql.Text(tenant), Sql.Long(id));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? Read(reader) : null;
    }

    private async Task<T?> Place(
        NpgsqlConnection connection, NpgsqlTransaction transaction, string tenant, long id, int position,
        CancellationToken cancellationToken)
    {
        if (position > 0)
        {
            await using var place = new NpgsqlCommand(
                $"""
                 with others as (
                     select id, row_number() over (order by position, id)::numeric as rank from {Table} where tenant_id = $1 and id <> $2
                 ), placed as (
                     select id, row_number() over (order by rank) as position from (select id, rank from others union all select $2,
                         $3 - 0.5) as ranked
                 )
                 update {Table} t set position = p.position from placed p where t.tenant_id = $1 and t.id = p.id
                     and t.position <> p.position
                 """,
                connection).With(Sql.Text(tenant), Sql.Long(id), Place(position));
            await place.ExecuteNonQueryAsync(cancellationToken);
        }

        var row = await Find(connection, tenant, id, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return row;
    }
}
