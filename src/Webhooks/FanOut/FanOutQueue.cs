using Marten;
using Microsoft.Extensions.Logging;
using PixeeEvents.EventLog;
using Wolverine.Marten;
using Wolverine.Runtime;

namespace PixeeEvents.Webhooks.FanOut;

/// <summary>
/// Which companies' messages this process makes deliveries of just now. One that is at work already is told to look again, so that of
/// many commits in a short while only the first sends a message.
/// </summary>
/// <remarks>
/// A message that was told to a run is seen by it: the run looks again after it was told, and the message was visible before. What is
/// lost with a process is found by the look that every node takes now and then.
/// </remarks>
public sealed partial class FanOutQueue(ILogger<FanOutQueue> logger, IWolverineRuntime? messages = null)
{
    private readonly Lock _gate = new();

    /// <summary>Companies at work, and whether they are to look again.</summary>
    private readonly Dictionary<string, bool> _running = new(StringComparer.Ordinal);

    /// <summary>A <see cref="CommitListener"/>: stores a message in the unit of work, unless a run is at work.</summary>
    public async ValueTask<Func<ValueTask>> Enlist(IDocumentSession session)
    {
        if (messages is null)
        {
            return () => ValueTask.CompletedTask;
        }

        if (IsRunning(session.TenantId))
        {
            return () => Tell(session.TenantId, messages);
        }

        await new MartenOutbox(messages, session).PublishAsync(new FanOutWaiting(session.TenantId));
        return () => ValueTask.CompletedTask;
    }

    internal bool IsRunning(string tenant)
    {
        lock (_gate)
        {
            return _running.ContainsKey(tenant);
        }
    }

    /// <returns>False when another run is at work, which looks again.</returns>
    internal bool Begins(string tenant)
    {
        lock (_gate)
        {
            if (_running.TryAdd(tenant, false))
            {
                return true;
            }

            _running[tenant] = true;
            return false;
        }
    }

    /// <returns>False when the run has to look again first.</returns>
    internal bool Ends(string tenant)
    {
        lock (_gate)
        {
            if (_running[tenant])
            {
                _running[tenant] = false;
                return false;
            }

            return _running.Remove(tenant);
        }
    }

    /// <summary>The run is over, whatever it was told.</summary>
    internal void Breaks(string tenant)
    {
        lock (_gate)
        {
            _running.Remove(tenant);
        }
    }

    /// <summary>Tells the run that was at work before the commit, or sends a message if it is over.</summary>
    private async ValueTask Tell(string tenant, IWolverineRuntime runtime)
    {
        lock (_gate)
        {
            if (_running.ContainsKey(tenant))
            {
                _running[tenant] = true;
                return;
            }
        }

        try
        {
            await new MessageBus(runtime).PublishAsync(new FanOutWaiting(tenant));
        }
        catch (Exception e)
        {
            // The events are committed, and the message with them: the next look finds it.
            LogUnsent(e, tenant);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Webhooks: a message of {Company} waits for the next look")]
    private partial void LogUnsent(Exception e, string company);
}
