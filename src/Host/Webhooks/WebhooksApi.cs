using PixeeEvents.Accounts;
using PixeeEvents.EventSourcing;
using PixeeEvents.Webhooks;

namespace PixeeEvents.Host.Webhooks;

/// <summary>Registration of webhooks and their delivery log, each route with its scope and rate tier.</summary>
internal static class WebhooksApi
{
    public const string Root = "/api/v1/webhooks";

    private const string Read = "webhooks:read";
    private const string Write = "webhooks:write";

    /// <summary>Scopes a key may carry; independent of each other.</summary>
    public static IReadOnlyList<string> Scopes { get; } = [Read, Write];

    public static void AddWebhooks(this IServiceCollection services, Pixee pixee, string url)
    {
        services.AddOptions<WebhookOptions>().BindConfiguration("Webhooks");
        services.AddSingleton(provider => provider.GetRequiredService<Microsoft.Extensions.Options.IOptions<WebhookOptions>>().Value.Sender());
        services.AddSingleton(provider => PublicAddress.Of(provider.GetRequiredService<IConfiguration>(), url));
        services.AddSingleton(pixee.Webhooks);
        services.AddSingleton(provider => new Sender(provider.GetRequiredService<SenderOptions>(), provider.GetRequiredService<TimeProvider>()));
        services.AddHostedService<Delivery>();
    }

    public static void UseWebhooks(this IApplicationBuilder app) => app.UseWhen(
        context => context.Request.Path.StartsWithSegments(Root, StringComparison.OrdinalIgnoreCase),
        branch => branch.UseMiddleware<Gate>(new ApiErrors(app.ApplicationServices.GetRequiredService<TimeProvider>())));

    public static void MapWebhooks(this IEndpointRouteBuilder routes)
    {
        var webhooks = routes.MapGroup(Root).WithTags("Webhooks");
        webhooks.MapGet("/jwks.json", async (HttpContext context, WebhooksModule module) => Results.Json(new { keys = await module.PublishedKeys(context.RequestAborted) }))
            .WithMetadata(new Access(null, RateTier.ReadPublic)).WithSummary("The public keys that v1a signatures are verified with");
        var read = webhooks.MapGroup("").WithMetadata(new Access(Read, RateTier.ReadStandard));
        read.MapGet("", (HttpContext context, WebhooksModule module) => WebhookEndpoints.List(context, module))
            .WithSummary("All subscriptions.");
        read.MapGet("/event-types", (HttpContext context, PublicAddress address) => EventEndpoints.Types(context, address.Url))
            .WithSummary("Every type of event, with its JSON Schema and an example in each version.");
        read.MapGet("/event-types/{type}/{version}", (HttpContext context, string type, string version) => EventEndpoints.Schema(context, type, version))
            .WithSummary("The JSON Schema of one type in one version.");
        read.MapGet("/asyncapi.json", (HttpContext context, PublicAddress address) => EventEndpoints.AsyncApi(context, address.Url))
            .WithSummary("The events as an AsyncAPI document.");
        read.MapGet("/events/{id}", (HttpContext context, Pixee pixee, PublicAddress address, string id) => EventEndpoints.Event(context, pixee, address.Url, id))
            .WithSummary("An event in full, whatever its size.");
        read.MapGet("/events/{id}/items", (HttpContext context, Pixee pixee, string id) => EventEndpoints.Items(context, pixee, id))
            .WithSummary("Every product that the event's call changed, with values and versions before and after.");
        read.MapGet("/{id:guid}", (HttpContext context, WebhooksModule module, Guid id) => WebhookEndpoints.Get(context, module, id))
            .WithSummary("A subscription.");

        var write = webhooks.MapGroup("").WithMetadata(new Access(Write, RateTier.WriteStandard));
        write.MapPost("", (HttpContext context, WebhooksModule module, SenderOptions options, TimeProvider time) => WebhookEndpoints.Create(context, module, options, time))
            .WithSummary("Subscribes a URL to events; the answer shows the secret once.");
        write.MapMethods(
            "/{id:guid}", ["PATCH", "PUT"], (HttpContext context, WebhooksModule module, SenderOptions options, Guid id) => WebhookEndpoints.Update(context, module, options, id))
            .WithSummary("Changes a subscription; what is not given stays.");
        write.MapDelete("/{id:guid}", (HttpContext context, WebhooksModule module, Guid id) => WebhookEndpoints.Delete(context, module, id))
            .WithSummary("Ends a subscription.");
        write.MapPost("/{id:guid}/enable", (HttpContext context, WebhooksModule module, Guid id) => WebhookEndpoints.Enable(context, module, id))
            .WithSummary("Sends again, with what was kept meanwhile or without.");
        write.MapPost("/{id:guid}/disable", (HttpContext context, WebhooksModule module, Guid id) => WebhookEndpoints.Disable(context, module, id))
            .WithSummary("Sends nothing until it is enabled again; events are kept.");
        write.MapPost("/{id:guid}/rotate-secret", (HttpContext context, WebhooksModule module, Guid id) => WebhookEndpoints.RotateSecret(context, module, id))
            .WithSummary("Gives a new secret; the old one signs too for a while.");
        write.MapPost(
            "/{id:guid}/test", (HttpContext context, WebhooksModule module, PublicAddress address, Guid id) => DeliveryEndpoints.Test(context, module, address, id))
            .WithSummary("Sends a test event.");
        write.MapPost(
            "/{id:guid}/deliveries/{delivery:guid}/resend",
            (HttpContext context, WebhooksModule module, Guid id, Guid delivery) => DeliveryEndpoints.Resend(context, module, id, delivery))
            .WithSummary("Sends a delivery once more.");
        write.MapPost("/{id:guid}/replay", (HttpContext context, WebhooksModule module, Guid id) => ReplayEndpoints.Start(context, module, id))
            .WithSummary("Sends past events again.");

        read.MapGet("/{id:guid}/deliveries", (HttpContext context, WebhooksModule module, Guid id) => DeliveryEndpoints.List(context, module, id))
            .WithSummary("The delivery log.");
        read.MapGet(
            "/{id:guid}/deliveries/{delivery:guid}",
            (HttpContext context, WebhooksModule module, Guid id, Guid delivery) => DeliveryEndpoints.Get(context, module, id, delivery))
            .WithSummary("A delivery with its attempts.");
        read.MapGet("/{id:guid}/replays", (HttpContext context, WebhooksModule module, Guid id) => ReplayEndpoints.List(context, module, id))
            .WithSummary("The replays of a subscription.");
        read.MapGet("/{id:guid}/replays/{replay:guid}", (HttpContext context, WebhooksModule module, Guid id, Guid replay) => ReplayEndpoints.Get(context, module, id, replay))
            .WithSummary("How far a replay has come.");
        read.MapGet("/{id:guid}/stats", (HttpContext context, WebhooksModule module, Guid id) => ReportEndpoints.Stats(context, module, id))
            .WithSummary("How deliveries went.");
        read.MapGet("/{id:guid}/notices", (HttpContext context, WebhooksModule module, Guid id) => ReportEndpoints.Notices(context, module, id))
            .WithSummary("What the owner was told: exhausted, failing, disabled, enabled.");
        read.MapGet("/{id:guid}/digest", (HttpContext context, WebhooksModule module, Guid id) => ReportEndpoints.Digest(context, module, id))
            .WithSummary("Count and hash per hour, to prove that nothing is missing.");
    }

    /// <summary>This node's part in the sending, unless it is told to leave that to others.</summary>
    private sealed class Delivery(
        Pixee pixee, Sender sender, PublicAddress address, Microsoft.Extensions.Options.IOptions<WebhookOptions> options, ILoggerFactory loggers) : BackgroundService
    {
        protected override Task ExecuteAsync(CancellationToken stoppingToken) => options.Value.Workers
            ? pixee.Webhooks.Node(pixee.Store, pixee.Items, sender, options.Value.Node(address.Url), loggers).Run(stoppingToken)
            : Task.CompletedTask;
    }

    public static string TenantOf(HttpContext context) => context.Features.Get<ApiKey>()!.Tenant;

    /// <summary>The subscription, or the answer that there is none: another company's is none either.</summary>
    public static async Task<Subscription> Require(HttpContext context, WebhooksModule module, Guid id) =>
        await module.Find(TenantOf(context), id, context.RequestAborted) ?? throw Refused(Refusals.NoSubscription);

    public static T ValueOf<T>(Result<T> result)
        where T : class => result.Value ?? throw Refused(result.Refusal!);

    public static RefusedCallException Refused(Refusal refusal) => new(
        refusal.Code == Refusals.NoSubscription.Code ? StatusCodes.Status404NotFound : StatusCodes.Status409Conflict, refusal.Reason, refusal.Code.ToUpperInvariant());
}
