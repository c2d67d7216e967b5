using PixeeEvents.Accounts;
using PixeeEvents.EventLog;
using PixeeEvents.Host.Availability;
using PixeeEvents.Host.Http;
using PixeeEvents.Host.OpenApi;
using PixeeEvents.Webhooks;

namespace PixeeEvents.Host.Webhooks;

/// <summary>Registration of webhooks and their delivery log, each route with its scope and rate tier.</summary>
internal static class WebhooksApi
{
    public const string Root = "/api/v1/webhooks";

    private const string Read = "webhooks:read";
    private const string Write = "webhooks:write";

    private static readonly Parameter Page = Parameter.Integer("page", "The page, from 1.", 1, 1, 1_000_000);
    private static readonly Parameter PerPage = Parameter.Integer("per_page", "Items per page.", 20, 1, 100);
    private static readonly Parameter Webhook = Parameter.Path("id", "Id of the subscription.", "0198b1c2-7f00-7c3a-9a51-3f0e6d2b8c11");
    private static readonly Parameter Delivered = Parameter.Path("delivery", "Id of the delivery.", "0198b1c2-8b20-7e44-a1c7-5d9f0e3a2b22");
    private static readonly Parameter Event = Parameter.Path("id", "Id of the event.", "evt_0198b1c28a107d558e0052d1c7a94e0b");

    /// <summary>Scopes a key may carry; independent of each other.</summary>
    public static IReadOnlyList<string> Scopes { get; } = [Read, Write];

    public static void AddWebhooks(this IServiceCollection services)
    {
        services.AddOptions<WebhookOptions>().BindConfiguration("Webhooks")
            .Validate(o => o.KeepsForSomeTime, "Webhooks__Keep…Days: a number of days above 0, at most 36500, is expected.").ValidateOnStart();
        services.AddSingleton(provider => provider.GetRequiredService<Microsoft.Extensions.Options.IOptions<WebhookOptions>>().Value.Sender());
        services.AddSingleton(provider => new Sender(provider.GetRequiredService<SenderOptions>(), provider.GetRequiredService<TimeProvider>()));
        services.AddHostedService<Delivery>();
    }

    public static void UseWebhooks(this IApplicationBuilder app) => app.UseWhen(
        context => context.Request.Path.StartsWithSegments(Root, StringComparison.OrdinalIgnoreCase),
        branch => KeyCheck.Use(branch, new ApiErrors(app.ApplicationServices.GetRequiredService<TimeProvider>())));

    public static void MapWebhooks(this IEndpointRouteBuilder routes)
    {
        var webhooks = routes.MapGroup(Root).WithTags("Webhooks");
        webhooks.MapGet("/jwks.json", async (HttpContext context, WebhooksModule module) => Results.Json(new { keys = await module.PublishedKeys(context.RequestAborted) }))
            .WithMetadata(new Access(null, RateTier.ReadPublic)).Documented("jwks", "The public keys that v1a signatures are verified with.");
        var read = webhooks.MapGroup("").WithMetadata(new Access(Read, RateTier.ReadStandard));
        read.MapGet("", (HttpContext context, WebhooksModule module) => WebhookEndpoints.List(context, module))
            .Documented("list", "All subscriptions.", [Page, PerPage]);
        read.MapGet("/event-types", (HttpContext context, PublicAddress address) => EventEndpoints.Types(context, address.Url))
            .Documented("event-types/list", "Every type of event, with its JSON Schema and an example in each version.");
        read.MapGet("/event-types/{type}/{version}", (HttpContext context, string type, string version) => EventEndpoints.Schema(context, type, version))
            .Documented(
                "event-types/get",
                "The JSON Schema of one type in one version.",
                [Parameter.Path("type", "The type of event.", "test"), Parameter.Path("version", "The version.", EventCatalogue.Current)]);
        read.MapGet("/asyncapi.json", (HttpContext context, PublicAddress address) => EventEndpoints.AsyncApi(context, address.Url))
            .Documented("asyncapi", "The events as an AsyncAPI document.");
        read.MapGet("/events/{id}", (HttpContext context, Pixee pixee, PublicAddress address, string id) => EventEndpoints.Event(context, pixee, address.Url, id))
            .Documented(
                "events/get",
                "An event in full, whatever its size.",
                [Event, Parameter.OneOf("schema_version", "The version to show it in; the current one when absent.", EventCatalogue.Current, EventCatalogue.Versions)]);
        read.MapGet("/events/{id}/items", (HttpContext context, Pixee pixee, string id) => EventEndpoints.Items(context, pixee, id))
            .Documented(
                "events/items",
                "Every product that the event's call changed, with values and versions before and after.",
                [Event, Page, Parameter.Integer("limit", "Products per page.", 500, 1, 5000)]);
        read.MapGet("/{id:guid}", (HttpContext context, WebhooksModule module, Guid id) => WebhookEndpoints.Get(context, module, id))
            .Documented("get", "A subscription.", [Webhook]);

        var write = webhooks.MapGroup("").WithMetadata(new Access(Write, RateTier.WriteStandard));
        write.MapPost("", (HttpContext context, WebhooksModule module, SenderOptions options, TimeProvider time) => WebhookEndpoints.Create(context, module, options, time))
            .Documented(
                "create",
                "Subscribes a URL to events; the answer shows the secret once.",
                body: """{"name": "shop", "url": "https://shop.example/hooks", "events": ["product.*", "stock.updated"], "max_retries": 5, "timeout_seconds": 10}""",
                status: StatusCodes.Status201Created);
        write.MapMethods(
            "/{id:guid}", ["PATCH", "PUT"], (HttpContext context, WebhooksModule module, SenderOptions options, Guid id) => WebhookEndpoints.Update(context, module, options, id))
            .Documented(
                "update",
                "Changes a subscription; what is not given stays.",
                [Webhook],
                """{"events": ["*"], "granularity": "item", "filter": {"fields": ["price", "stock"], "supplier_codes": ["KIMEX"]}}""");
        write.MapDelete("/{id:guid}", (HttpContext context, WebhooksModule module, Guid id) => WebhookEndpoints.Delete(context, module, id))
            .Documented("delete", "Ends a subscription, and removes its deliveries with their log.", [Webhook], status: StatusCodes.Status204NoContent);
        write.MapPost("/{id:guid}/enable", (HttpContext context, WebhooksModule module, Guid id) => WebhookEndpoints.Enable(context, module, id))
            .Documented(
                "enable",
                "Sends again, with all that was kept meanwhile, the latest of each entity, or nothing.",
                [Webhook],
                """{"backlog": "latest"}""");
        write.MapPost("/{id:guid}/disable", (HttpContext context, WebhooksModule module, Guid id) => WebhookEndpoints.Disable(context, module, id))
            .Documented("disable", "Sends nothing until it is enabled again; events are kept.", [Webhook]);
        write.MapPost("/{id:guid}/rotate-secret", (HttpContext context, WebhooksModule module, Guid id) => WebhookEndpoints.RotateSecret(context, module, id))
            .Documented("rotate-secret", "Gives a new secret; the old one signs too for a while.", [Webhook], """{"overlap_seconds": 86400}""");
        write.MapPost(
            "/{id:guid}/test", (HttpContext context, WebhooksModule module, PublicAddress address, Guid id) => DeliveryEndpoints.Test(context, module, address, id))
            .Documented("test", "Sends a test event.", [Webhook], status: StatusCodes.Status202Accepted);
        write.MapPost(
            "/{id:guid}/deliveries/{delivery:guid}/resend",
            (HttpContext context, WebhooksModule module, Guid id, Guid delivery) => DeliveryEndpoints.Resend(context, module, id, delivery))
            .Documented("deliveries/resend", "Sends a delivery once more.", [Webhook, Delivered], status: StatusCodes.Status202Accepted);
        write.MapPost("/{id:guid}/replay", (HttpContext context, WebhooksModule module, Guid id) => ReplayEndpoints.Start(context, module, id))
            .Documented(
                "replays/start",
                "Sends past events again, with the same ids.",
                [Webhook],
                """{"since": "2026-11-23T14:00:00Z", "until": "2026-11-23T15:00:00Z", "types": ["product.*"], "only": "failed"}""",
                status: StatusCodes.Status202Accepted);

        read.MapGet("/{id:guid}/deliveries", (HttpContext context, WebhooksModule module, Guid id) => DeliveryEndpoints.List(context, module, id))
            .Documented(
                "deliveries/list",
                "The delivery log, the newest first.",
                [Webhook, Page, PerPage, Parameter.OneOf("state", "Only those in this state.", "delivered", DeliveryStates.All), Parameter.Text("type", "Only events of this type.", "stock.updated"),
                    Parameter.Time("since", "Only what happened then or later.", "2026-11-23T14:00:00Z"), Parameter.Time("until", "Only what happened before.", "2026-11-23T15:00:00Z")]);
        read.MapGet(
            "/{id:guid}/deliveries/{delivery:guid}",
            (HttpContext context, WebhooksModule module, Guid id, Guid delivery) => DeliveryEndpoints.Get(context, module, id, delivery))
            .Documented("deliveries/get", "A delivery with its body and every attempt.", [Webhook, Delivered]);
        read.MapGet("/{id:guid}/replays", (HttpContext context, WebhooksModule module, Guid id) => ReplayEndpoints.List(context, module, id))
            .Documented("replays/list", "The replays of a subscription.", [Webhook, Page, PerPage]);
        read.MapGet("/{id:guid}/replays/{replay:guid}", (HttpContext context, WebhooksModule module, Guid id, Guid replay) => ReplayEndpoints.Get(context, module, id, replay))
            .Documented(
                "replays/get",
                "How far a replay has come.",
                [Webhook, Parameter.Path("replay", "Id of the replay.", "0198b1c2-9c30-7a66-8f21-7d0a4b5c6e33")]);
        read.MapGet("/{id:guid}/stats", (HttpContext context, WebhooksModule module, Guid id) => ReportEndpoints.Stats(context, module, id))
            .Documented("stats", "How deliveries went, and how the endpoint fares.", [Webhook]);
        read.MapGet("/{id:guid}/notices", (HttpContext context, WebhooksModule module, Guid id) => ReportEndpoints.Notices(context, module, id))
            .Documented("notices", "What the owner was told: exhausted, failing, disabled, enabled.", [Webhook, Page, PerPage]);
        read.MapGet("/{id:guid}/digest", (HttpContext context, WebhooksModule module, Guid id) => ReportEndpoints.Digest(context, module, id))
            .Documented(
                "digest",
                "Count and hash of the events of an hour, to prove that nothing is missing.",
                [Webhook, Parameter.Time("hour", "A full hour.", "2026-11-23T14:00:00Z") with { IsRequired = true }]);
    }

    /// <summary>This node's part in the sending, unless it is told to leave that to others.</summary>
    private sealed class Delivery(
        WebhooksModule module, EventStore store, IMessageItems items, Sender sender, PublicAddress address, Microsoft.Extensions.Options.IOptions<WebhookOptions> options, ILoggerFactory loggers, OutageLog outages) : BackgroundService
    {
        protected override Task ExecuteAsync(CancellationToken stoppingToken) => options.Value.Workers
            ? module.Node(store, items, sender, options.Value.Node(address.Url), new OutageLoggers(loggers, outages)).Run(stoppingToken)
            : Task.CompletedTask;
    }

    public static string TenantOf(HttpContext context) => context.Features.Get<ApiKey>()!.Tenant;

    /// <summary>The subscription, or the answer that there is none: another company's is none either.</summary>
    public static async Task<Subscription> Require(HttpContext context, WebhooksModule module, Guid id) =>
        await module.Find(TenantOf(context), id, context.RequestAborted) ?? throw Refused(Refusals.NoSubscription);

    public static T ValueOf<T>(Result<T> result)
        where T : class => result.Value ?? throw Refused(result.Refusal!);

    public static RefusedCallException Refused(Refusal refusal) => new(
        refusal.Code == Refusals.NoSubscription.Code ? StatusCodes.Status404NotFound
            : refusal.Code == Refusals.NotKept.Code ? StatusCodes.Status410Gone
            : StatusCodes.Status409Conflict,
        refusal.Reason, refusal.Code.ToUpperInvariant());
}
