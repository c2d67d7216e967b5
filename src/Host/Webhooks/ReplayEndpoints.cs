using System.Text.Json;
using PixeeEvents.Webhooks;

namespace PixeeEvents.Host.Webhooks;

/// <summary>Past events sent again: begun here, seen here, run in the background.</summary>
internal static class ReplayEndpoints
{
    public static async Task Start(HttpContext context, WebhooksModule module, Guid id)
    {
        var body = await WebhookInput.OptionalBody(context);
        WebhookInput.AllowKeys(body, "since", "until", "types", "only");
        var (since, until) = (Time(body, "since"), Time(body, "until"));
        if (since >= until)
        {
            throw WebhookInput.Bad("until", "later than since is expected");
        }

        var types = body.TryGetProperty("types", out var names) && names.ValueKind != JsonValueKind.Null ? WebhookInput.Types("types", names) : null;
        var onlyFailed = body.TryGetProperty("only", out var only) && WebhookInput.OneOf("only", only, "failed", "all") == "failed";
        var replay = WebhooksApi.ValueOf(await module.Replay(WebhooksApi.TenantOf(context), id, since, until, types, onlyFailed, context.RequestAborted));
        context.Response.Headers.Location = $"{WebhooksApi.Root}/{id}/replays/{replay.Id}";
        await context.Respond(StatusCodes.Status202Accepted, json => WebhookJson.Write(json, replay));
    }

    public static async Task List(HttpContext context, WebhooksModule module, Guid id)
    {
        var (page, perPage) = QueryValues.Paging(context);
        await WebhooksApi.Require(context, module, id);
        await WebhookJson.RespondPage(
            context, await module.Replays(WebhooksApi.TenantOf(context), id, page, perPage, context.RequestAborted), page, perPage, WebhookJson.Write);
    }

    public static async Task Get(HttpContext context, WebhooksModule module, Guid id, Guid replay)
    {
        await WebhooksApi.Require(context, module, id);
        var found = await module.FindReplay(WebhooksApi.TenantOf(context), id, replay, context.RequestAborted) ?? throw WebhooksApi.Refused(Refusals.NoReplay);
        await context.Respond(StatusCodes.Status200OK, json => WebhookJson.Write(json, found));
    }

    private static DateTimeOffset? Time(JsonElement body, string key) =>
        !body.TryGetProperty(key, out var value) || value.ValueKind == JsonValueKind.Null ? null
        : value.ValueKind == JsonValueKind.String && IsoTime.Parse(value.GetString()!) is { } time ? time
        : throw WebhookInput.Bad(key, IsoTime.Rule);
}
