using PixeeEvents.Http.Availability;
using Xunit;

namespace PixeeEvents.Host.Tests.Availability;

public sealed class WriterQueueSpecs
{
    private static readonly CancellationToken Never = CancellationToken.None;

    [Fact]
    public async Task writers_of_a_company_take_their_turns_in_the_order_in_which_they_came()
    {
        using var queue = Queue(new DatabaseOptions { WritersPerCompany = 2 });
        var (first, second) = (await queue.Enter(Single("a"), Never), await queue.Enter(Single("a"), Never));
        var waiting = Enumerable.Range(0, 5).Select(_ => queue.Enter(Single("a"), Never)).ToList();
        Assert.All(waiting, w => Assert.False(w.IsCompleted));
        using var other = await queue.Enter(Single("b"), Never);
        first.Dispose();
        first.Dispose();
        (await waiting[0]).Dispose();
        var third = await waiting[1];
        Assert.All(waiting.Skip(2), w => Assert.False(w.IsCompleted));
        second.Dispose();
        third.Dispose();
        foreach (var turn in waiting.Skip(2))
        {
            (await turn).Dispose();
        }
    }

    [Fact]
    public async Task a_company_has_fewer_batches_than_writers_at_work()
    {
        using var queue = Queue(new DatabaseOptions { WritersPerCompany = 3, BatchesPerCompany = 1 });
        var batch = await queue.Enter(Batch("a"), Never);
        var next = queue.Enter(Batch("a"), Never);
        using var single = await queue.Enter(Single("a"), Never);
        Assert.False(next.IsCompleted);
        batch.Dispose();
        (await next).Dispose();
    }

    [Fact]
    public async Task the_node_has_fewer_writers_than_connections_however_many_companies_write()
    {
        using var queue = Queue(new DatabaseOptions(), writers: 3);
        var turns = new List<IDisposable>();
        foreach (var company in (string[])["a", "b", "c"])
        {
            turns.Add(await queue.Enter(Single(company), Never));
        }

        var fourth = queue.Enter(Batch("d"), Never);
        Assert.False(fourth.IsCompleted);
        turns[1].Dispose();
        (await fourth).Dispose();
    }

    [Fact]
    public async Task who_comes_when_enough_wait_is_refused_at_once_and_so_is_whose_turn_does_not_come()
    {
        using var queue = Queue(new DatabaseOptions { WritersPerCompany = 1, WaitingPerCompany = 1, AnswerSeconds = 0.3 });
        using var turn = await queue.Enter(Single("a"), Never);
        var waiting = queue.Enter(Single("a"), Never);
        var refused = queue.Enter(Single("a"), Never);
        Assert.True(refused.IsCompleted);
        Assert.Equal(Outage.Queued, (await Assert.ThrowsAsync<UnavailableException>(() => refused)).Outage);
        Assert.False((await Assert.ThrowsAsync<UnavailableException>(() => waiting)).MayHaveWritten);
    }

    [Fact]
    public async Task who_leaves_the_queue_gives_back_what_he_had_already()
    {
        using var queue = Queue(new DatabaseOptions { WritersPerCompany = 1, BatchesPerCompany = 1 });
        var single = await queue.Enter(Single("a"), Never);
        using var leaves = new CancellationTokenSource();
        var batch = queue.Enter(Batch("a"), leaves.Token);
        await leaves.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => batch);
        single.Dispose();
        (await queue.Enter(Batch("a"), Never)).Dispose();
    }

    [Fact]
    public void half_of_the_pool_is_left_to_those_that_read()
    {
        Assert.Equal(25, new DatabaseOptions().WritersOf("Host=x;Maximum Pool Size=50"));
        Assert.Equal(1, new DatabaseOptions().WritersOf("Host=x;Maximum Pool Size=1"));
        Assert.Equal(7, new DatabaseOptions { Writers = 7 }.WritersOf("Host=x"));
    }

    private static WriterQueue Queue(DatabaseOptions options, int writers = 100) => new(options, writers);

    private static Writer Single(string company) => new(company, WriteKind.Single);

    private static Writer Batch(string company) => new(company, WriteKind.Batch);
}
