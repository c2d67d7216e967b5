using System.Diagnostics;
using Npgsql;

namespace PixeeEvents.ReadModels;

/// <summary>
/// Up to which position the log is settled: every event at or below the mark is visible, and holes below it are dead for ever.
/// </summary>
/// <remarks>
/// <para>
/// Order of numbers is not order of commits. A writer that drew 1 may commit after one that drew 2, and a reader that remembers
/// "2" would never see 1.
/// </para>
/// <para>
/// PostgreSQL itself marks whoever draws a number: <c>nextval</c> takes a RowExclusiveLock on the sequence before it draws, and
/// keeps it until the transaction ends. So the reader first notes the sequence's last value, then the transactions that hold that
/// lock. Whoever drew a number up to that value either ended in between or is among them. When those transactions are gone,
/// everything up to the value is settled.
/// </para>
/// <para>
/// There is no time-out and no guess about gaps: a rolled-back append is gone at once, and a stranger's transaction that never
/// touched the sequence delays nobody. It holds for any writer of the log, a Marten application included. (Only numbers that were
/// drawn in one transaction and used in another escape it; nothing here does that.)
/// </para>
/// </remarks>
public sealed class SettledMark(NpgsqlDataSource dataSource)
{
    private readonly Lock _gate = new();
    private readonly List<(long Position, HashSet<string> Writers, long Taken)> _candidates = [];
    private long _heldSince = -1;
    private long _settled = -1;
    private long _looks;

    // Not Marten's HighWaterMark: its daemon may pass an open transaction there, and a bulk insert of its own does.
    private const string ProgressName = "SettledMark";

    /// <summary>The highest position known to be settled now. Waits only when nothing is known yet, on this node or from before.</summary>
    public Task<long> Read(CancellationToken cancellationToken) => WaitFor(0, cancellationToken);

    /// <summary>For how long, without a break, looks have found writers that hold the mark back.</summary>
    public TimeSpan Lag => Interlocked.Read(ref _heldSince) is >= 0 and var since ? Stopwatch.GetElapsedTime(since) : TimeSpan.Zero;

    /// <summary>Waits until everything that was drawn before this call is settled, and returns the mark.</summary>
    public async Task<long> Settle(CancellationToken cancellationToken) =>
        await WaitFor((await Look(cancellationToken)).Position, cancellationToken);

    /// <summary>Writes the mark down, so that a node that starts while a writer hangs knows something at once.</summary>
    public async Task Save(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            """
            insert into mt_event_progression as p (name, last_seq_id) values ($1, $2) on conflict on constraint pk_mt_event_progression
            do update set last_seq_id = excluded.last_seq_id, last_updated = transaction_timestamp()
                where p.last_seq_id < excluded.last_seq_id
            """).With(Sql.Text(ProgressName), Sql.Long(await Read(cancellationToken)));
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task<long> WaitFor(long position, CancellationToken cancellationToken)
    {
        while (true)
        {
            var settled = await Observe(cancellationToken);
            if (settled >= position)
            {
                return settled;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(5), cancellationToken);
        }
    }

    private async Task<long> Observe(CancellationToken cancellationToken)
    {
        if (Interlocked.Read(ref _settled) < 0)
        {
            await using var saved = dataSource.CreateCommand("select last_seq_id from mt_event_progression where name = $1")
                .With(Sql.Text(ProgressName));
            if (await saved.ExecuteScalarAsync(cancellationToken) is long before)
            {
                lock (_gate)
                {
                    _settled = Math.Max(_settled, before);
                }
            }
        }

        var started = Interlocked.Increment(ref _looks);
        var (position, writers) = await Look(cancellationToken);
        lock (_gate)
        {
            foreach (var candidate in _candidates)
            {
                // Only a look that began after the candidate was taken says who of its writers is gone.
                if (candidate.Taken < started)
                {
                    candidate.Writers.IntersectWith(writers);
                }
            }

            _candidates.Add((position, writers, Interlocked.Increment(ref _looks)));
            _settled = _candidates.Where(c => c.Writers.Count == 0).Select(c => c.Position).Append(_settled).Max();
            _candidates.RemoveAll(c => c.Position <= _settled);
            _heldSince = _candidates.Count == 0 ? -1 : _heldSince < 0 ? Stopwatch.GetTimestamp() : _heldSince;
            if (_candidates.Count > 64)
            {
                // The oldest settle first; the newest is the goal. Those in between only refine the way.
                _candidates.RemoveRange(32, _candidates.Count - 33);
            }

            return _settled;
        }
    }

    private async Task<(long Position, HashSet<string> Writers)> Look(CancellationToken cancellationToken)
    {
        await using var batch = dataSource.CreateBatch();
        batch.Add("select case when is_called then last_value else 0 end from mt_events_sequence");
        batch.Add(
            """
            select l.virtualtransaction from pg_locks l
            where l.locktype = 'relation' and l.relation = 'mt_events_sequence'::regclass and l.mode = 'RowExclusiveLock' and l.granted
              and l.database = (select d.oid from pg_database d where d.datname = current_database())
            """);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var position = reader.GetInt64(0);
        await reader.NextResultAsync(cancellationToken);
        var writers = new HashSet<string>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellationToken))
        {
            writers.Add(reader.GetString(0));
        }

        return (position, writers);
    }
}
