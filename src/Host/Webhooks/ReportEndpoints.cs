using PixeeEvents.Host.Webhooks.Wire;
using PixeeEvents.Webhooks;
using PixeeEvents.Webhooks.Reports;
using PixeeEvents.Webhooks.Subscriptions;
using Wolverine.Attributes;
using Wolverine.Http;

namespace PixeeEvents.Host.Webhooks;

/// <summary>How a subscription fares, what its owner was told, and what proves that a receiver has everything.</summary>
[Middleware(typeof(NamedSubscription))]
public static class ReportEndpoints
{
    [WolverineGet(WebhooksApi.One + "/stats")]
    public static async Task<Response<ShownStats>> Stats(Subscription subscription, WebhooksModule webhooks, CancellationToken stop) =>
        ShownStats.Of(await webhooks.Stats(subscription.Tenant, subscription.Id, stop));

    [WolverineGet(WebhooksApi.One + "/notices")]
    public static async Task<Response<ShownPage<ShownNotice>>> Notices(
        PageQuery asked, Subscription subscription, WebhooksModule webhooks, CancellationToken stop) =>
        ShownPage.Of(await webhooks.Notices(subscription.Tenant, subscription.Id, asked.Page, asked.PerPage, stop), asked, ShownNotice.Of);

    [WolverineGet(WebhooksApi.One + "/digest")]
    public static async Task<Response<ShownDigest>> Digest(
        HourQuery asked, Subscription subscription, WebhooksModule webhooks, CancellationToken stop)
    {
        var result = await webhooks.Digest(subscription.Tenant, subscription.Id, asked.Hour, stop);
        return result.Value is { } digest ? ShownDigest.Of(digest) : new Refused(result.Refusal!);
    }
}
