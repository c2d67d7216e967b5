using PixeeEvents.Accounts;
using PixeeEvents.Host.Webhooks.Wire;
using PixeeEvents.Webhooks;
using PixeeEvents.Webhooks.Subscriptions;
using Wolverine.Attributes;
using Wolverine.Http;

namespace PixeeEvents.Host.Webhooks;

/// <summary>Past events are sent again: begun here, run in the background.</summary>
public static class StartReplayEndpoint
{
    [WolverinePost(WebhooksApi.One + "/replay")]
    public static async Task<Response<ShownReplay>> Start(
        StartReplay wanted, ApiKey key, Guid id, WebhooksModule webhooks, CancellationToken stop)
    {
        var result = await webhooks.Replay(key.Tenant, id, wanted.Since, wanted.Until, wanted.Types, wanted.OnlyFailed, stop);
        return result.Value is { } replay
            ? Response.Accepted($"{id}/replays/{replay.Id}", ShownReplay.Of(replay))
            : new Refused(result.Refusal!);
    }
}

/// <summary>How far replays have come.</summary>
[Middleware(typeof(NamedSubscription))]
public static class ReplayEndpoints
{
    [WolverineGet(WebhooksApi.One + "/replays")]
    public static async Task<Response<ShownPage<ShownReplay>>> List(
        PageQuery asked, Subscription subscription, WebhooksModule webhooks, CancellationToken stop) =>
        ShownPage.Of(await webhooks.Replays(subscription.Tenant, subscription.Id, asked.Page, asked.PerPage, stop), asked, ShownReplay.Of);

    [WolverineGet(WebhooksApi.One + "/replays/{replay:guid}")]
    public static async Task<Response<ShownReplay>> Get(
        Subscription subscription, Guid replay, WebhooksModule webhooks, CancellationToken stop) =>
        await webhooks.FindReplay(subscription.Tenant, subscription.Id, replay, stop) is { } found
            ? ShownReplay.Of(found)
            : new Refused(Refusals.NoReplay);
}
