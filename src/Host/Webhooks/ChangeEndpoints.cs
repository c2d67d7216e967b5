using PixeeEvents.Accounts;
using PixeeEvents.Host.Webhooks.Wire;
using PixeeEvents.Webhooks;
using PixeeEvents.Webhooks.Sending;
using PixeeEvents.Webhooks.Subscriptions;
using Wolverine.Http;

namespace PixeeEvents.Host.Webhooks;

/// <summary>Changes of a subscription: its settings, whether it is on, its secret.</summary>
public static class ChangeEndpoints
{
    [WolverinePatch(WebhooksApi.One)]
    public static async Task<Response<ShownSubscription>> Update(
        UpdateSubscription wanted, ApiKey key, Guid id, WebhooksModule webhooks, SenderOptions options, CancellationToken stop)
    {
        var changed = await webhooks.Change(key.Tenant, id, s => wanted.Over(s, options), Backlog.All, stop);
        return await Shown(changed, webhooks, stop);
    }

    /// <summary>The same: what is not given stays.</summary>
    [WolverinePut(WebhooksApi.One)]
    public static Task<Response<ShownSubscription>> Put(
        UpdateSubscription wanted, ApiKey key, Guid id, WebhooksModule webhooks, SenderOptions options, CancellationToken stop) =>
        Update(wanted, key, id, webhooks, options, stop);

    [WolverinePost(WebhooksApi.One + "/enable")]
    public static async Task<Response<ShownSubscription>> Enable(
        EnableSubscription wanted, ApiKey key, Guid id, WebhooksModule webhooks, CancellationToken stop)
    {
        var changed = await webhooks.Change(key.Tenant, id, s => s with { IsEnabled = true }, wanted.Backlog, stop);
        return await Shown(changed, webhooks, stop, showsBacklog: true);
    }

    [WolverinePost(WebhooksApi.One + "/disable")]
    public static async Task<Response<ShownSubscription>> Disable(
        EmptyRequest wanted, ApiKey key, Guid id, WebhooksModule webhooks, CancellationToken stop)
    {
        var changed = await webhooks.Change(key.Tenant, id, s => s with { IsEnabled = false }, Backlog.All, stop);
        return await Shown(changed, webhooks, stop);
    }

    [WolverinePost(WebhooksApi.One + "/rotate-secret")]
    public static async Task<Response<ShownSecret>> RotateSecret(
        RotateSecret wanted, ApiKey key, Guid id, WebhooksModule webhooks, CancellationToken stop)
    {
        var result = await webhooks.RotateSecret(key.Tenant, id, wanted.Secret, wanted.Overlap, stop);
        return result.Value is { } rotation
            ? new ShownSecret(id, rotation.Secret, rotation.OldSecretsEnd)
            : new Refused(result.Refusal!);
    }

    private static async Task<Response<ShownSubscription>> Shown(
        Result<Changed> result, WebhooksModule webhooks, CancellationToken stop, bool showsBacklog = false)
    {
        if (result.Value is not var (subscription, released))
        {
            return new Refused(result.Refusal!);
        }

        var duplicates = Duplicates.Of(await webhooks.List(subscription.Tenant, stop));
        return ShownSubscription.Of(subscription, duplicates) with { Backlog = showsBacklog ? ShownBacklog.Of(released) : null };
    }
}
