using Npgsql;
using PixeeEvents.EventLog;

namespace PixeeEvents.WinDev.Since;

/// <summary>
/// Positions of every <paramref name="Step"/>th row of a walk up to the position at which it began, so that a page out of order is
/// near one of them.
/// </summary>
/// <param name="Front">Rows that were in front of that part.</param>
/// <remarks>
/// Rows only ever leave that part, for the front. As long as no more rows are in front than when it was marked, every mark has the
/// place that it had.
/// </remarks>
internal sealed record WalkMarks(int Step, long[] Positions, long Front)
{
    /// <summary>So many rows are skipped at no cost that anybody would notice.</summary>
    public const int Smallest = 1000;

    private const int Most = 256;

    /// <summary>Where to begin for a page at an offset, and how many rows to skip from there.</summary>
    public (long Before, long Skip) Find(long offset)
    {
        var mark = (int)Math.Min(Math.Max(offset - Front, 0) / Step, Positions.Length);
        return mark == 0 ? (long.MaxValue, offset) : (Positions[mark - 1], offset - Front - ((long)mark * Step));
    }

    /// <summary>The walk's marks, set anew when rows came to the front.</summary>
    /// <param name="condition">Of the walk's rows in <c>windev.figures</c>.</param>
    /// <param name="bounds">Its parameters, for the rows between two positions.</param>
    public static async Task<WalkMarks> Of(
        Walk walk, NpgsqlDataSource dataSource, string condition, Func<long, long, NpgsqlParameter[]> bounds,
        CancellationToken cancellationToken)
    {
        await using var count = dataSource.CreateCommand($"select count(*) from windev.figures f where {condition}")
            .With(bounds(walk.Position, long.MaxValue));
        var front = (long)(await count.ExecuteScalarAsync(cancellationToken))!;
        if (walk.Marks is { } marks && marks.Front == front)
        {
            return marks;
        }

        var step = (int)Math.Max(Smallest, walk.Total / Most);
        await using var command = dataSource.CreateCommand(
            $"""
             select coalesce(array_agg(r.seq_id order by r.place), array[]::bigint[]) from (
                 select f.seq_id, row_number() over (order by f.seq_id desc) as place from windev.figures f where {condition}) r
             where r.place % $6 = 0
             """).With([.. bounds(walk.Floor, walk.Position + 1), Sql.Int(step)]);
        return new WalkMarks(step, (long[])(await command.ExecuteScalarAsync(cancellationToken))!, front);
    }

    public bool Equals(WalkMarks? other) =>
        other is not null && (other.Step, other.Front) == (Step, Front) && other.Positions.AsSpan().SequenceEqual(Positions);

    public override int GetHashCode() => HashCode.Combine(Step, Front, Positions.Length);
}
