using Microsoft.Extensions.Logging;
using PixeeEvents.EventLog;
using PixeeEvents.Webhooks.Deliveries;
using PixeeEvents.Webhooks.Events;
using PixeeEvents.Webhooks.FanOut;
using PixeeEvents.Webhooks.Replays;
using PixeeEvents.Webhooks.Sending;
using PixeeEvents.Webhooks.Signing;
using PixeeEvents.Webhooks.Subscriptions;

namespace PixeeEvents.Webhooks.Nodes;

/// <summary>
/// A node's part in the delivery of webhooks: it fans out, sends, replays, and removes what is no longer kept. Any number of nodes may
/// run; they share the work through the database.
/// </summary>
public sealed partial class WebhookNode
{
    /// <summary>How soon a node looks again when another one was fanning out, which may have looked before the message was there.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(5);

    private readonly EventStore _store;
    private readonly MessageFanOut _fanOut;
    private readonly DeliveryWorker _worker;
    private readonly ReplayRunner _replays;
    private readonly RetentionSweep _sweep;
    private readonly NodeOptions _options;
    private readonly DueDeliveries _due;
    private readonly TimeProvider _time;
    private readonly ILogger<WebhookNode> _logger;
    private readonly Signal _messages = new();
    private readonly Signal _replayed = new();
    private volatile bool _isListening;

    internal WebhookNode(
        EventStore store, SubscriptionTable subscriptions, SigningKeys keys, IMessageItems items, Sender sender, NodeOptions options,
        DueDeliveries due, TimeProvider time, ILoggerFactory loggers)
    {
        (_store, _options, _due, _time, _logger) = (store, options, due, time, loggers.CreateLogger<WebhookNode>());
        _fanOut = new MessageFanOut(store.DataSource, subscriptions, items, options, time, loggers.CreateLogger<MessageFanOut>());
        _worker = new DeliveryWorker(
            new DeliveryQueue(store.DataSource, options, time), new Settlement(store.DataSource, time), subscriptions, keys, sender,
            options, time, loggers.CreateLogger<DeliveryWorker>());
        _replays = new ReplayRunner(store.DataSource, subscriptions, items, options, time);
        _sweep = new RetentionSweep(store.DataSource, options.Retention, time);
    }

    internal DateTimeOffset LookedAt => _worker.LookedAt;

    internal bool HasTried(DateTimeOffset moment) => _worker.HasTried(moment);

    /// <summary>Works until cancelled. A database that is away is waited for.</summary>
    public async Task Run(CancellationToken stop)
    {
        using var due = _due.Listen(Wake);
        await using var watch = new Watch(_store.DataSource);
        await Task.WhenAll(
            Repeatedly(token => FanOut(watch, token), _messages, stop), Repeatedly(Replay, _replayed, stop), Repeatedly(Listen, null, stop),
            Repeatedly(Sweep, null, stop), HearCommits(stop), _worker.Run(stop));
    }

    /// <returns>How long to wait for a signal; null to go on at once.</returns>
    private async Task<TimeSpan?> FanOut(Watch watch, CancellationToken stop)
    {
        if (await _fanOut.Take(stop) is not { } taken)
        {
            return Soon;
        }

        _worker.Wake(taken.Owed.Select(o => o.Subscription));
        return taken.More || await watch.Goes(taken.Found, stop) ? null : _options.Poll;
    }

    private async Task<TimeSpan?> Replay(CancellationToken stop)
    {
        var (owed, more) = await _replays.Page(stop);
        _worker.Wake(owed);
        return more ? null : _options.Poll;
    }

    private async Task<TimeSpan?> Sweep(CancellationToken stop) => await _sweep.Step(stop) ? null : RetentionSweep.Interval;

    private async Task<TimeSpan?> Listen(CancellationToken stop)
    {
        try
        {
            await Bell.Listen(_store.DataSource, Rung, Wake, stop);
            return null;
        }
        finally
        {
            _isListening = false;
        }

        void Rung()
        {
            _isListening = true;
            _messages.Set();
        }
    }

    /// <summary>While the bell is out of reach, the commits of this process are heard here; the others are found by looking.</summary>
    private async Task HearCommits(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var next = _store.NextAppend;
            if (!_isListening)
            {
                _messages.Set();
            }

            await next.WaitAsync(stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Wake(Guid subscription)
    {
        _worker.Wake([subscription]);
        _replayed.Set();
    }

    private async Task Repeatedly(Func<CancellationToken, Task<TimeSpan?>> step, Signal? signal, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            TimeSpan? pause;
            var awaited = signal;
            try
            {
                pause = await step(stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                LogFailure(e);
                pause = _options.Poll;
                awaited = null;
            }

            if (pause is { } wait)
            {
                await (awaited ?? new Signal()).Wait(_time.GetUtcNow() + wait, _time, stop);
            }
        }
    }

    [LoggerMessage(LogLevel.Error, "Webhooks: a step failed and is tried again")]
    private partial void LogFailure(Exception e);
}
