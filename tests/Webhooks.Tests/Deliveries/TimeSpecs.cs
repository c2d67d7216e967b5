using System.Text;
using Microsoft.Extensions.Time.Testing;
using PixeeEvents.Webhooks.Nodes;
using PixeeEvents.Webhooks.Sending;
using PixeeEvents.Webhooks.Signing;
using PixeeEvents.Webhooks.Tests.Testing;
using Xunit;

namespace PixeeEvents.Webhooks.Tests.Deliveries;

/// <summary>Rules of hours and days, on a clock that the specs move.</summary>
public sealed class TimeSpecs : IAsyncLifetime
{
    private static readonly DateTimeOffset Start = new(2026, 11, 2, 8, 0, 0, TimeSpan.Zero);
    private static readonly Guid A = new("00000000-0000-0000-0000-00000000000a");

    private readonly FakeTimeProvider _time = new(Start);
    private WebhooksFixture _webhooks = null!;
    private Receiver _receiver = null!;

    public async ValueTask InitializeAsync()
    {
        _webhooks = await WebhooksFixture.Create(_time);
        _webhooks.Options = _webhooks.Options with { Poll = TimeSpan.FromSeconds(1) };
        _receiver = await Receiver.Start(time: _time);
    }

    public async ValueTask DisposeAsync()
    {
        await _webhooks.DisposeAsync();
        await _receiver.DisposeAsync();
    }

    [Fact]
    public async Task statement_4_under_load_five_seconds_after_a_rotation_new_then_old_sign_and_without_overlap_the_old_nothing_more()
    {
        _receiver.Reaction = (context, request) =>
            Answers.Status(request.Body.AsSpan().IndexOf(Encoding.UTF8.GetBytes(A.ToString())) >= 0 ? 422 : 200)(context, request);
        string[] secrets = [.. "abc".Select(c => Secret.Prefix + Convert.ToBase64String(Encoding.ASCII.GetBytes(new string(c, 32))))];
        var subscription = await _webhooks.Subscribe(
            _receiver.Url, s => s with { PerItem = true, Concurrency = 100, RetryDelays = [.. Enumerable.Repeat(2, 20)] }, secrets[0]);
        var (node, _) = _webhooks.Start();
        await _webhooks.Change("product.updated", A);
        var rotated = new List<DateTimeOffset>();
        foreach (var (secret, overlap) in new[] { (secrets[1], TimeSpan.FromHours(24)), (secrets[2], TimeSpan.Zero), (null, default) })
        {
            for (var second = 0; second < 10; second++)
            {
                await _webhooks.Change("stock.updated", [.. Enumerable.Range(0, 100).Select(_ => Guid.NewGuid())]);
                await First(node);
            }

            if (secret is not null)
            {
                rotated.Add(_time.GetUtcNow());
                var rotation = await _webhooks.Subscriptions.Rotate(
                    WebhooksFixture.Company, subscription.Id, secret, overlap, TestContext.Current.CancellationToken);
                Assert.NotNull(rotation.Value);
            }
        }

        Assert.True(_receiver.Requests.Count > 2500, $"{_receiver.Requests.Count} requests");
        foreach (var request in _receiver.Requests)
        {
            var signers = request.Headers["webhook-signature"].Split(' ')
                .Select(s => Array.FindIndex(secrets, secret => Verifier.OfSecret(secret).Accepts(
                    request.Headers["webhook-id"], request.Headers["webhook-timestamp"], s, request.Body, request.At)));
            var (first, second) = (request.At - rotated[0], request.At - rotated[1]);
            int[][] allowed = second > TimeSpan.FromSeconds(5)
                ? [[2]]
                : second >= TimeSpan.Zero
                    ? [[2], [1, 0]]
                    : first > TimeSpan.FromSeconds(5) ? [[1, 0]] : first >= TimeSpan.Zero ? [[1, 0], [0]] : [[0]];
            Assert.Contains(signers.ToArray(), allowed);
        }

        Assert.Contains(
            _receiver.Requests, r => r.At - rotated[1] > TimeSpan.FromSeconds(5) && r.Headers["X-PM-Event"] == "product.updated");
    }

    [Fact]
    public async Task statement_15_a_change_of_a_subscription_holds_for_what_starts_five_seconds_later()
    {
        await using var other = await Receiver.Start(time: _time);
        await _webhooks.Subscribe(_receiver.Url);
        var (node, _) = _webhooks.Start();
        await _webhooks.Change("stock.updated", A);
        await First(node);
        Assert.Single(_receiver.Requests);
        await _webhooks.Scalar<int>(
            """
            with changed as (update webhooks.subscriptions set url = $1, events = '{price.*}' returning 1)
            select count(*)::int from changed
            """,
            other.Url.ToString());
        await _webhooks.Pass(node, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(1));
        await _webhooks.Change("stock.updated", A);
        await _webhooks.Change("price.updated", A);
        await First(node);
        Assert.Equal("price.updated", Assert.Single(other.Requests).Headers["X-PM-Event"]);
        Assert.Single(_receiver.Requests);
    }

    [Fact]
    public async Task statement_5_ten_attempts_over_72_hours_and_the_last_failure_is_told_to_operators()
    {
        _receiver.Reaction = Answers.Status(404);
        await _webhooks.Subscribe(_receiver.Url);
        var (node, _) = _webhooks.Start();
        await _webhooks.Change("product.updated", A);
        await First(node);
        while (await _webhooks.States() == "waiting")
        {
            await Jump(node);
        }

        Assert.Equal("exhausted", await _webhooks.States());
        Assert.Equal(10, _receiver.Requests.Count);
        var delays = _receiver.Requests.Zip(_receiver.Requests.Skip(1), (a, b) => (b.At - a.At).TotalSeconds).ToList();
        double[] schedule = [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400];
        Assert.All(delays.Zip(schedule), d => Assert.InRange(d.First, (d.Second * 0.8) - 1, (d.Second * 1.2) + 2));
        Assert.Equal(
            "webhook.exhausted",
            await _webhooks.Scalar<string>("select string_agg(type, ' ') from webhooks.notices where delivery_id is not null"));
    }

    [Fact]
    public async Task statement_5_the_documented_max_retries_is_honoured()
    {
        _receiver.Reaction = Answers.Status(404);
        await _webhooks.Subscribe(_receiver.Url, s => s with { MaxRetries = 2 });
        var (node, _) = _webhooks.Start();
        await _webhooks.Change("product.updated", A);
        await First(node);
        await Jump(node);
        await Jump(node);
        Assert.Equal("exhausted", await _webhooks.States());
        Assert.Equal(3, _receiver.Requests.Count);
    }

    [Theory]
    [InlineData(429)]
    [InlineData(503)]
    public async Task statement_7_a_retry_after_is_obeyed_by_the_whole_endpoint(int status)
    {
        _receiver.Reaction = Answers.InTurn(Answers.RetryAfter(status, "120"), Answers.Status(200));
        await _webhooks.Subscribe(_receiver.Url);
        var (node, _) = _webhooks.Start();
        await _webhooks.Change("stock.updated", A);
        await First(node);
        await _webhooks.Change("price.updated", A);
        await _webhooks.Pass(node, TimeSpan.FromSeconds(112), TimeSpan.FromSeconds(7));
        Assert.Single(_receiver.Requests);
        await _webhooks.Pass(node, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(1));
        Assert.Equal("delivered delivered", await _webhooks.States());
        Assert.All(_receiver.Requests.Skip(1), r => Assert.True(r.At >= Start.AddSeconds(120)));
    }

    [Fact]
    public async Task statement_27_an_endpoint_that_is_down_gets_a_probe_each_30_seconds_whatever_waits_and_the_waiting_lose_no_attempt()
    {
        _receiver.Reaction = Answers.Status(503);
        await _webhooks.Subscribe(_receiver.Url);
        var (node, _) = _webhooks.Start();
        for (var n = 0; n < 60; n++)
        {
            await _webhooks.Change("stock.updated", Guid.NewGuid(), Guid.NewGuid());
        }

        await First(node);
        await _webhooks.Pass(node, TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(5));
        var before = _receiver.Requests.Count;
        await _webhooks.Pass(node, TimeSpan.FromMinutes(10), TimeSpan.FromSeconds(5));
        Assert.InRange(_receiver.Requests.Count - before, 18, 21);
        Assert.All(
            _receiver.Requests.Skip(before).Zip(_receiver.Requests.Skip(before + 1)),
            p => Assert.True(p.Second.At - p.First.At >= TimeSpan.FromSeconds(30)));
        Assert.Equal(_receiver.Requests.Count, await _webhooks.Scalar<long>("select sum(attempts) from webhooks.deliveries"));
    }

    [Fact]
    public async Task statement_26_the_backlog_of_an_endpoint_that_was_down_comes_slowly_and_whole()
    {
        _receiver.Reaction = Answers.Status(503);
        await _webhooks.Subscribe(_receiver.Url, s => s with { Concurrency = 100 });
        var (node, _) = _webhooks.Start();
        for (var n = 0; n < 400; n++)
        {
            await _webhooks.Change("stock.updated", Guid.NewGuid(), Guid.NewGuid());
        }

        await First(node);
        await _webhooks.Pass(node, TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(15));
        var down = _receiver.Requests.Count;
        _receiver.Reaction = Answers.Status(200);
        await _webhooks.Pass(node, TimeSpan.FromMinutes(6), TimeSpan.FromSeconds(1));
        Assert.Equal(400, await _webhooks.Scalar<long>("select count(*) from webhooks.deliveries where state = 'delivered'"));
        var perSecond = _receiver.Requests.Skip(down).CountBy(r => (int)(r.At - Start).TotalSeconds).ToDictionary();
        var (first, last) = (perSecond.Keys.Min(), perSecond.Keys.Max());
        Assert.All(Enumerable.Range(first, 10), s => Assert.InRange(perSecond.GetValueOrDefault(s), 0, 2));
        for (var second = first + 59; second <= last; second++)
        {
            var minute = Enumerable.Range(second - 59, 60).Select(s => perSecond.GetValueOrDefault(s)).ToList();
            Assert.All(
                minute, n => Assert.True(n <= Math.Max(2, 3 * minute.Average()), $"{n} in one second, {minute.Average()} on average"));
        }
    }

    [Fact]
    public async Task statement_17_five_days_of_failure_disable_and_nothing_is_lost()
    {
        _receiver.Reaction = Answers.Status(500);
        await _webhooks.Subscribe(_receiver.Url);
        var (node, _) = _webhooks.Start();
        var changes = 0;
        while (await _webhooks.Scalar<string>("select state from webhooks.subscriptions") == "enabled")
        {
            Assert.True(_time.GetUtcNow() < Start.AddDays(7));
            await _webhooks.Change("stock.updated", Guid.NewGuid(), Guid.NewGuid());
            changes++;
            await _webhooks.Pass(node, TimeSpan.FromHours(3), TimeSpan.FromMinutes(45));
        }

        Assert.True(_time.GetUtcNow() >= Start.AddDays(5));
        Assert.Equal("failing", await _webhooks.Scalar<string>("select state_reason from webhooks.subscriptions"));
        Assert.Equal(
            "webhook.failing webhook.failing webhook.disabled",
            await _webhooks.Scalar<string>(
                "select string_agg(type, ' ' order by at) from webhooks.notices where type <> 'webhook.exhausted'"));
        Assert.Equal(
            changes, await _webhooks.Scalar<long>("select count(*) from webhooks.deliveries where state in ('waiting', 'exhausted')"));
    }

    [Fact]
    public async Task statement_25_a_thousand_changes_of_one_entity_during_an_outage_make_at_most_two_deliveries()
    {
        _receiver.Reaction = Answers.Status(503);
        await _webhooks.Subscribe(_receiver.Url, s => s with { PerItem = true, LatestWins = true });
        var (node, _) = _webhooks.Start();
        for (var n = 0; n < 10; n++)
        {
            await _webhooks.Change("stock.updated", A);
            await First(node);
            for (var burst = 0; burst < 99; burst++)
            {
                await _webhooks.Change("stock.updated", A);
            }

            await First(node);
        }

        var down = _receiver.Requests.Count;
        _receiver.Reaction = Answers.Status(200);
        await _webhooks.Pass(node, TimeSpan.FromMinutes(2), TimeSpan.FromSeconds(5));
        var told = _receiver.Requests.Skip(down).Select(r => System.Text.Json.JsonDocument.Parse(r.Body).RootElement.GetProperty("data"))
            .ToList();
        Assert.InRange(told.Count, 1, 2);
        Assert.Equal((0, 1000), (told[0].GetProperty("previous_version").GetInt64(), told[^1].GetProperty("version").GetInt64()));
        Assert.Equal(
            told[0].GetProperty("version").GetInt64(), told.Count == 1 ? 1000 : told[1].GetProperty("previous_version").GetInt64());
        Assert.Equal(
            0, await _webhooks.Scalar<long>("select count(*) from webhooks.deliveries where state not in ('delivered', 'superseded')"));
    }

    [Fact]
    public async Task statement_19_the_rate_holds_over_every_ten_seconds_across_nodes_and_what_waits_loses_no_attempt()
    {
        _webhooks.Options = _webhooks.Options with { Poll = TimeSpan.FromMilliseconds(100) };
        await _webhooks.Subscribe(_receiver.Url, s => s with { PerItem = true, Rate = 8, Concurrency = 100 });
        var (node, other) = (_webhooks.Start().Node, _webhooks.Start().Node);
        await _webhooks.Change("stock.updated", [.. Enumerable.Range(0, 200).Select(_ => Guid.NewGuid())]);
        await Taken();
        for (var step = 0; step < 280; step++)
        {
            await _webhooks.Pass(TimeSpan.FromMilliseconds(100), node, other);
        }

        Assert.Equal(
            200, await _webhooks.Scalar<long>("select count(*) from webhooks.deliveries where state = 'delivered' and attempts = 1"));
        var times = _receiver.Requests.Select(r => r.At).Order().ToList();
        Assert.All(times, t => Assert.True(times.Count(u => u >= t && u < t.AddSeconds(10)) <= 8 * 10 * 1.05));
        Assert.True(times[^1] - times[0] < TimeSpan.FromSeconds(27));
    }

    /// <summary>Lets the messages be taken and their first attempts be made; a second passes.</summary>
    private async Task First(WebhookNode node)
    {
        await Taken();
        await _webhooks.Pass(node, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
    }

    private Task Taken() =>
        WebhooksFixture.Until(
            async () => await _webhooks.Scalar<long>("select count(*) from outbox where taken_at is null") is var left and > 0
                ? $"{left} messages"
                : null);

    /// <summary>Moves to the moment of the next attempt. One that is due is under way, or waits for the node's next look.</summary>
    private async Task Jump(WebhookNode node)
    {
        var wait = await NextAttempt();
        for (var looks = 0; wait <= TimeSpan.Zero && looks < 100; looks++)
        {
            await Task.Delay(20);
            wait = await NextAttempt();
        }

        var step = (wait > TimeSpan.Zero ? wait : TimeSpan.Zero) + TimeSpan.FromSeconds(1);
        await _webhooks.Pass(node, step, step);
    }

    private async Task<TimeSpan> NextAttempt()
    {
        var due = await _webhooks.Scalar<DateTime>(
            """
            select coalesce(min(greatest(d.due_at, e.hold_until)), 'epoch')
            from webhooks.deliveries d join webhooks.endpoints e using (tenant_id, subscription_id) where state = 'waiting'
            """);
        return new DateTimeOffset(due, TimeSpan.Zero) - _time.GetUtcNow();
    }
}
