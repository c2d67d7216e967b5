using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PixeeEvents.Testing;
using PixeeEvents.Webhooks.Deliveries;
using PixeeEvents.Webhooks.Events;
using PixeeEvents.Webhooks.Nodes;
using PixeeEvents.Webhooks.Sending;
using PixeeEvents.Webhooks.Subscriptions;
using PixeeEvents.Webhooks.Tests.Testing;
using Xunit;

namespace PixeeEvents.Webhooks.Tests.Deliveries;

/// <summary>What is told of the delivery itself: to others of the company, once, and never in a circle.</summary>
public sealed class OperationalEventSpecs : IAsyncLifetime
{
    private const string Secret = "whsec_b3BlcmF0b3JzIGhlYXIgb2Ygd2hhdCBmYWlscw==";

    private static readonly DateTimeOffset Start = new(2026, 11, 2, 8, 0, 0, TimeSpan.Zero);
    private static readonly string[] Operational = ["endpoint.*", "message.*"];

    private readonly FakeTimeProvider _time = new(Start);
    private WebhooksFixture _webhooks = null!;
    private Receiver _shop = null!;
    private Receiver _operators = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _webhooks = await WebhooksFixture.Create(_time);
        _webhooks.Options = _webhooks.Options with { Poll = TimeSpan.FromSeconds(1) };
        _shop = await Receiver.Start(time: _time);
        _operators = await Receiver.Start(time: _time);
    }

    public async ValueTask DisposeAsync()
    {
        await _webhooks.DisposeAsync();
        await _shop.DisposeAsync();
        await _operators.DisposeAsync();
    }

    [Fact]
    public async Task failing_and_disabled_are_told_to_another_endpoint_of_the_company_once()
    {
        await using var healthy = await Receiver.Start();
        await using var stranger = await Receiver.Start();
        _shop.Reaction = Answers.Status(500);
        var shop = await _webhooks.Subscribe(_shop.Url, s => s with { Name = "shop" });
        await _webhooks.Subscribe(healthy.Url);
        await _webhooks.Subscribe(stranger.Url, s => s with { Tenant = "other", Events = Operational });
        await _webhooks.Subscribe(_operators.Url, s => s with { Events = ["endpoint.*"] }, Secret);
        var (node, _) = _webhooks.Start();
        while (await _webhooks.Scalar<string>("select state from webhooks.subscriptions where id = $1", shop.Id) == "enabled")
        {
            Assert.True(_time.GetUtcNow() < Start.AddDays(7));
            await _webhooks.Change("stock.updated", Guid.NewGuid(), Guid.NewGuid());
            await _webhooks.Pass(node, TimeSpan.FromHours(3), TimeSpan.FromMinutes(45));
        }

        await Told(node, 3);
        var events = _operators.Requests.Select(Read).ToList();
        Assert.Equal(["endpoint.failing", "endpoint.failing", "endpoint.disabled"], events.Select(Type));
        Assert.All(events, e => Assert.Equal(shop.Id, e.GetProperty("data").GetProperty("webhook_id").GetGuid()));
        Assert.Equal("failing", Data(events[2], "reason"));
        Assert.Equal(Data(events[0], "failing_since"), Data(events[2], "failing_since"));
        Assert.True(_time.GetUtcNow() >= events[1].GetProperty("data").GetProperty("disabled_from").GetDateTimeOffset());
        Assert.Equal(
            await _webhooks.Scalar<string>("select string_agg(detail, '|' order by at) from webhooks.notices where delivery_id is null"),
            string.Join('|', events.Select(e => Data(e, "detail"))));
        Assert.Equal(3, _operators.Requests.DistinctBy(r => r.Headers["webhook-id"]).Count());
        Assert.All(_operators.Requests, r => Assert.True(Verifier.OfSecret(Secret).Accepts(
            r.Headers["webhook-id"], r.Headers["webhook-timestamp"], r.Headers["webhook-signature"], r.Body, r.At)));
        Assert.All(healthy.Requests.Concat(_shop.Requests), r => Assert.Equal("stock.updated", r.Headers["X-PM-Event"]));
        Assert.Empty(stranger.Requests);
        foreach (var request in _operators.Requests)
        {
            Assert.Empty(await JsonSchema.Errors(
                EventCatalogue.Schema(request.Headers["X-PM-Event"], EventCatalogue.Current), request.Body));
        }
    }

    [Fact]
    public async Task an_exhausted_message_is_told_with_what_failed_whatever_else_is_filtered()
    {
        _shop.Reaction = Answers.Status(404);
        var shop = await _webhooks.Subscribe(new Uri(_shop.Url + "?token=secret"), s => s with { MaxRetries = 0 });
        await _webhooks.Subscribe(
            _operators.Url, s => s with { Events = ["message.exhausted"], PerItem = true, Thin = true, Fields = ["price"] });
        var (node, _) = _webhooks.Start();
        await _webhooks.Change("stock.updated", Guid.NewGuid());
        await Told(node, 1);
        var told = Read(Assert.Single(_operators.Requests));
        Assert.Equal("message.exhausted", Type(told));
        Assert.Equal(Read(_shop.Requests[0]).GetProperty("id").GetString(), Data(told, "event_id"));
        Assert.Equal((shop.Id.ToString(), "stock.updated"), (Data(told, "webhook_id"), Data(told, "event_type")));
        Assert.Equal(
            (404, 1),
            (told.GetProperty("data").GetProperty("status").GetInt32(), told.GetProperty("data").GetProperty("attempts").GetInt32()));
        Assert.DoesNotContain("secret", told.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task two_that_hear_of_each_other_and_both_fail_make_no_circle_and_hear_nothing_of_themselves()
    {
        _shop.Reaction = _operators.Reaction = Answers.Status(404);
        foreach (var receiver in (Receiver[])[_shop, _operators])
        {
            await _webhooks.Subscribe(receiver.Url, s => s with { MaxRetries = 0, Events = ["*", .. Operational] });
        }

        var (node, _) = _webhooks.Start();
        await _webhooks.Change("stock.updated", Guid.NewGuid());
        await Until(
            node,
            async () => await _webhooks.States() is var states && states == "exhausted exhausted exhausted exhausted" ? null : states);
        await _webhooks.Pass(node, TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(5));
        Assert.Equal(4, await _webhooks.Scalar<long>("select count(*) from webhooks.deliveries"));
        Assert.Equal(3, await _webhooks.Scalar<long>("select count(*) from outbox"));
        Assert.Equal(0, await _webhooks.Scalar<long>(
            """
            select count(*) from webhooks.deliveries
            where convert_from(body, 'utf8')::jsonb->'data'->>'webhook_id' = subscription_id::text
            """));
    }

    [Fact]
    public async Task an_endpoint_that_is_gone_is_told_but_not_one_that_is_there_for_operational_events_alone()
    {
        await using var gone = await Receiver.Start(Answers.Status(410));
        _shop.Reaction = Answers.Status(410);
        var shop = await _webhooks.Subscribe(_shop.Url);
        await _webhooks.Subscribe(gone.Url, s => s with { Events = Operational });
        await _webhooks.Subscribe(_operators.Url, s => s with { Events = Operational });
        var (node, _) = _webhooks.Start();
        await _webhooks.Change("stock.updated", Guid.NewGuid());
        await Told(node, 1);
        await Until(
            node, async () => await _webhooks.Scalar<long>("select count(*) from webhooks.notices") is 2 ? null : "both are not gone");
        await _webhooks.Pass(node, TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(5));
        var told = Read(Assert.Single(_operators.Requests));
        Assert.Equal(("endpoint.disabled", "gone", shop.Id.ToString()), (Type(told), Data(told, "reason"), Data(told, "webhook_id")));
    }

    [Fact]
    public async Task what_an_owner_disables_is_told_to_the_others()
    {
        var shop = await _webhooks.Subscribe(_shop.Url);
        await _webhooks.Subscribe(_operators.Url, s => s with { Events = ["endpoint.disabled"] });
        var (node, _) = _webhooks.Start();
        await new SubscriptionChanges(_webhooks.Subscriptions, _time)
            .Apply(WebhooksFixture.Company, shop.Id, s => s with { IsEnabled = false }, Backlog.All, Cancel);
        await Told(node, 1);
        Assert.Equal("by its owner", Data(Read(Assert.Single(_operators.Requests)), "reason"));
    }

    [Fact]
    public async Task an_outcome_that_is_written_again_is_the_same_event()
    {
        var shop = await _webhooks.Subscribe(_shop.Url, s => s with { MaxRetries = 0 });
        await _webhooks.Owe();
        var id = await _webhooks.Scalar<Guid>("select id from webhooks.deliveries");
        var delivery = new ClaimedDelivery(
            WebhooksFixture.Company, id, shop.Id, Guid.NewGuid(), "stock.updated", Origin.Event, null, 0, [], null, Start);
        var answer = new Answer(null, AttemptError.Timeout, TimeSpan.Zero, null, null, null, null);
        var settlement = new Settlement(_webhooks.DataSource, _time, NullLogger<Settlement>.Instance);
        for (var n = 0; n < 2; n++)
        {
            await settlement.Write([new CompletedAttempt(delivery, shop, Start, answer, null)], Cancel);
        }

        Assert.Equal(1, await _webhooks.Scalar<long>("select count(*) from outbox where type = 'message.exhausted'"));
    }

    private Task Told(WebhookNode node, int count) => Until(
        node, () => Task.FromResult(_operators.Requests.Count == count ? null : $"{_operators.Requests.Count} of {count} told"));

    /// <summary>Lets seconds pass until it is so.</summary>
    private async Task Until(WebhookNode node, Func<Task<string?>> reached)
    {
        for (var tries = 0; await reached() is { } obstacle; tries++)
        {
            Assert.True(tries < 60, obstacle);
            await _webhooks.Pass(node, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        }
    }

    private static JsonElement Read(ReceivedRequest request) => JsonSerializer.Deserialize<JsonElement>(request.Body);

    private static string Type(JsonElement told) => told.GetProperty("type").GetString()!;

    private static string? Data(JsonElement told, string name) => told.GetProperty("data").GetProperty(name).GetString();
}
