using System.Diagnostics;
using Npgsql;
using PixeeEvents.Http.Availability;
using Xunit;

namespace PixeeEvents.Host.Tests.Availability;

public sealed class GroupCommitSpecs
{
    private readonly List<int[]> _groups = [];
    private readonly TaskCompletionSource _first = new();
    private readonly GroupCommit<int> _commit;

    /// <summary>A call below zero is what the database refuses; zero is what breaks the connection; the first waits for the spec.</summary>
    public GroupCommitSpecs() => _commit = new GroupCommit<int>(
        async (calls, stop) =>
        {
            _groups.Add([.. calls]);
            await (_groups.Count == 1 ? _first.Task.WaitAsync(stop) : Task.CompletedTask);
            return calls.Contains(0) ? throw new NpgsqlException("Gone.", new IOException())
                : calls.Min() < 0 ? throw new PostgresException("Taken.", "ERROR", "ERROR", PostgresErrorCodes.UniqueViolation) : true;
        },
        TimeSpan.FromMinutes(1));

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task calls_that_wait_at_once_are_written_together_and_a_company_does_not_wait_for_another()
    {
        var calls = Enumerable.Range(1, 5).Select(n => Write(n)).ToList();
        Assert.True(await _commit.Write("other", 6, Stop));
        Assert.DoesNotContain(calls, c => c.IsCompleted);
        _first.SetResult();
        Assert.All(await Task.WhenAll(calls), Assert.True);
        Assert.Equal([[1], [6], [2, 3, 4, 5]], _groups);
        Assert.True(await Write(7));
    }

    [Fact]
    public async Task a_group_that_the_database_refuses_is_written_call_by_call()
    {
        var (first, group) = (Write(1), new[] { Write(2), Write(-1), Write(3) });
        _first.SetResult();
        Assert.True(await first);
        Assert.All(await Task.WhenAll(group), Assert.False);
    }

    [Fact]
    public async Task a_group_whose_connection_breaks_tells_all_its_callers_and_the_next_goes_on()
    {
        var (first, group) = (Write(1), new[] { Write(2), Write(0), Write(3) });
        _first.SetResult();
        Assert.True(await first);
        foreach (var call in group)
        {
            await Assert.ThrowsAsync<NpgsqlException>(() => call);
        }

        Assert.True(await Write(4));
    }

    [Fact]
    public async Task a_caller_that_hangs_up_lets_the_others_write()
    {
        using var hangUp = new CancellationTokenSource();
        var (first, second, third) = (Write(1, hangUp.Token), Write(2, hangUp.Token), Write(3));
        await hangUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        Assert.False(third.IsCompleted);
        _first.SetResult();
        Assert.True(await third);
        Assert.Equal([[1], [2, 3]], _groups);
    }

    [Fact]
    public async Task a_group_is_traced_with_its_first_call_that_is_recorded_and_the_others_link_to_it()
    {
        var current = new List<Activity?>();
        var commit = new GroupCommit<int>(
            async (calls, stop) =>
            {
                current.Add(Activity.Current);
                await (calls[0] == 1 ? _first.Task.WaitAsync(stop) : Task.CompletedTask);
                return true;
            },
            TimeSpan.FromMinutes(1));
        var calls = new[] { true, false, true, true }.Select((recorded, n) =>
        {
            Activity.Current = null;
            var flags = recorded ? ActivityTraceFlags.Recorded : ActivityTraceFlags.None;
            var activity = new Activity($"call {n}") { ActivityTraceFlags = flags };
            activity.Start();
            return (Activity: activity, Written: commit.Write("company", n + 1, Stop));
        }).ToList();
        _first.SetResult();
        await Task.WhenAll(calls.Select(c => c.Written));
        calls.ForEach(c => c.Activity.Dispose());
        Assert.Equal([calls[0].Activity, calls[2].Activity], current);
        Assert.Equal(
            [[], [calls[2].Activity.Context], [], [calls[2].Activity.Context]],
            calls.Select(c => c.Activity.Links.Select(l => l.Context).ToArray()));
    }

    [Fact]
    public async Task a_group_that_takes_too_long_says_so_and_may_have_written()
    {
        var commit = new GroupCommit<int>(
            async (_, stop) =>
            {
                await Task.Delay(Timeout.Infinite, stop);
                return true;
            },
            TimeSpan.FromMilliseconds(1));
        var failure = await Assert.ThrowsAsync<UnavailableException>(() => commit.Write("company", 1, Stop));
        Assert.Equal((Outage.Slow, true), (failure.Outage, failure.MayHaveWritten));
    }

    private Task<bool> Write(int call, CancellationToken? stop = null) => _commit.Write("company", call, stop ?? Stop);
}
