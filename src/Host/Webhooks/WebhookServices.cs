using Microsoft.Extensions.Options;
using PixeeEvents.EventLog;
using PixeeEvents.Host.Availability;
using PixeeEvents.Http.Availability;
using PixeeEvents.Webhooks;
using PixeeEvents.Webhooks.Events;
using PixeeEvents.Webhooks.FanOut;
using PixeeEvents.Webhooks.Nodes;
using PixeeEvents.Webhooks.Sending;
using Wolverine.Runtime;

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
        services.AddSingleton<FanOutQueue>();
        services.AddSingleton<CommitListener>(provider => provider.GetRequiredService<FanOutQueue>().Enlist);
        services.AddSingleton(provider =>
        {
            var messages = provider.GetRequiredService<IWolverineRuntime>();
            return provider.GetRequiredService<WebhooksModule>().Node(
                provider.GetRequiredService<EventStore>(), provider.GetRequiredService<IMessageItems>(),
                provider.GetRequiredService<Sender>(),
                provider.GetRequiredService<IOptions<WebhookOptions>>().Value.Node(provider.GetRequiredService<PublicAddress>().Url),
                provider.GetRequiredService<FanOutQueue>(), message => new MessageBus(messages).PublishAsync(message),
                new OutageLoggers(provider.GetRequiredService<ILoggerFactory>(), provider.GetRequiredService<OutageLog>()));
        });
        services.AddHostedService<Delivery>();
    }

    /// <summary>This node's part in the sending, unless it is told to leave that to others.</summary>
    private sealed class Delivery(WebhookNode node, IOptions<WebhookOptions> options) : BackgroundService
    {
        protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
            options.Value.Workers ? node.Run(stoppingToken) : Task.CompletedTask;
    }
}
