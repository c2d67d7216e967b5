using PixeeEvents.Accounts;
using PixeeEvents.Host.Webhooks.Wire;
using PixeeEvents.Webhooks;
using PixeeEvents.Webhooks.Subscriptions;
using Wolverine.Http;

namespace PixeeEvents.Host.Webhooks;

/// <summary>Finds the subscription that a path names; another company's is none.</summary>
public static class NamedSubscription
{
    public static Task<Subscription?> LoadAsync(ApiKey key, Guid id, WebhooksModule webhooks, CancellationToken stop) =>
        webhooks.Find(key.Tenant, id, stop);

    public static IResult Validate(Subscription? subscription) =>
        subscription is null ? new Refused(Refusals.NoSubscription) : WolverineContinue.Result();
}
