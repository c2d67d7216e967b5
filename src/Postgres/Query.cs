using Marten;
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
    /// <summary>In the order of adding; what each gives back completes its answer.</summary>
    private readonly List<Query<Action>> _queries = [];

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

    /// <summary>Asks in a session's unit of work, after what it has queued so far.</summary>
    /// <returns>To be called once that is committed: gives the answers out.</returns>
    public Action AskIn(IDocumentSession session)
    {
        Action complete = () => { };
        _queries.ForEach(q => session.QueueOperation(
            new SqlQuery(q.Statement, q.Parameters, async (reader, _, stop) => complete += await q.Read(reader, stop))));
        return () => complete();
    }

    public async Task Run(NpgsqlDataSource dataSource, CancellationToken cancellationToken)
    {
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
