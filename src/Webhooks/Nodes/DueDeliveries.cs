using System.Collections.Concurrent;

namespace PixeeEvents.Webhooks.Nodes;

/// <summary>
/// Tells the nodes of this process, right after the commit, whose deliveries became due: a hint, never a promise. Those of other
/// processes hear the bell.
/// </summary>
public sealed class DueDeliveries
{
    private readonly ConcurrentDictionary<Listening, Action<Guid>> _listeners = [];

    public void Tell(Guid subscription)
    {
        foreach (var hear in _listeners.Values)
        {
            hear(subscription);
        }
    }

    /// <summary>Hears of each until the result is disposed.</summary>
    public IDisposable Listen(Action<Guid> hear)
    {
        var listening = new Listening(this);
        _listeners[listening] = hear;
        return listening;
    }

    private sealed class Listening(DueDeliveries due) : IDisposable
    {
        public void Dispose() => due._listeners.TryRemove(this, out _);
    }
}
