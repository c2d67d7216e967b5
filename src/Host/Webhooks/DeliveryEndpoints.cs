using PixeeEvents.Host.Http;
using PixeeEvents.Webhooks;

namespace PixeeEvents.Host.Webhooks;

/// <summary>The delivery log, a test event, and one delivery once more.</summary>
internal static class DeliveryEndpoints
{
    public static async Task List(HttpContext context, WebhooksModule module, Guid id)
    {
        var (page, perPage) = QueryValues.Paging(context);
        var filter = new DeliveryFilter(
            QueryValues.OneOf(context, "state", [.. DeliveryStates.All]), QueryValues.Text(context, "type"), QueryValues.Time(context, "since"), QueryValues.Time(context, "until"));
        await WebhooksApi.Require(context, module, id);
        var found = await module.Deliveries(WebhooksApi.TenantOf(context), id, filter, page, perPage, context.RequestAborted);
        await WebhookJson.RespondPage(context, found, page, perPage, WebhookJson.Write);
    }

    public static async Task Get(HttpContext context, WebhooksModule module, Guid id, Guid delivery)
    {
        var tenant = WebhooksApi.TenantOf(context);
        await WebhooksApi.Require(context, module, id);
        var found = await module.FindDelivery(tenant, id, delivery, context.RequestAborted) ?? throw WebhooksApi.Refused(Refusals.NoDelivery);
        var attempts = await module.Attempts(tenant, delivery, context.RequestAborted);
        await context.Respond(StatusCodes.Status200OK, json =>
        {
            WebhookJson.Write(json, found);
            json.WriteStartArray("attempt_log"u8);
            foreach (var attempt in attempts)
            {
                json.WriteStartObject();
                json.WriteNumber("number"u8, attempt.Number);
                json.WriteTime("started_at", attempt.StartedAt);
                json.WriteNumber("duration_ms"u8, attempt.DurationMs);
                json.WriteOptional("status", attempt.Status);
                json.WriteString("error"u8, attempt.Error);
                json.WriteString("remote_ip"u8, attempt.RemoteIp);
                json.WriteString("response"u8, attempt.Response);
                json.WriteString("trace_id"u8, attempt.TraceId);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteString("request_body"u8, found.Body);
        });
    }

    public static async Task Test(HttpContext context, WebhooksModule module, PublicAddress address, Guid id)
    {
        WebhookInput.AllowKeys(await WebhookInput.OptionalBody(context));
        var delivery = WebhooksApi.ValueOf(await module.Test(WebhooksApi.TenantOf(context), id, address.Url, context.RequestAborted));
        await Accepted(context, id, delivery);
    }

    public static async Task Resend(HttpContext context, WebhooksModule module, Guid id, Guid delivery)
    {
        WebhookInput.AllowKeys(await WebhookInput.OptionalBody(context));
        var again = WebhooksApi.ValueOf(await module.Resend(WebhooksApi.TenantOf(context), id, delivery, context.RequestAborted));
        await Accepted(context, id, again);
    }

    private static Task Accepted(HttpContext context, Guid id, Delivery delivery)
    {
        context.Response.Headers.Location = $"{WebhooksApi.Root}/{id}/deliveries/{delivery.Id}";
        return context.Respond(StatusCodes.Status202Accepted, json => WebhookJson.Write(json, delivery));
    }
}
