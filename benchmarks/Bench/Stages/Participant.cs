namespace PixeeEvents.Bench.Stages;

/// <summary>A participant that could not be set up throws its reason whenever it is asked for, so that its rows fail with it.</summary>
internal sealed class Participant<T>
    where T : class, IAsyncDisposable
{
    private T? _value;
    private string? _failure;

    public T Value => _failure is null && _value is not null ? _value : throw new InvalidOperationException(_failure ?? "not started");

    public async Task Start(Func<Task<T>> start, CancellationToken cancellationToken)
    {
        try
        {
            if (_failure is null)
                _value ??= await start();
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            _failure = $"could not be started: {e.Message}";
        }
    }

    public async Task Try(Func<T, CancellationToken, Task> step, CancellationToken cancellationToken)
    {
        try
        {
            if (_value is not null)
                await step(_value, cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            _failure = $"could not be filled: {e.Message}";
        }
    }

    public async Task Stop()
    {
        if (_value is not null)
            await _value.DisposeAsync();
        _value = null;
    }
}
