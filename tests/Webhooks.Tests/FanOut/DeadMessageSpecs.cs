using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using PixeeEvents.Webhooks.FanOut;
using PixeeEvents.Webhooks.Tests.Testing;
using Xunit;

namespace PixeeEvents.Webhooks.Tests.FanOut;

/// <summary>Messages whose handling fails, or ends its process.</summary>
public sealed class DeadMessageSpecs : IAsyncLifetime
{
    private static readonly Guid A = new("00000000-0000-0000-0000-00000000000a");
    private static readonly Guid B = new("00000000-0000-0000-0000-00000000000b");

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 8, 0, 0, TimeSpan.Zero));
    private WebhooksFixture _webhooks = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _webhooks = await WebhooksFixture.Create(_time);
        await _webhooks.Subscribe(new Uri("http://127.0.0.1:1/"), s => s with { Events = ["stock.updated"], PerItem = true });
        await _webhooks.Subscribe(new Uri("http://127.0.0.1:1/operators"), s => s with { Events = ["message.dead"] });
    }

    public ValueTask DisposeAsync() => _webhooks.DisposeAsync();

    [Fact]
    public async Task one_that_always_fails_holds_its_company_back_is_tried_again_and_set_aside_at_last()
    {
        var (first, fanOut) = (await _webhooks.Change("stock.updated", A), FanOut());
        await _webhooks.Change("stock.updated", B);
        _webhooks.ItemsAreThere = Task.FromException(new InvalidDataException("no such\nitem"));
        // The page fails, and then each is handled alone.
        Assert.True((await fanOut.Take(WebhooksFixture.Company, Cancel)).More);
        _time.Advance(TimeSpan.FromSeconds(10));
        foreach (var (tries, rest) in ((int[])[1, 5, 30, 120]).Index())
        {
            await fanOut.Take(WebhooksFixture.Company, Cancel);
            Assert.Equal(tries + 2, _webhooks.ItemsAsked);
            Assert.Empty(await fanOut.Waits(Cancel));
            _time.Advance(TimeSpan.FromSeconds(rest - 0.5));
            Assert.Equal(([], false), await fanOut.Take(WebhooksFixture.Company, Cancel));
            Assert.Equal(tries + 2, _webhooks.ItemsAsked);
            _time.Advance(TimeSpan.FromSeconds(1));
            Assert.Equal([WebhooksFixture.Company], await fanOut.Waits(Cancel));
        }

        Assert.Equal(0, await _webhooks.Scalar<long>("select count(*) from outbox where taken_at is not null"));
        await fanOut.Take(WebhooksFixture.Company, Cancel);
        _webhooks.ItemsAreThere = Task.CompletedTask;
        await fanOut.Take(WebhooksFixture.Company, Cancel);
        Assert.Equal((0, 1), (await Deliveries(A), await Deliveries(B)));
        var dead = Assert.Single(await DeadMessages.List(_webhooks.DataSource, Cancel));
        Assert.Equal((first, WebhooksFixture.Company, "stock.updated", "no such item"), (dead.Id, dead.Company, dead.Type, dead.Reason));
        var told = JsonDocument.Parse(await _webhooks.Scalar<byte[]>("select body from webhooks.deliveries where type = 'message.dead'"));
        Assert.Equal(
            $"stock.updated evt_{first:N} reaches nobody: no such item",
            told.RootElement.GetProperty("data").GetProperty("detail").GetString());

        Assert.Equal(0, await DeadMessages.Retry(_webhooks.DataSource, Guid.NewGuid(), Cancel));
        Assert.Equal(1, await DeadMessages.Retry(_webhooks.DataSource, first, Cancel));
        await fanOut.Take(WebhooksFixture.Company, Cancel);
        Assert.Empty(await DeadMessages.List(_webhooks.DataSource, Cancel));
        Assert.Equal(1, await Deliveries(A));
    }

    [Fact]
    public async Task what_the_database_made_fail_is_no_fault_of_the_message()
    {
        await _webhooks.Change("stock.updated", A);
        var fanOut = FanOut();
        _webhooks.ItemsAreThere = Task.FromException(new NpgsqlException("away", new IOException()));
        for (var n = 0; n < 10; n++)
        {
            _time.Advance(TimeSpan.FromMinutes(1));
            await Assert.ThrowsAsync<NpgsqlException>(() => fanOut.Take(WebhooksFixture.Company, Cancel));
        }

        _webhooks.ItemsAreThere = Task.CompletedTask;
        await fanOut.Take(WebhooksFixture.Company, Cancel);
        Assert.Equal(1, await Deliveries(A));
    }

    [Fact]
    public async Task one_that_ends_its_process_is_found_out_and_set_aside_after_three_times()
    {
        var innocent = await _webhooks.Change("stock.updated", A);
        var culprit = await _webhooks.Change("stock.updated", B);

        // What is fresh is not noted: that would cost every call.
        await Die();
        Assert.Equal((0, 0), (await Begun(innocent), await Begun(culprit)));
        _time.Advance(TimeSpan.FromSeconds(11));
        await Die();
        Assert.Equal((1, 1), (await Begun(innocent), await Begun(culprit)));

        // From now on one by one, by a process that has lived for a while: one that was just started blames nobody.
        var fanOut = FanOut();
        Assert.Equal(([], false), await fanOut.Take(WebhooksFixture.Company, Cancel));
        Assert.Equal((0, 0), (await Deliveries(A), await Deliveries(B)));
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.True((await fanOut.Take(WebhooksFixture.Company, Cancel)).More);
        Assert.Equal((1, 0), (await Deliveries(A), await Deliveries(B)));
        await Die(age: 10);
        Assert.Equal(2, await Begun(culprit));
        fanOut = FanOut();
        await fanOut.Take(WebhooksFixture.Company, Cancel);
        var dead = Assert.Single(await DeadMessages.List(_webhooks.DataSource, Cancel));
        Assert.Equal((culprit, "It ended the process whenever it was handled."), (dead.Id, dead.Reason));

        await _webhooks.Change("stock.updated", A);
        await fanOut.Take(WebhooksFixture.Company, Cancel);
        Assert.Equal((2, 0), (await Deliveries(A), await Deliveries(B)));
    }

    private MessageFanOut FanOut() => _webhooks.FanOut();

    /// <summary>A process ends while it handles what waits.</summary>
    private async Task Die(double age = 0)
    {
        var fanOut = FanOut();
        _time.Advance(TimeSpan.FromSeconds(age));
        using var end = new CancellationTokenSource();
        var (asked, gate) = (_webhooks.ItemsAsked, new TaskCompletionSource());
        _webhooks.ItemsAreThere = gate.Task;
        var take = fanOut.Take(WebhooksFixture.Company, end.Token);
        await WebhooksFixture.Until(() => Task.FromResult(_webhooks.ItemsAsked > asked ? null : "not handled yet"));
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => take);
        _webhooks.ItemsAreThere = Task.CompletedTask;
    }

    private Task<long> Deliveries(Guid entity) =>
        _webhooks.Scalar<long>("select count(*) from webhooks.deliveries where entity = $1", entity);

    private async Task<int> Begun(Guid message) => await _webhooks.Scalar<short>("select begun from outbox where id = $1", message);
}
