namespace PixeeEvents.Webhooks;

/// <summary>Wakes the one who waits for it. Set while nobody waits, it wakes the next wait at once; set twice, it wakes once.</summary>
internal sealed class Signal
{
    private readonly Lock _gate = new();
    private TaskCompletionSource _set = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Set()
    {
        lock (_gate)
        {
            _set.TrySetResult();
        }
    }

    /// <summary>Returns when set, when the time is over, or when cancelled.</summary>
    public async Task Wait(TimeSpan atMost, TimeProvider time, CancellationToken cancellationToken)
    {
        if (atMost > TimeSpan.Zero || atMost == Timeout.InfiniteTimeSpan)
        {
            await _set.Task.WaitAsync(atMost, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        lock (_gate)
        {
            if (_set.Task.IsCompleted)
            {
                _set = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }
}
