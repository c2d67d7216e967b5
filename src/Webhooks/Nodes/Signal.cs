namespace PixeeEvents.Webhooks.Nodes;

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

    /// <summary>Returns when set, when the moment has come, or when cancelled.</summary>
    /// <param name="until">Null to wait for as long as it takes.</param>
    public async Task Wait(DateTimeOffset? until, TimeProvider time, CancellationToken cancellationToken)
    {
        if (!(until <= time.GetUtcNow()))
        {
            var wait = until is { } moment ? moment - time.GetUtcNow() : Timeout.InfiniteTimeSpan;
            var set = _set.Task.WaitAsync(wait < TimeSpan.Zero && until is not null ? TimeSpan.Zero : wait, time, cancellationToken);

            // The moment may have come between looking at the clock and starting the timer.
            if (!(until <= time.GetUtcNow()))
            {
                await set.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
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
