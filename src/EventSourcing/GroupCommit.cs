using System.Diagnostics;

namespace PixeeEvents.EventSourcing;

/// <summary>
/// Writes units of work that wait at once in one transaction: what a transaction costs is paid once for all of them.
/// </summary>
/// <remarks>
/// <para>
/// A unit that comes alone is written at once. Those of its company that come meanwhile wait, and when it has ended the first of
/// them writes them all. So nobody waits for company, and the more come, the less each costs.
/// </para>
/// <para>
/// It is for units that hold no lock when they come: others can write them. If the database refuses a group, nothing of it is
/// written, and each of its units is written by its own session: one that fails takes no other with it.
/// </para>
/// <para>
/// Units with a last lock are apart from those without, which lock streams: others take these two kinds of locks in the other order.
/// </para>
/// </remarks>
internal sealed class GroupCommit
{
    /// <summary>Units in a transaction: keeps its memory and the waiting of its members in bounds.</summary>
    private const int MaxUnits = 100;

    private readonly Lock _gate = new();

    /// <summary>Who waits, by company and last lock. A line is here while somebody writes for it.</summary>
    private readonly Dictionary<(string Tenant, string? LastLock), Queue<Member>> _lines = [];

    private enum Turn
    {
        Lead,
        WriteAlone,
        Written,
    }

    /// <summary>Writes the unit, in a group or alone.</summary>
    /// <param name="cancellationToken">Not looked at while others depend on it.</param>
    public async Task<SaveOutcome> Save(EventSession session, UnitOfWork unit, CancellationToken cancellationToken) => await Join(unit) switch
    {
        Turn.Written => new SaveOutcome.Saved(unit.Events),
        Turn.WriteAlone => await session.WriteAlone(unit, cancellationToken),
        _ => await Lead(session, unit, cancellationToken),
    };

    private async Task<SaveOutcome> Lead(EventSession session, UnitOfWork unit, CancellationToken cancellationToken)
    {
        var others = TakeWaiting(unit);
        try
        {
            if (others.Count == 0)
            {
                return await session.WriteAlone(unit, cancellationToken);
            }

            if (await session.TryWrite([unit, .. others.Select(o => o.Unit)]))
            {
                foreach (var other in others)
                {
                    other.Unit.TakenAlongBy = Activity.Current?.Context;
                    other.Turn.SetResult(Turn.Written);
                }

                return new SaveOutcome.Saved(unit.Events);
            }

            others.ForEach(o => o.Turn.SetResult(Turn.WriteAlone));
            return await session.WriteAlone(unit, cancellationToken);
        }
        catch (Exception e)
        {
            // Whether a group was written is not known when the connection broke: all its callers hear of it.
            others.ForEach(o => o.Turn.TrySetException(e));
            throw;
        }
        finally
        {
            HandOver(unit);
        }
    }

    private static (string Tenant, string? LastLock) KeyOf(UnitOfWork unit) => (unit.Caller.Tenant, unit.LastLock);

    private Task<Turn> Join(UnitOfWork unit)
    {
        lock (_gate)
        {
            if (!_lines.TryGetValue(KeyOf(unit), out var line))
            {
                _lines.Add(KeyOf(unit), new Queue<Member>());
                return Task.FromResult(Turn.Lead);
            }

            var member = new Member(unit, new TaskCompletionSource<Turn>(TaskCreationOptions.RunContinuationsAsynchronously));
            line.Enqueue(member);
            return member.Turn.Task;
        }
    }

    /// <remarks>A unit that writes a stream of one before it has lost the race, and would spoil the group.</remarks>
    private List<Member> TakeWaiting(UnitOfWork leader)
    {
        var taken = new List<Member>();
        var streams = leader.Streams.Select(s => s.Id).ToHashSet();
        lock (_gate)
        {
            while (taken.Count < MaxUnits - 1 && _lines[KeyOf(leader)].TryDequeue(out var member))
            {
                if (member.Unit.Streams.All(s => streams.Add(s.Id)))
                {
                    taken.Add(member);
                }
                else
                {
                    member.Turn.SetResult(Turn.WriteAlone);
                }
            }
        }

        return taken;
    }

    private void HandOver(UnitOfWork leader)
    {
        lock (_gate)
        {
            if (_lines[KeyOf(leader)].TryDequeue(out var next))
            {
                next.Turn.SetResult(Turn.Lead);
            }
            else
            {
                _lines.Remove(KeyOf(leader));
            }
        }
    }

    private sealed record Member(UnitOfWork Unit, TaskCompletionSource<Turn> Turn);
}
