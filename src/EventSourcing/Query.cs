using Npgsql;

namespace PixeeEvents.EventSourcing;

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
    private readonly List<(string Statement, NpgsqlParameter[] Parameters, Func<NpgsqlDataReader, CancellationToken, Task> Read)> _queries = [];

    /// <returns>The answer; complete once the batch has run.</returns>
    public Task<T> Add<T>(Query<T> query)
    {
        var answer = new TaskCompletionSource<T>();
        _queries.Add((query.Statement, query.Parameters, async (reader, cancellationToken) => answer.SetResult(await query.Read(reader, cancellationToken))));
        return answer.Task;
    }

    public async Task Run(NpgsqlDataSource dataSource, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection);
        AddTo(batch);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await ReadFrom(reader, cancellationToken);
    }

    internal void AddTo(NpgsqlBatch batch)
    {
        foreach (var (statement, parameters, _) in _queries)
        {
            batch.Add(statement, parameters);
        }
    }

    /// <summary>Reads the answers and whatever comes after them.</summary>
    internal async Task ReadFrom(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        foreach (var (_, _, read) in _queries)
        {
            await read(reader, cancellationToken);
            await reader.NextResultAsync(cancellationToken);
        }
    }
}
