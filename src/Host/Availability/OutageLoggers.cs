using PixeeEvents.Http.Availability;

namespace PixeeEvents.Host.Availability;

/// <summary>
/// Loggers for background work: what tells of an outage goes to the <see cref="OutageLog"/>, anything else where it would go.
/// </summary>
internal sealed class OutageLoggers(ILoggerFactory inner, OutageLog outages) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) => new Logger(inner.CreateLogger(categoryName), outages);

    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    public void Dispose()
    {
        // The inner one belongs to the host.
    }

    private sealed class Logger(ILogger inner, OutageLog outages) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => inner.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (exception is null || !outages.Report(exception))
            {
                inner.Log(logLevel, eventId, state, exception, formatter);
            }
        }
    }
}
