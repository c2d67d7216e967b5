using Microsoft.Extensions.Options;
using PixeeEvents.EventLog;
using PixeeEvents.Host.Availability;
using PixeeEvents.Host.Http;
using PixeeEvents.Webhooks;
using PixeeEvents.Webhooks.Events;
using PixeeEvents.Webhooks.Reports;
using PixeeEvents.Webhooks.Sending;

namespace PixeeEvents.Host.Webhooks;

/// <summary>What sends webhooks.</summary>
internal static class WebhookServices
{
    public static void AddWebhooks(this IServiceCollection services)
    {
        services.AddOptions<WebhookOptions>().BindConfiguration("Webhooks")
            .Validate(o => o.KeepsForSomeTime, "Webhooks__Keep…Days: a number of days above 0, at most 36500, is expected.")
            .ValidateOnStart();
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<WebhookOptions>>().Value.Sender());
        services.AddSingleton<Sender>();
        services.AddHostedService<Delivery>();
    }

    /// <summary>This node's part in the sending, unless it is told to leave that to others.</summary>
    private sealed class Delivery(
        WebhooksModule module,
        EventStore store,
        IMessageItems items,
        Sender sender,
        PublicAddress address,
        IOptions<WebhookOptions> options,
        ILoggerFactory loggers,
        OutageLog outages) : BackgroundService
    {
        protected override Task ExecuteAsync(CancellationToken stoppingToken) => options.Value.Workers
            ? module.Node(store, items, sender, options.Value.Node(address.Url), new OutageLoggers(loggers, outages)).Run(stoppingToken)
            : Task.CompletedTask;
    }
}
