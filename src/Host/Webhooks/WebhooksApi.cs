using System.Text.Json.Nodes;
using PixeeEvents.Host.OpenApi.Shapes;
using PixeeEvents.Host.Webhooks.Wire;
using PixeeEvents.Webhooks;
using PixeeEvents.Webhooks.Events;
using PixeeEvents.Webhooks.Reports;

namespace PixeeEvents.Host.Webhooks;

/// <summary>Registration of webhooks and their delivery log: its routes, each with its scope and rate tier.</summary>
internal static class WebhooksApi
{
    public const string Root = "/api/v1/webhooks";

    /// <summary>A subscription.</summary>
    public const string One = Root + "/{id:guid}";

    private const string Read = "webhooks:read";
    private const string Write = "webhooks:write";

    private static readonly Parameter Page = Parameter.Integer("page", "The page, from 1.", 1, 1, 1_000_000);
    private static readonly Parameter PerPage = Parameter.Integer("per_page", "Items per page.", 20, 1, 100);
    private static readonly Parameter Webhook = Parameter.Path("id", "Id of the subscription.", "0198b1c2-7f00-7c3a-9a51-3f0e6d2b8c11");
    private static readonly Parameter Delivered = Parameter.Path("delivery", "Id of the delivery.", "0198b1c2-8b20-7e44-a1c7-5d9f0e3a2b22");
    private static readonly Parameter Event = Parameter.Path("id", "Id of the event.", "evt_0198b1c28a107d558e0052d1c7a94e0b");

    public static RouteTable Routes { get; } = Table();

    /// <summary>Scopes a key may carry; independent of each other.</summary>
    public static IReadOnlyList<string> Scopes { get; } = [Read, Write];

    public static void UseWebhooks(this IApplicationBuilder app) => app.UseWhen(
        context => context.Request.Path.StartsWithSegments(Root, StringComparison.OrdinalIgnoreCase),
        branch => KeyCheck.Use(branch, new ApiErrors(app.ApplicationServices.GetRequiredService<TimeProvider>())));

    private static RouteTable Table()
    {
        var routes = new RouteTable(typeof(WebhooksApi), "Webhooks", Root);
        routes.Add(
            "GET /jwks.json",
            new Access(null, RateTier.ReadPublic),
            "jwks",
            "The public keys that v1a signatures are verified with.",
            gives: typeof(ShownKeys),
            id: "GetSigningKeys");
        AddReads(routes, new Access(Read, RateTier.ReadStandard));
        AddWrites(routes, new Access(Write, RateTier.WriteStandard));
        return routes;
    }

    private static void AddReads(RouteTable routes, Access read)
    {
        routes.Add(
            "GET ",
            read,
            "list",
            "All subscriptions.",
            [Page, PerPage],
            gives: typeof(ShownPage<ShownSubscription>),
            id: "ListWebhooks");
        routes.Add(
            "GET /{id:guid}",
            read,
            "get",
            "A subscription.",
            [Webhook],
            gives: typeof(ShownSubscription),
            id: "GetWebhook");
        routes.Add(
            "GET /event-types",
            read,
            "event-types/list",
            "Every type of event, with its JSON Schema and an example in each version.",
            gives: typeof(ShownEventTypes));
        routes.Add(
            "GET /event-types/{type}/{version}",
            read,
            "event-types/get",
            "The JSON Schema of one type in one version.",
            [
                Parameter.Path("type", "The type of event.", "test"),
                Parameter.Path("version", "The version.", EventCatalogue.Current),
            ],
            gives: typeof(JsonObject),
            id: "GetEventSchema");
        routes.Add(
            "GET /asyncapi.json",
            read,
            "asyncapi",
            "The events as an AsyncAPI document.",
            gives: typeof(JsonObject),
            id: "GetAsyncApi");
        routes.Add(
            "GET /events/{id}",
            read,
            "events/get",
            "An event in full, whatever its size.",
            [
                Event,
                Parameter.OneOf(
                    "schema_version",
                    "The version to show it in; the current one when absent.",
                    EventCatalogue.Current,
                    EventCatalogue.Versions),
            ],
            gives: typeof(WebhookShapes.FullEvent));
        routes.Add(
            "GET /events/{id}/items",
            read,
            "events/items",
            "Every product that the event's call changed, with values and versions before and after.",
            [Event, Page, Parameter.Integer("limit", "Products per page.", 500, 1, 5000)],
            gives: typeof(WebhookShapes.ChangedProducts),
            id: "ListEventItems");
        routes.Add(
            "GET /{id:guid}/deliveries",
            read,
            "deliveries/list",
            "The delivery log, the newest first.",
            [
                Webhook, Page, PerPage,
                Parameter.OneOf("state", "Only those in this state.", "delivered", DeliveryStates.All),
                Parameter.Text("type", "Only events of this type.", "stock.updated"),
                Parameter.Time("since", "Only what happened then or later.", "2026-11-23T14:00:00Z"),
                Parameter.Time("until", "Only what happened before.", "2026-11-23T15:00:00Z"),
            ],
            gives: typeof(ShownPage<ShownDelivery>));
        routes.Add(
            "GET /{id:guid}/deliveries/{delivery:guid}",
            read,
            "deliveries/get",
            "A delivery with its body and every attempt.",
            [Webhook, Delivered],
            gives: typeof(ShownDelivery));
        routes.Add(
            "GET /{id:guid}/replays",
            read,
            "replays/list",
            "The replays of a subscription.",
            [Webhook, Page, PerPage],
            gives: typeof(ShownPage<ShownReplay>));
        routes.Add(
            "GET /{id:guid}/replays/{replay:guid}",
            read,
            "replays/get",
            "How far a replay has come.",
            [Webhook, Parameter.Path("replay", "Id of the replay.", "0198b1c2-9c30-7a66-8f21-7d0a4b5c6e33")],
            gives: typeof(ShownReplay));
        routes.Add(
            "GET /{id:guid}/stats",
            read,
            "stats",
            "How deliveries went, and how the endpoint fares.",
            [Webhook],
            gives: typeof(ShownStats),
            id: "GetStats");
        routes.Add(
            "GET /{id:guid}/notices",
            read,
            "notices",
            "What the owner was told: exhausted, failing, disabled, enabled.",
            [Webhook, Page, PerPage],
            gives: typeof(ShownPage<ShownNotice>),
            id: "ListNotices");
        routes.Add(
            "GET /{id:guid}/digest",
            read,
            "digest",
            "Count and hash of the events of an hour, to prove that nothing is missing.",
            [Webhook, Parameter.Time("hour", "A full hour.", "2026-11-23T14:00:00Z") with { IsRequired = true }],
            gives: typeof(ShownDigest),
            id: "GetDigest",
            refusals: [StatusCodes.Status410Gone]);
    }

    private static void AddWrites(RouteTable routes, Access write)
    {
        routes.Add(
            "POST ",
            write,
            "create",
            "Subscribes a URL to events; the answer shows the secret once.",
            body:
            """
            {"name": "shop", "url": "https://shop.example/hooks", "events": ["product.*", "stock.updated"],
             "max_retries": 5, "timeout_seconds": 10}
            """,
            status: StatusCodes.Status201Created,
            gives: typeof(ShownSubscription),
            takes: typeof(WebhookShapes.NewSubscription),
            id: "CreateWebhook");
        foreach (var method in (ReadOnlySpan<string>)["PATCH", "PUT"])
        {
            routes.Add(
                method + " /{id:guid}",
                write,
                "update",
                "Changes a subscription; what is not given stays.",
                [Webhook],
                """{"events": ["*"], "granularity": "item", "filter": {"fields": ["price", "stock"], "supplier_codes": ["KIMEX"]}}""",
            gives: typeof(ShownSubscription),
            takes: typeof(WebhookShapes.SubscriptionChange),
            id: method == "PATCH" ? "UpdateWebhook" : "UpdateWebhookByPut");
        }

        routes.Add(
            "DELETE /{id:guid}",
            write,
            "delete",
            "Ends a subscription, and removes its deliveries with their log.",
            [Webhook],
            status: StatusCodes.Status204NoContent,
            id: "DeleteWebhook");
        routes.Add(
            "POST /{id:guid}/enable",
            write,
            "enable",
            "Sends again, with all that was kept meanwhile, the latest of each entity, or nothing.",
            [Webhook],
            """{"backlog": "latest"}""",
            gives: typeof(ShownSubscription),
            takes: typeof(WebhookShapes.Enabling),
            id: "EnableWebhook");
        routes.Add(
            "POST /{id:guid}/disable",
            write,
            "disable",
            "Sends nothing until it is enabled again; events are kept.",
            [Webhook],
            gives: typeof(ShownSubscription),
            id: "DisableWebhook");
        routes.Add(
            "POST /{id:guid}/rotate-secret",
            write,
            "rotate-secret",
            "Gives a new secret; the old one signs too for a while.",
            [Webhook],
            """{"overlap_seconds": 86400}""",
            gives: typeof(ShownSecret),
            takes: typeof(WebhookShapes.SecretRotation),
            id: "RotateSecret",
            refusals: [StatusCodes.Status409Conflict]);
        routes.Add(
            "POST /{id:guid}/test",
            write,
            "test",
            "Sends a test event.",
            [Webhook],
            status: StatusCodes.Status202Accepted,
            gives: typeof(ShownDelivery),
            id: "SendTestEvent",
            refusals: [StatusCodes.Status409Conflict]);
        routes.Add(
            "POST /{id:guid}/deliveries/{delivery:guid}/resend",
            write,
            "deliveries/resend",
            "Sends a delivery once more.",
            [Webhook, Delivered],
            status: StatusCodes.Status202Accepted,
            gives: typeof(ShownDelivery),
            refusals: [StatusCodes.Status409Conflict]);
        routes.Add(
            "POST /{id:guid}/replay",
            write,
            "replays/start",
            "Sends past events again, with the same ids.",
            [Webhook],
            """{"since": "2026-11-23T14:00:00Z", "until": "2026-11-23T15:00:00Z", "types": ["product.*"], "only": "failed"}""",
            status: StatusCodes.Status202Accepted,
            gives: typeof(ShownReplay),
            takes: typeof(WebhookShapes.ReplayRange),
            refusals: [StatusCodes.Status409Conflict]);
    }
}
