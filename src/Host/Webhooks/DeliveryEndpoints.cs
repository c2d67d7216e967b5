using PixeeEvents.Accounts;
using PixeeEvents.Host.Webhooks.Wire;
using PixeeEvents.Webhooks;
using PixeeEvents.Webhooks.Reports;
using PixeeEvents.Webhooks.Subscriptions;
using Wolverine.Attributes;
using Wolverine.Http;

namespace PixeeEvents.Host.Webhooks;

/// <summary>The delivery log of a subscription.</summary>
[Middleware(typeof(NamedSubscription))]
public static class DeliveryLogEndpoints
{
    [WolverineGet(WebhooksApi.One + "/deliveries")]
    public static async Task<Response<ShownPage<ShownDelivery>>> List(
        PageQuery asked, DeliveryQuery which, Subscription subscription, WebhooksModule webhooks, CancellationToken stop)
    {
        var found = await webhooks.Deliveries(subscription.Tenant, subscription.Id, which.Filter, asked.Page, asked.PerPage, stop);
        return ShownPage.Of(found, asked, ShownDelivery.Of);
    }

    [WolverineGet(WebhooksApi.One + "/deliveries/{delivery:guid}")]
    public static async Task<Response<ShownDelivery>> Get(
        Subscription subscription, Guid delivery, WebhooksModule webhooks, CancellationToken stop) =>
        await webhooks.FindDelivery(subscription.Tenant, subscription.Id, delivery, stop) is { } found
            ? ShownDelivery.Of(found, await webhooks.Attempts(subscription.Tenant, delivery, stop))
            : new Refused(Refusals.NoDelivery);
}

/// <summary>Deliveries that are asked for: a test event, and one that was made once more.</summary>
public static class SendEndpoints
{
    [WolverinePost(WebhooksApi.One + "/test")]
    public static async Task<Response<ShownDelivery>> Test(
        EmptyRequest wanted, ApiKey key, Guid id, WebhooksModule webhooks, PublicAddress address, CancellationToken stop) =>
        Accepted(id, await webhooks.Test(key.Tenant, id, address.Url, stop));

    [WolverinePost(WebhooksApi.One + "/deliveries/{delivery:guid}/resend")]
    public static async Task<Response<ShownDelivery>> Resend(
        EmptyRequest wanted, ApiKey key, Guid id, Guid delivery, WebhooksModule webhooks, CancellationToken stop) =>
        Accepted(id, await webhooks.Resend(key.Tenant, id, delivery, stop));

    private static Response<ShownDelivery> Accepted(Guid id, Result<Delivery> result) => result.Value is { } delivery
        ? Response.Accepted($"{id}/deliveries/{delivery.Id}", ShownDelivery.Of(delivery))
        : new Refused(result.Refusal!);
}
