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
/// A node's part in the delivery of webhooks. What makes deliveries comes in messages, wherever it was asked for; what sends them runs all
/// the time. Any number of nodes may run; they share the work through the database.
/// </summary>
/// <remarks>
/// No message is relied on: every node looks now and then for what waits, and sends the messages that should have been there. So what a
/// failure of the database made fail is done by a later look.
/// </remarks>
public sealed partial class WebhookNode
{
    /// <summary>How long a handler goes on before it lets others have its turn.</summary>
    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(2);

    private readonly EventStore _store;
    private readonly MessageFanOut _fanOut;
    private readonly FanOutQueue _queue;
    private readonly DeliveryWorker _worker;
    private readonly ReplayRunner _replays;
    private readonly RetentionSweep _sweep;
    private readonly NodeOptions _options;
    private readonly DueDeliveries _due;
    private readonly Func<object, ValueTask> _send;
    private readonly TimeProvider _time;
    private readonly ILogger<WebhookNode> _logger;
    private readonly Signal _asked = new();

    /// <param name="send">Sends a message of this module to whoever handles it.</param>
    internal WebhookNode(
        EventStore store, SubscriptionTable subscriptions, SigningKeys keys, IMessageItems items, Sender sender, NodeOptions options,
        DueDeliveries due, FanOutQueue queue, Func<object, ValueTask> send, TimeProvider time, ILoggerFactory loggers)
    {
        (_store, _options, _due, _queue, _send, _time) = (store, options, due, queue, send, time);
        _logger = loggers.CreateLogger<WebhookNode>();
        _fanOut = new MessageFanOut(store.DataSource, subscriptions, items, options, time, loggers.CreateLogger<MessageFanOut>());
        _worker = new DeliveryWorker(
            new DeliveryQueue(store.DataSource, options, time), new Settlement(store.DataSource, time, loggers.CreateLogger<Settlement>()),
            subscriptions, keys, sender,
            options, time, loggers.CreateLogger<DeliveryWorker>());
        _replays = new ReplayRunner(store.DataSource, subscriptions, items, options, time);
        _sweep = new RetentionSweep(store.DataSource, options.Retention, time);
    }

    internal DateTimeOffset LookedAt => _worker.LookedAt;

    internal bool HasTried(DateTimeOffset moment) => _worker.HasTried(moment);

    /// <summary>Sends, and looks for what waits, until cancelled. A database that is away is waited for.</summary>
    public async Task Run(CancellationToken stop)
    {
        using var due = _due.Listen(Wake);
        await Task.WhenAll(
            Repeatedly(Look, _asked, stop), Repeatedly(Listen, null, stop), Repeatedly(AskToSweep, null, stop), _worker.Run(stop));
    }

    /// <summary>Makes deliveries of all that waits of a company.</summary>
    /// <returns>The message again when there is more than a turn's work.</returns>
    public async Task<FanOutWaiting?> FanOut(FanOutWaiting message, CancellationToken stop)
    {
        if (!_queue.Begins(message.Tenant))
        {
            return null;
        }

        var (isOver, until) = (false, _time.GetUtcNow() + Turn);
        try
        {
            do
            {
                var (owed, more) = await _fanOut.Take(message.Tenant, stop);
                Wake(owed);
                isOver = !more && _queue.Ends(message.Tenant);
            }
            while (!isOver && _time.GetUtcNow() < until);
            return isOver ? null : message;
        }
        catch (Exception e) when (NodeFaults.PassesBy(e))
        {
            LogFailure(e);
            return null;
        }
        finally
        {
            if (!isOver)
            {
                _queue.Breaks(message.Tenant);
            }
        }
    }

    /// <summary>Writes a page of a replay, if few of the last still wait.</summary>
    /// <returns>The message again when the next can follow at once.</returns>
    /// <exception cref="Exception">A page could not be made: the replay has failed. Handled again, it goes on where it was.</exception>
    public async Task<SendReplay?> Replay(SendReplay message, CancellationToken stop)
    {
        try
        {
            var (owed, more) = await _replays.Page(message, stop);
            Wake(owed);
            return more ? message : null;
        }
        catch (Exception e)
        {
            LogFailure(e);
            if (NodeFaults.PassesBy(e))
            {
                return null;
            }

            throw;
        }
    }

    /// <summary>Removes what is no longer kept.</summary>
    /// <returns>The message again when there is more than a turn's work.</returns>
    public async Task<SweepRetention?> Sweep(SweepRetention message, CancellationToken stop)
    {
        var until = _time.GetUtcNow() + Turn;
        try
        {
            while (await _sweep.Step(stop))
            {
                if (_time.GetUtcNow() >= until)
                {
                    return message;
                }
            }
        }
        catch (Exception e)
        {
            LogFailure(e);
            if (!NodeFaults.PassesBy(e))
            {
                throw;
            }
        }

        return null;
    }

    /// <returns>How long to wait for a signal; null to go on at once.</returns>
    private async Task<TimeSpan?> Look(CancellationToken stop)
    {
        foreach (var company in await _fanOut.Waits(stop))
        {
            if (!_queue.IsRunning(company))
            {
                await _send(new FanOutWaiting(company));
            }
        }

        foreach (var replay in await _replays.Waits(stop))
        {
            await _send(replay);
        }

        return _options.Poll;
    }

    private async Task<TimeSpan?> AskToSweep(CancellationToken stop)
    {
        await _send(new SweepRetention());
        return RetentionSweep.Interval;
    }

    private async Task<TimeSpan?> Listen(CancellationToken stop)
    {
        await Bell.Listen(_store.DataSource, Wake, stop);
        return null;
    }

    private void Wake(IReadOnlyCollection<Guid> owed)
    {
        if (_options.Sends)
        {
            _worker.Wake(owed);
        }
    }

    private void Wake(Guid subscription)
    {
        Wake([subscription]);
        _asked.Set();
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
