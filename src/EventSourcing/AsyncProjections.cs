using Npgsql;

namespace PixeeEvents.EventSourcing;

/// <summary>
/// Follows the log for projections that nobody reads back at once. Pages and progress commit together; any number of nodes may
/// run it, the progress row's lock lets one of them work on a projection at a time.
/// </summary>
public sealed class AsyncProjections(EventStore store, EventLog log, IReadOnlyList<IProjection> projections)
{
    private const int PageSize = 1000;

    /// <summary>Runs until cancelled. An event that cannot be read or projected ends it with the exception: nothing is skipped.</summary>
    /// <param name="poll">How long other nodes' appends may wait unseen; appends on this node wake it at once.</param>
    public async Task Run(TimeSpan poll, CancellationToken cancellationToken)
    {
        while (true)
        {
            var next = store.NextAppend;
            if (!await CatchUp(cancellationToken))
            {
                await Task.WhenAny(next, Task.Delay(poll, cancellationToken));
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
    }

    /// <summary>Projects one page for each projection that this node may work on; false when there was nothing to do.</summary>
    public async Task<bool> CatchUp(CancellationToken cancellationToken)
    {
        var worked = false;
        foreach (var projection in projections)
        {
            worked |= await ProjectPage(projection, cancellationToken);
        }

        return worked;
    }

    private async Task<bool> ProjectPage(IProjection projection, CancellationToken cancellationToken)
    {
        await using var connection = await store.DataSource.OpenConnectionAsync(cancellationToken);
        var name = projection.Name + ":All";
        long position;
        await using (var claim = new NpgsqlBatch(connection))
        {
            claim.Add("begin");
            claim.Add("select last_seq_id from mt_event_progression where name = $1 for update skip locked", Sql.Text(name));
            await using var reader = await claim.ExecuteReaderAsync(cancellationToken);
            position = await reader.ReadAsync(cancellationToken) ? reader.GetInt64(0) : -1;
        }

        if (position < 0)
        {
            return await Begin(connection, name, cancellationToken);
        }

        var (events, next) = await log.ReadAfter(position, PageSize, cancellationToken);
        if (next == position)
        {
            return false;
        }

        await using var page = new NpgsqlBatch(connection);
        foreach (var batch in EventLog.PerTenant(events))
        {
            projection.Project(batch, page, projection.Schema);
        }

        page.Add("update mt_event_progression set last_seq_id = $2, last_updated = transaction_timestamp() where name = $1", Sql.Text(name), Sql.Long(next));
        page.Add("commit");
        await page.ExecuteNonQueryAsync(cancellationToken);
        return true;
    }

    /// <summary>Makes the row of a projection that has none, and commits it before any work: nodes that begin together do not wait for each other's first page.</summary>
    /// <returns>False when the row exists: another node is working on it.</returns>
    private static async Task<bool> Begin(NpgsqlConnection connection, string name, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(
            """
            insert into mt_event_progression (name, last_seq_id)
            select $1, 0 where not exists (select from mt_event_progression p where p.name = $1)
            on conflict on constraint pk_mt_event_progression do nothing
            """,
            Sql.Text(name));
        batch.Add("commit");
        return await batch.ExecuteNonQueryAsync(cancellationToken) > 0;
    }
}
