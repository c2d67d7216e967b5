using Npgsql;

namespace PixeeEvents.Postgres;

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
    private readonly List<Query<Action>> _queries = [];

    /// <summary>In the order of adding; what each gives back completes its answer.</summary>
    public IReadOnlyList<Query<Action>> Queries => _queries;

    /// <returns>The answer; complete once the batch has run.</returns>
    public Task<T> Add<T>(Query<T> query)
    {
        var answer = new TaskCompletionSource<T>();
        _queries.Add(new Query<Action>(query.Statement, query.Parameters, async (reader, cancellationToken) =>
        {
            var value = await query.Read(reader, cancellationToken);
            return () => answer.SetResult(value);
        }));
        return answer.Task;
    }

    public async Task Run(NpgsqlDataSource dataSource, CancellationToken cancellationToken)
    {
        if (_queries.Count == 0)
        {
            return;
        }

        Action complete = () => { };
        await using (var batch = dataSource.CreateBatch())
        {
            _queries.ForEach(q => batch.Add(q.Statement, q.Parameters));
            await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
            foreach (var query in _queries)
            {
                complete += await query.Read(reader, cancellationToken);
                await reader.NextResultAsync(cancellationToken);
            }
        }

        complete();
    }
}
