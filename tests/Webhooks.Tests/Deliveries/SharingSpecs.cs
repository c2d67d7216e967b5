using PixeeEvents.Webhooks.Tests.Testing;
using Xunit;

namespace PixeeEvents.Webhooks.Tests.Deliveries;

/// <summary>What nodes share: the deliveries among them, their room among endpoints.</summary>
public sealed class SharingSpecs
{
    private static readonly Guid A = new("00000000-0000-0000-0000-00000000000a");
    private static readonly Guid B = new("00000000-0000-0000-0000-00000000000b");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task statement_14_two_nodes_and_answers_that_outlast_the_lease_make_no_duplicate()
    {
        await using var hub = await WebhooksFixture.Create();
        hub.Options = hub.Options with { Lease = TimeSpan.FromSeconds(1) };
        await using var receiver = await Receiver.Start(Answers.Late(TimeSpan.FromSeconds(3), TimeProvider.System, Answers.Status(200)));
        await hub.Subscribe(receiver.Url);
        hub.Start();
        hub.Start();
        for (var n = 0; n < 8; n++)
        {
            await hub.Change("stock.updated", Guid.NewGuid(), Guid.NewGuid());
        }

        await hub.Until(string.Join(' ', Enumerable.Repeat("delivered", 8)));
        Assert.Equal(8, receiver.Requests.Count);
        Assert.Equal(0, await hub.Scalar<int>("select max(interruptions) from webhooks.deliveries"));
    }

    [Fact]
    public async Task statement_13_without_a_crash_two_nodes_send_nothing_twice()
    {
        await using var hub = await WebhooksFixture.Create();
        await using var receiver = await Receiver.Start();
        await hub.Subscribe(receiver.Url, s => s with { PerItem = true, Concurrency = 50 });
        hub.Start();
        hub.Start();
        for (var n = 0; n < 10; n++)
        {
            await hub.Change("stock.updated", [.. Enumerable.Range(0, 100).Select(_ => Guid.NewGuid())]);
        }

        await WebhooksFixture.Until(
            async () => await hub.Scalar<long>("select count(*) from webhooks.deliveries where state = 'delivered'") is var n and < 1000
                ? $"{n} delivered"
                : null);
        Assert.Equal(1000, receiver.Requests.Count);
        Assert.Equal(1000, receiver.Requests.DistinctBy(r => r.Headers["webhook-id"]).Count());
    }

    [Fact]
    public async Task statement_13_a_node_that_stops_hands_back_what_it_has_not_finished_and_it_does_not_count()
    {
        await using var hub = await WebhooksFixture.Create();
        var gate = new TaskCompletionSource();
        await using var receiver = await Receiver.Start(Answers.InTurn(Answers.After(gate.Task, Answers.Status(200)), Answers.Status(200)));
        await hub.Subscribe(receiver.Url, s => s with { MaxRetries = 0 });
        var (_, stop) = hub.Start();
        await hub.Change("stock.updated", A);
        await receiver.Next(Cancel);
        await stop();
        Assert.Equal("interrupted", await hub.Scalar<string>("select string_agg(error, ' ') from webhooks.attempts"));
        hub.Start();
        await hub.Until("delivered");
        Assert.Equal(2, receiver.Requests.Count);
        Assert.Single(receiver.Requests.Select(r => Convert.ToHexString(r.Body)).Distinct());
    }

    [Fact]
    public async Task statement_19_no_more_than_the_concurrency_is_under_way_across_nodes()
    {
        await using var hub = await WebhooksFixture.Create();
        var (now, most) = (0, 0);
        await using var receiver = await Receiver.Start(async (context, _) =>
        {
            var running = Interlocked.Increment(ref now);
            for (var seen = most; running > seen && Interlocked.CompareExchange(ref most, running, seen) != seen; seen = most)
            {
            }

            await Task.Delay(20, context.RequestAborted);
            Interlocked.Decrement(ref now);
        });
        await hub.Subscribe(receiver.Url, s => s with { PerItem = true, Concurrency = 3 });
        hub.Start();
        hub.Start();
        await hub.Change("stock.updated", [.. Enumerable.Range(0, 60).Select(_ => Guid.NewGuid())]);
        await WebhooksFixture.Until(
            async () => await hub.Scalar<long>("select count(*) from webhooks.deliveries where state = 'delivered'") is var n and < 60
                ? $"{n} delivered"
                : null);
        Assert.InRange(most, 2, 3);
    }

    [Fact]
    public async Task statement_20_endpoints_that_hang_leave_room_for_those_that_do_not()
    {
        await using var hub = await WebhooksFixture.Create();
        // Looks at all endpoints come between the looks at those that were told of.
        hub.Options = hub.Options with { Capacity = 16, Poll = TimeSpan.FromMilliseconds(5) };
        var gate = new TaskCompletionSource();
        await using var hanging = await Receiver.Start(Answers.After(gate.Task, Answers.Status(200)));
        await using var healthy = await Receiver.Start();
        for (var n = 0; n < 20; n++)
        {
            await hub.Subscribe(hanging.Url, s => s with { Events = ["price.updated"], Timeout = TimeSpan.FromSeconds(20) });
        }

        await hub.Subscribe(healthy.Url, s => s with { Events = ["stock.updated"] });
        hub.Start();
        await hub.Change("stock.updated", A, B);
        await hub.Until("delivered");
        for (var n = 0; n < 5; n++)
        {
            await hub.Change("price.updated", Guid.NewGuid(), Guid.NewGuid());
        }

        await WebhooksFixture.Until(() => Task.FromResult(hanging.Requests.Count < 8 ? $"{hanging.Requests.Count} hang" : null));
        for (var n = 0; n < 50; n++)
        {
            await hub.Change("stock.updated", Guid.NewGuid(), Guid.NewGuid());
        }

        await WebhooksFixture.Until(
            async () => await hub.Scalar<long>(
                "select count(*) from webhooks.deliveries where type = 'stock.updated' and state = 'delivered'") is var n and < 51
                ? $"{n} delivered"
                : null);
        Assert.InRange(hanging.Requests.Count, 8, 8);
        Assert.Equal(
            0, await hub.Scalar<long>("select count(*) from webhooks.deliveries where type = 'price.updated' and state = 'delivered'"));
        gate.SetResult();
        await WebhooksFixture.Until(
            async () => await hub.Scalar<long>("select count(*) from webhooks.deliveries where state <> 'delivered'") is var n and > 0
                ? $"{n} left"
                : null);
    }

    [Fact]
    public async Task statement_8_a_thousand_endpoints_that_hang_have_half_of_the_node_and_no_more()
    {
        await using var hub = await WebhooksFixture.Create();
        hub.Options = hub.Options with { Capacity = 32 };
        await using var hanging = RawReceiver.Start(RawReceiver.Silent());
        await Parallel.ForEachAsync(
            Enumerable.Range(0, 1000),
            async (_, _) => await hub.Subscribe(hanging.Url, s => s with { Timeout = TimeSpan.FromSeconds(20) }));
        var (node, _) = hub.Start();
        await hub.Change("stock.updated", A, B);
        await WebhooksFixture.Until(() => Task.FromResult(hanging.Connections < 16 ? $"{hanging.Connections} hang" : null));
        await hub.Looked(node);
        Assert.Equal(
            (16, 16L),
            (hanging.Connections, await hub.Scalar<long>("select count(*) from webhooks.deliveries where lease_until is not null")));
        Assert.Equal(
            984,
            await hub.Scalar<long>(
                "select count(*) from webhooks.deliveries where state = 'waiting' and lease_until is null and attempts = 0"));
    }
}
