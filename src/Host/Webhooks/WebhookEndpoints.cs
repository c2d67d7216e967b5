using System.Text.Json;
using PixeeEvents.Accounts;
using PixeeEvents.Webhooks;

namespace PixeeEvents.Host.Webhooks;

/// <summary>Subscriptions: make, show, change, switch, remove. A secret is shown by the call that sets it and never again.</summary>
internal static class WebhookEndpoints
{
    private const int DefaultOverlap = 24 * 3600;
    private const int MaxOverlap = 7 * 24 * 3600;

    public static async Task Create(HttpContext context, WebhooksModule module, SenderOptions options, TimeProvider time)
    {
        var body = await WebhookInput.Body(context);
        WebhookInput.RequireKeys(body, "name", "url", "events");
        var key = context.Features.Get<ApiKey>()!;
        var (wanted, secret) = WebhookInput.New(body, key.Tenant, key.Id, options, time.GetUtcNow());
        var subscription = await module.Create(wanted, secret, context.RequestAborted);
        var duplicateOf = await DuplicateOf(context, module, subscription.Id);
        context.Response.Headers.Location = $"{WebhooksApi.Root}/{subscription.Id}";
        await context.Respond(StatusCodes.Status201Created, json =>
        {
            WebhookJson.Write(json, subscription, duplicateOf);
            json.WriteString("secret"u8, secret);
        });
    }

    public static async Task List(HttpContext context, WebhooksModule module)
    {
        var (page, perPage) = QueryValues.Paging(context);
        var all = await module.List(WebhooksApi.TenantOf(context), context.RequestAborted);
        var shown = all.Skip((page - 1) * perPage).Take(perPage).ToList();
        var duplicates = Duplicates.Of(all);
        await WebhookJson.RespondPage(
            context, new Page<Subscription>(shown, all.Count), page, perPage, (json, s) =>
                WebhookJson.Write(json, s, First(duplicates, s.Id)));
    }

    public static async Task Get(HttpContext context, WebhooksModule module, Guid id)
    {
        var subscription = await WebhooksApi.Require(context, module, id);
        var duplicateOf = await DuplicateOf(context, module, id);
        await context.Respond(StatusCodes.Status200OK, json => WebhookJson.Write(json, subscription, duplicateOf));
    }

    public static async Task Update(HttpContext context, WebhooksModule module, SenderOptions options, Guid id)
    {
        var body = await WebhookInput.Body(context);
        await Change(context, module, id, s => WebhookInput.Apply(s, body, options), Backlog.All, tellBacklog: false);
    }

    public static async Task Delete(HttpContext context, WebhooksModule module, Guid id)
    {
        if (!await module.Delete(WebhooksApi.TenantOf(context), id, context.RequestAborted))
        {
            throw WebhooksApi.Refused(Refusals.NoSubscription);
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    public static async Task Enable(HttpContext context, WebhooksModule module, Guid id)
    {
        var body = await WebhookInput.OptionalBody(context);
        WebhookInput.AllowKeys(body, "backlog");
        var backlog = body.TryGetProperty("backlog", out var value)
            ? Enum.Parse<Backlog>(WebhookInput.OneOf("backlog", value, "all", "latest", "none"), ignoreCase: true)
            : Backlog.All;
        await Change(context, module, id, s => s with { IsEnabled = true }, backlog, tellBacklog: true);
    }

    public static async Task Disable(HttpContext context, WebhooksModule module, Guid id)
    {
        WebhookInput.AllowKeys(await WebhookInput.OptionalBody(context));
        await Change(context, module, id, s => s with { IsEnabled = false }, Backlog.All, tellBacklog: false);
    }

    public static async Task RotateSecret(HttpContext context, WebhooksModule module, Guid id)
    {
        var body = await WebhookInput.OptionalBody(context);
        WebhookInput.AllowKeys(body, "secret", "overlap_seconds");
        var secret = WebhookInput.Secret(body);
        var overlap = body.TryGetProperty("overlap_seconds", out var value) ? WebhookInput.Integer("overlap_seconds", value, 0, MaxOverlap) : DefaultOverlap;
        var rotation = WebhooksApi.ValueOf(
            await module.RotateSecret(WebhooksApi.TenantOf(context), id, secret, TimeSpan.FromSeconds(overlap), context.RequestAborted));
        await context.Respond(StatusCodes.Status200OK, json =>
        {
            json.WriteString("id"u8, id);
            json.WriteString("secret"u8, rotation.Secret);
            json.WriteTime("old_secrets_expire_at", rotation.OldSecretsEnd);
        });
    }

    private static async Task<Guid?> DuplicateOf(HttpContext context, WebhooksModule module, Guid id) =>
        First(Duplicates.Of(await module.List(WebhooksApi.TenantOf(context), context.RequestAborted)), id);

    private static Guid? First(IReadOnlyDictionary<Guid, Guid> duplicates, Guid id) =>
        duplicates.TryGetValue(id, out var first) ? first : null;

    private static async Task Change(
        HttpContext context, WebhooksModule module, Guid id, Func<Subscription, Subscription> change, Backlog backlog, bool tellBacklog)
    {
        var (subscription, released) = WebhooksApi.ValueOf(await module.Change(WebhooksApi.TenantOf(context), id, change, backlog, context.RequestAborted));
        var duplicateOf = await DuplicateOf(context, module, id);
        await context.Respond(StatusCodes.Status200OK, json =>
        {
            WebhookJson.Write(json, subscription, duplicateOf);
            if (tellBacklog)
            {
                json.WriteStartObject("backlog"u8);
                json.WriteNumber("to_deliver"u8, released.ToDeliver);
                json.WriteNumber("superseded"u8, released.Superseded);
                json.WriteNumber("cancelled"u8, released.Cancelled);
                json.WriteEndObject();
            }
        });
    }
}
