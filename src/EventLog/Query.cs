using Npgsql;

namespace PixeeEvents.EventLog;

/// <summary>A statement and how its answer is read: it runs alone, or with others in one round trip.</summary>
public sealed record Query<T>(string Statement, NpgsqlParameter[] Parameters, Func<NpgsqlDataReader, CancellationToken, Task<T>> Read)
{
    public async Task<T> Run(NpgsqlDataSource dataSource, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(Statement).With(Parameters);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await Read(reader, cancellationToken);
    }
}

/// <summary>Queries that share a round trip and a connection.</summary>
public sealed class QueryBatch
{
    private readonly List<(string Statement, NpgsqlParameter[] Parameters, Func<NpgsqlDataReader, CancellationToken, Task<Action>> Read)> _queries = [];

    /// <returns>The answer; complete once the batch has run.</returns>
    public Task<T> Add<T>(Query<T> query)
    {
        var answer = new TaskCompletionSource<T>();
        _queries.Add((query.Statement, query.Parameters, Read));
        return answer.Task;

        async Task<Action> Read(NpgsqlDataReader reader, CancellationToken cancellationToken)
        {
            var value = await query.Read(reader, cancellationToken);
            return () => answer.SetResult(value);
        }
    }

    public async Task Run(NpgsqlDataSource dataSource, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await Run(connection, cancellationToken);
    }

    internal async Task Run(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        foreach (var (statement, parameters, _) in _queries)
        {
            batch.Add(statement, parameters);
        }

        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        (await ReadFrom(reader, cancellationToken))();
    }

    /// <summary>The queries as the last parts of a unit of work.</summary>
    /// <param name="answered">Gets what gives an answer out.</param>
    internal IEnumerable<SqlQuery> Operations(Action<Action> answered) => _queries.Select(q => new SqlQuery(
        q.Statement, q.Parameters, async (reader, _, stop) => answered(await q.Read(reader, stop)), isLast: true));

    private async Task<Action> ReadFrom(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        Action give = () => { };
        foreach (var (_, _, read) in _queries)
        {
            give += await read(reader, cancellationToken);
            await reader.NextResultAsync(cancellationToken);
        }

        return give;
    }
}
