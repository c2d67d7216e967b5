using PixeeEvents.Accounts;
using PixeeEvents.EventLog;
using PixeeEvents.Http.Availability;

namespace PixeeEvents.Host.Availability;

/// <summary>
/// A step that is repeated for as long as the host runs. Whatever it throws is told once, until it succeeds again or fails otherwise,
/// and ends neither the loop nor the host.
/// </summary>
internal abstract partial class BackgroundLoop(TimeSpan pause, OutageLog outages, ILogger logger, TimeProvider time) : BackgroundService
{
    protected TimeProvider Time => time;

    protected abstract Task Step(CancellationToken stop);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(pause, time);
        string? told = null;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await timer.WaitForNextTickAsync(stoppingToken);
                await Step(stoppingToken);
                told = null;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                if (!outages.Report(e) && told != e.Message)
                {
                    LogFailure(e, GetType().Name);
                    told = e.Message;
                }
            }
        }
    }

    [LoggerMessage(LogLevel.Error, "{Loop}: a step failed and will be tried again")]
    private partial void LogFailure(Exception e, string loop);
}

/// <summary>Writes down now and then what is known in memory: how far the log is settled, and when keys were last used.</summary>
internal sealed class Housekeeping(
    SettledMark mark, AccountsModule accounts, OutageLog outages, ILogger<Housekeeping> logger, TimeProvider time)
    : BackgroundLoop(TimeSpan.FromSeconds(10), outages, logger, time)
{
    protected override async Task Step(CancellationToken stop)
    {
        await mark.Save(stop);
        await accounts.RecordUse(stop);
    }
}

/// <summary>Tells the ends of outages.</summary>
internal sealed class OutageWatch(OutageLog outages, ILogger<OutageWatch> logger, TimeProvider time)
    : BackgroundLoop(TimeSpan.FromSeconds(1), outages, logger, time)
{
    private readonly OutageLog _outages = outages;

    protected override Task Step(CancellationToken stop)
    {
        _outages.Sweep();
        return Task.CompletedTask;
    }
}
