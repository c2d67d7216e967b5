using System.Diagnostics.Metrics;
using PixeeEvents.EventLog;
using PixeeEvents.Http.Availability;
using PixeeEvents.Webhooks;
using PixeeEvents.Webhooks.Reports;

namespace PixeeEvents.Host.Availability;

/// <summary>Looks now and then how far what runs behind the calls is behind: for metrics, and for <c>/health/ready</c>.</summary>
internal sealed class Lags : BackgroundLoop
{
    public const string MeterName = "PixeeEvents.Host";

    /// <summary>A message becomes deliveries within milliseconds; this long, nobody makes them.</summary>
    public static readonly TimeSpan FanOutBound = TimeSpan.FromSeconds(60);

    /// <summary>No write takes this long; until the one that does ends, <c>since</c> and webhooks see nothing newer.</summary>
    public static readonly TimeSpan MarkBound = TimeSpan.FromSeconds(60);

    private readonly IServiceProvider _services;
    private readonly WebhooksModule _webhooks;
    private readonly SettledMark _mark;
    private DateTimeOffset _schemaSeen;

    public Lags(
        IServiceProvider services, WebhooksModule webhooks, SettledMark mark, IMeterFactory meters, OutageLog outages, ILogger<Lags> logger,
        TimeProvider time)
        : base(TimeSpan.FromSeconds(5), outages, logger, time)
    {
        (_services, _webhooks, _mark) = (services, webhooks, mark);
        var meter = meters.Create(MeterName);
        meter.CreateObservableGauge(
            "pixee.ready", () => IsReady ? 1 : 0, description: "1 while the database serves with this version's schema.");
        meter.CreateObservableGauge(
            "pixee.webhooks.backlog", () => Backlog.Due, "{delivery}", "Deliveries that are due and not under way.");
        meter.CreateObservableGauge(
            "pixee.webhooks.backlog.age", () => Backlog.OldestDue.TotalSeconds, "s", "How long the oldest of them has been due.");
        meter.CreateObservableGauge(
            "pixee.webhooks.fan_out.lag", () => Backlog.FanOutLag.TotalSeconds, "s",
            "How long the oldest message waits to become deliveries.");
        meter.CreateObservableGauge(
            "pixee.webhooks.endpoints.disabled", () => Backlog.Disabled, "{endpoint}", "Endpoints that get nothing.");
        meter.CreateObservableGauge("pixee.webhooks.endpoints.failing", () => Backlog.Failing, "{endpoint}", "Endpoints that fail.");
        meter.CreateObservableGauge(
            "pixee.log.settled_mark.lag", () => Mark.TotalSeconds, "s",
            "How long the oldest writer has held back what readers of the log see.");
    }

    /// <summary>Whether the last look found a database that serves, with the schema of this version.</summary>
    public bool IsReady { get; private set; }

    public DeliveryBacklog Backlog { get; private set; } = new(0, TimeSpan.Zero, TimeSpan.Zero, 0, 0);

    public TimeSpan Mark { get; private set; }

    /// <summary>Whether the schema was this version's when it was last looked at.</summary>
    public bool IsSchemaCurrent { get; private set; } = true;

    protected override async Task Step(CancellationToken stop)
    {
        try
        {
            Backlog = await _webhooks.Backlog(stop);
            await _mark.Read(stop);
            Mark = _mark.Lag;
            if (Time.GetUtcNow() - _schemaSeen > TimeSpan.FromMinutes(10))
            {
                IsSchemaCurrent = await _services.IsSchemaCurrent(stop);
                _schemaSeen = Time.GetUtcNow();
            }

            IsReady = IsSchemaCurrent;
        }
        catch
        {
            IsReady = false;
            throw;
        }
    }
}
