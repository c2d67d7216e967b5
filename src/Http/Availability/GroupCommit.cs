using System.Diagnostics;

namespace PixeeEvents.Http.Availability;

/// <summary>
/// Writes calls of one company that wait at once in one transaction: what a transaction costs is paid once for all of them.
/// </summary>
/// <remarks>
/// A call that comes alone is written at once. Those of its company that come meanwhile wait, and when it has ended they are written
/// together. So nobody waits for company, and the more come, the less each costs. What the database refuses has written nothing: each
/// call of such a group is then written by itself, so that one that fails takes no other with it. Whether a group was written is not
/// known when the connection broke: all its callers hear of it.
/// </remarks>
/// <param name="write">Writes calls of one company; false when nothing was written.</param>
internal sealed class GroupCommit<TCall>(Func<IReadOnlyList<TCall>, CancellationToken, Task<bool>> write, TimeSpan patience)
{
    /// <summary>Calls in a transaction: keeps its memory and the waiting of its members in bounds.</summary>
    private const int MaxCalls = 100;

    private readonly Lock _gate = new();

    /// <summary>Who waits, by company. A line is here while somebody writes for it.</summary>
    private readonly Dictionary<string, Queue<Member>> _lines = new(StringComparer.Ordinal);

    /// <returns>False when nothing was written, and the call is to be written by itself.</returns>
    public Task<bool> Write(string company, TCall call, CancellationToken cancellationToken)
    {
        var member = new Member(call);
        lock (_gate)
        {
            if (_lines.TryGetValue(company, out var line))
            {
                line.Enqueue(member);
                return member.IsWritten.Task.WaitAsync(cancellationToken);
            }

            _lines.Add(company, new Queue<Member>());
        }

        // Others depend on it, so it goes on when the first caller has hung up.
        _ = WriteLine(company, [member]);
        return member.IsWritten.Task.WaitAsync(cancellationToken);
    }

    private async Task WriteLine(string company, List<Member> members)
    {
        for (; members.Count > 0; members = Next(company))
        {
            try
            {
                TraceTogether(members);
                var written = await Write(members);
                members.ForEach(m => m.IsWritten.SetResult(written));
            }
            catch (Exception e)
            {
                members.ForEach(m => m.IsWritten.SetException(e));
            }
        }
    }

    /// <summary>Spans of a group stand in the trace of its first call that is recorded; the other calls link to it.</summary>
    private static void TraceTogether(List<Member> members)
    {
        var leader = (members.Find(m => m.Activity?.Recorded == true) ?? members[0]).Activity;
        Activity.Current = leader;
        foreach (var member in members.Where(m => leader is not null && m.Activity != leader))
        {
            member.Activity?.AddLink(new ActivityLink(leader!.Context));
        }
    }

    private async Task<bool> Write(List<Member> members)
    {
        using var time = new CancellationTokenSource(patience);
        try
        {
            return await write([.. members.Select(m => m.Call)], time.Token);
        }
        catch (OperationCanceledException e) when (time.IsCancellationRequested)
        {
            throw new UnavailableException(Outage.Slow, mayHaveWritten: true, e);
        }
        catch (Exception e) when (DatabaseFault.Of(e) is null or Outage.Locked)
        {
            // Each meets its own fault when it is written by itself.
            return false;
        }
    }

    private List<Member> Next(string company)
    {
        lock (_gate)
        {
            var members = new List<Member>();
            while (members.Count < MaxCalls && _lines[company].TryDequeue(out var member))
            {
                members.Add(member);
            }

            if (members.Count == 0)
            {
                _lines.Remove(company);
            }

            return members;
        }
    }

    private sealed record Member(TCall Call)
    {
        public Activity? Activity { get; } = Activity.Current;

        public TaskCompletionSource<bool> IsWritten { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
