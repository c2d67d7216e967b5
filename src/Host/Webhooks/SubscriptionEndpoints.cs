using PixeeEvents.Accounts;
using PixeeEvents.Host.Webhooks.Wire;
using PixeeEvents.Webhooks;
using PixeeEvents.Webhooks.Sending;
using PixeeEvents.Webhooks.Signing;
using PixeeEvents.Webhooks.Subscriptions;
using Wolverine.Attributes;
using Wolverine.Http;

namespace PixeeEvents.Host.Webhooks;

/// <summary>All subscriptions of a company, and new ones. A secret is shown by the call that sets it and never again.</summary>
public static class SubscriptionsEndpoints
{
    [WolverineGet(WebhooksApi.Root)]
    public static async Task<Response<ShownPage<ShownSubscription>>> List(
        PageQuery asked, ApiKey key, WebhooksModule webhooks, CancellationToken stop)
    {
        var all = await webhooks.List(key.Tenant, stop);
        var shown = all.Skip((asked.Page - 1) * asked.PerPage).Take(asked.PerPage).ToList();
        var duplicates = Duplicates.Of(all);
        return ShownPage.Of(new Page<Subscription>(shown, all.Count), asked, s => ShownSubscription.Of(s, duplicates));
    }

    [WolverinePost(WebhooksApi.Root)]
    public static async Task<Response<ShownSubscription>> Create(
        CreateSubscription wanted, ApiKey key, WebhooksModule webhooks, SenderOptions options, TimeProvider time, CancellationToken stop)
    {
        var (subscription, secret) = wanted.By(key, options, time.GetUtcNow());
        var created = await webhooks.Create(subscription, secret, stop);
        var duplicates = Duplicates.Of(await webhooks.List(key.Tenant, stop));
        return Response.Created($"{created.Id}", ShownSubscription.Of(created, duplicates) with { Secret = secret });
    }
}

/// <summary>One subscription: shown and removed.</summary>
public static class SubscriptionEndpoints
{
    [WolverineGet(WebhooksApi.One), Middleware(typeof(NamedSubscription))]
    public static async Task<Response<ShownSubscription>> Get(Subscription subscription, WebhooksModule webhooks, CancellationToken stop) =>
        ShownSubscription.Of(subscription, Duplicates.Of(await webhooks.List(subscription.Tenant, stop)));

    [WolverineDelete(WebhooksApi.One)]
    public static async Task<IResult> Delete(ApiKey key, Guid id, WebhooksModule webhooks, CancellationToken stop) =>
        await webhooks.Delete(key.Tenant, id, stop) ? Results.NoContent() : new Refused(Refusals.NoSubscription);
}
