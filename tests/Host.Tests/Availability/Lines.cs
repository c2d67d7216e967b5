using Microsoft.Extensions.Logging;

namespace PixeeEvents.Host.Tests.Availability;

/// <summary>A log that a spec reads.</summary>
internal sealed class Lines<T> : ILogger<T>
{
    private readonly List<string> _all = [];

    public IReadOnlyList<string> All
    {
        get
        {
            lock (_all)
            {
                return [.. _all];
            }
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel is not LogLevel.None;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
        {
            return;
        }

        lock (_all)
        {
            _all.Add(formatter(state, exception));
        }
    }
}
