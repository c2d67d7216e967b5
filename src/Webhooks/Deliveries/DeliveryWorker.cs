using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using PixeeEvents.Webhooks.Nodes;
using PixeeEvents.Webhooks.Reports;
using PixeeEvents.Webhooks.Sending;
using PixeeEvents.Webhooks.Signing;
using PixeeEvents.Webhooks.Subscriptions;

namespace PixeeEvents.Webhooks.Deliveries;

/// <summary>
/// One node's share of the sending. It claims what its endpoints have room for, sends each delivery on a task of its own, and
/// writes the outcomes down as fast as the database takes them.
/// </summary>
/// <remarks>
/// <para>
/// How much an endpoint may have in flight here starts small, grows with every answer and falls to one when there is none. No
/// endpoint has more than its share of half the node; all that have yet to answer together have half; and so have those that
/// keep a request waiting for a second. So endpoints that hang, however many, leave room for those that do not.
/// </para>
/// <para>
/// A delivery is sent again only if its outcome was not written down: the node died, or lost the database for longer than the
/// lease. Its id and its bytes stay the same.
/// </para>
/// </remarks>
internal sealed partial class DeliveryWorker(
    DeliveryQueue queue, Settlement settlement, SubscriptionTable subscriptions, SigningKeys keys, Sender sender, NodeOptions options,
    TimeProvider time, ILogger<DeliveryWorker> logger)
{
    private const int UsualRoom = 4;

    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ShutdownGrace = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<Guid, InFlight> _inFlight = [];
    private readonly ConcurrentQueue<CompletedAttempt> _done = [];
    private readonly Signal _outcomes = new();
    private readonly Signal _wake = new();
    private readonly Dictionary<Guid, int> _windows = [];
    private readonly HashSet<Guid> _proven = [];
    private readonly Dictionary<Guid, DateTimeOffset> _next = [];
    private readonly HashSet<Guid> _roomless = [];
    private readonly Lock _gate = new();
    private readonly Recipients _recipients = new(subscriptions, keys, time);

    private bool _isClaiming;

    private int Half => Math.Max(1, options.Capacity / 2);

    private sealed record InFlight(ClaimedDelivery Delivery, DateTimeOffset StartedAt);

    /// <summary>When the last look at all endpoints that left none out began.</summary>
    internal DateTimeOffset LookedAt { get; private set; }

    /// <summary>Whether all that was due at a moment has been tried and settled here.</summary>
    internal bool HasTried(DateTimeOffset moment)
    {
        lock (_gate)
        {
            return LookedAt >= moment && !_isClaiming && _inFlight.IsEmpty && _next.Values.All(n => n > moment);
        }
    }

    /// <summary>Tells that these endpoints may have something due.</summary>
    public void Wake(IEnumerable<Guid> endpoints)
    {
        var now = time.GetUtcNow();
        lock (_gate)
        {
            foreach (var endpoint in endpoints)
            {
                _next[endpoint] = now;
            }
        }

        _wake.Set();
    }

    /// <summary>Sends until cancelled; then gives what is in flight a moment, and hands the rest back.</summary>
    public async Task Run(CancellationToken stop)
    {
        using var abandon = new CancellationTokenSource();
        using var settled = new CancellationTokenSource();
        var settling = Settle(settled.Token);
        var renewing = Renew(settled.Token);
        try
        {
            await ClaimAndSend(stop, abandon.Token);
        }
        finally
        {
            var idle = Idle();
            await Task.WhenAny(idle, Task.Delay(ShutdownGrace, CancellationToken.None));
            await abandon.CancelAsync();
            await Task.WhenAny(idle, Task.Delay(ShutdownGrace, CancellationToken.None));
            await settled.CancelAsync();
            await settling;
            await renewing;
        }
    }

    private async Task ClaimAndSend(CancellationToken stop, CancellationToken abandon)
    {
        var nextLookAtAll = time.GetUtcNow();
        while (!stop.IsCancellationRequested)
        {
            var now = time.GetUtcNow();
            var free = options.Capacity - _inFlight.Count;
            List<Guid> due = [];
            try
            {
                if (now >= nextLookAtAll)
                {
                    Wake(from lost in await queue.Recover(stop) select lost.Subscription);
                    var more = await Claim(null, free, stop, abandon);
                    nextLookAtAll = more ? now : now + options.Poll;
                    LookedAt = more ? LookedAt : now;
                }
                // A full node leaves what is due where it is; an answer makes room and wakes it.
                else if (free > 0 && (due = Due(now)).Count > 0)
                {
                    await Claim(due, free, stop, abandon);
                }
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // The database is away. What is due stays due.
                LogClaimFailed(e);
                nextLookAtAll = now + options.Poll;
                Later(due, nextLookAtAll);
            }

            await _wake.Wait(StopClaiming(nextLookAtAll), time, stop);
        }
    }

    /// <returns>Whether more endpoints have something due than were looked at.</returns>
    private async Task<bool> Claim(IReadOnlyCollection<Guid>? endpoints, int free, CancellationToken stop, CancellationToken abandon)
    {
        var (claimed, next, more) = await queue.Claim(endpoints, RoomFor(endpoints), free, stop);
        try
        {
            await _recipients.Know([.. claimed.Select(c => c.Subscription).Distinct()], stop);
        }
        catch
        {
            await queue.Release(claimed, CancellationToken.None);
            throw;
        }

        foreach (var delivery in claimed)
        {
            // A subscription that was deleted since has taken its deliveries with it.
            if (_recipients.Find(delivery.Subscription) is { } known)
            {
                _inFlight[delivery.Id] = new InFlight(delivery, time.GetUtcNow());
                _ = Send(delivery, known.Subscription, known.Secrets, abandon);
            }
        }

        var now = time.GetUtcNow();
        lock (_gate)
        {
            var room = RoomFor([.. next.Select(n => n.Endpoint)]);
            foreach (var (endpoint, at) in next)
            {
                // What is due at once was locked by another, or there was no room for it; its answers will make some.
                var soon = at > now ? at : now + TimeSpan.FromMilliseconds(5);
                if (!room.Has(endpoint))
                {
                    _roomless.Add(endpoint);
                }
                else if (soon < now + options.Poll && (!_next.TryGetValue(endpoint, out var known) || known > soon))
                {
                    _next[endpoint] = soon;
                }
            }
        }

        return more;
    }

    private async Task Send(ClaimedDelivery delivery, Subscription subscription, IReadOnlyList<Secret> secrets, CancellationToken abandon)
    {
        var startedAt = _inFlight[delivery.Id].StartedAt;
        using var activity = WebhookTelemetry.StartAttempt(delivery, subscription);
        WebhookTelemetry.InFlight.Add(1);
        Answer answer;
        try
        {
            var headers = DeliveryHeaders.Of(
                subscription, secrets, _recipients.Signing, delivery.Event, delivery.Type, activity?.Id ?? delivery.Traceparent, startedAt,
                delivery.Body);
            answer = await sender.Send(new OutgoingRequest(subscription.Url, headers, delivery.Body, subscription.Timeout), abandon);
            answer = answer with { Response = ConcealedHeaders.In(answer.Response, subscription.Headers) };
        }
        catch (Exception e)
        {
            LogSendFailed(e, delivery.Id);
            answer = new Answer(null, AttemptError.Protocol, time.GetUtcNow() - startedAt, null, null, null, null);
        }

        WebhookTelemetry.InFlight.Add(-1);
        WebhookTelemetry.EndAttempt(activity, delivery, startedAt, answer);
        Adapt(subscription, answer);
        _done.Enqueue(new CompletedAttempt(delivery, subscription, startedAt, answer, activity?.TraceId.ToHexString()));
        _outcomes.Set();
    }

    /// <summary>Writes outcomes down, those together that came while the last were being written.</summary>
    private async Task Settle(CancellationToken stop)
    {
        var page = new List<CompletedAttempt>();
        while (!stop.IsCancellationRequested || !_done.IsEmpty)
        {
            while (page.Count < 500 && _done.TryDequeue(out var done))
            {
                page.Add(done);
            }

            if (page.Count == 0)
            {
                await _outcomes.Wait(null, time, stop);
                continue;
            }

            try
            {
                await settlement.Write(page, CancellationToken.None);
                lock (_gate)
                {
                    foreach (var done in page)
                    {
                        _inFlight.TryRemove(done.Delivery.Id, out _);
                    }

                    Wake(page.Select(d => d.Subscription.Id).Distinct());
                    if (_roomless.Count > 0 && UnprovenRoom() > 0)
                    {
                        Wake(_roomless);
                        _roomless.Clear();
                    }
                }

                page.Clear();
            }
            catch (Exception e) when (!stop.IsCancellationRequested)
            {
                // Kept, and written when the database is back; until then the leases are, too.
                LogSettleFailed(e, page.Count);
                await Task.Delay(options.Poll, CancellationToken.None);
            }
        }
    }

    private async Task Renew(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(options.Lease / 3, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                var mine = _inFlight.Values.Select(f => f.Delivery).ToList();
                if (mine.Count > 0)
                {
                    try
                    {
                        await queue.Renew(mine, stop);
                    }
                    catch (Exception e) when (!stop.IsCancellationRequested)
                    {
                        LogRenewFailed(e);
                    }
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
    }

    /// <param name="endpoints">Null for all: how many have something due is not known then, so each may begin with one.</param>
    private NodeRoom RoomFor(IReadOnlyCollection<Guid>? endpoints)
    {
        var now = time.GetUtcNow();
        var slow = _inFlight.Values.Where(f => now - f.StartedAt > Slow).Select(f => f.Delivery.Subscription).ToList();
        var slowOnes = slow.ToHashSet();
        lock (_gate)
        {
            var counts = _inFlight.Values.CountBy(f => f.Delivery.Subscription).ToDictionary();
            var share = endpoints is null
                ? 1
                : Math.Max(1, Half / Math.Max(1, counts.Count + endpoints.Count(e => !counts.ContainsKey(e))));
            var known = endpoints?.Where(e => counts.ContainsKey(e) || _windows.ContainsKey(e)) ?? counts.Keys.Union(_windows.Keys);
            var rooms = known.Select(e =>
            {
                var most = slow.Count >= Half && slowOnes.Contains(e) ? 0 : Math.Min(_windows.GetValueOrDefault(e, UsualRoom), share);
                return new EndpointRoom(e, Math.Max(0, most - counts.GetValueOrDefault(e)), _proven.Contains(e));
            });
            return new NodeRoom([.. rooms], Math.Min(UsualRoom, share), UnprovenRoom());
        }
    }

    /// <summary>How many more requests may go to endpoints that have yet to answer, all together.</summary>
    private int UnprovenRoom() => Math.Max(0, Half - _inFlight.Values.Count(f => !_proven.Contains(f.Delivery.Subscription)));

    private void Adapt(Subscription subscription, Answer answer)
    {
        lock (_gate)
        {
            if (answer.Status is null)
            {
                _proven.Remove(subscription.Id);
                _windows[subscription.Id] = 1;
            }
            else
            {
                _proven.Add(subscription.Id);
                _windows[subscription.Id] = Math.Min(
                    _windows.GetValueOrDefault(subscription.Id, UsualRoom) + 1, Math.Max(subscription.Concurrency, 1));
            }
        }
    }

    private List<Guid> Due(DateTimeOffset now)
    {
        lock (_gate)
        {
            var due = _next.Where(n => n.Value <= now).Select(n => n.Key).ToList();
            due.ForEach(d => _next.Remove(d));
            _isClaiming = true;
            return due;
        }
    }

    private void Later(List<Guid> endpoints, DateTimeOffset at)
    {
        lock (_gate)
        {
            endpoints.ForEach(e => _next.TryAdd(e, at));
        }
    }

    /// <returns>When there will be something to claim again, unless a signal comes before. A full node waits for one.</returns>
    private DateTimeOffset StopClaiming(DateTimeOffset nextLookAtAll)
    {
        lock (_gate)
        {
            _isClaiming = false;
            return _inFlight.Count >= options.Capacity ? nextLookAtAll : _next.Values.Append(nextLookAtAll).Min();
        }
    }

    private async Task Idle()
    {
        while (!_inFlight.IsEmpty)
        {
            await Task.Delay(10, CancellationToken.None);
        }
    }

    [LoggerMessage(LogLevel.Error, "Deliveries could not be claimed")]
    private partial void LogClaimFailed(Exception e);

    [LoggerMessage(LogLevel.Error, "Delivery {Delivery} could not be sent")]
    private partial void LogSendFailed(Exception e, Guid delivery);

    [LoggerMessage(LogLevel.Error, "{Count} outcomes could not be written and are kept")]
    private partial void LogSettleFailed(Exception e, int count);

    [LoggerMessage(LogLevel.Error, "Leases could not be renewed")]
    private partial void LogRenewFailed(Exception e);
}
