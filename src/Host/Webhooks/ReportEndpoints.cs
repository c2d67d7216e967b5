using PixeeEvents.Webhooks;

namespace PixeeEvents.Host.Webhooks;

/// <summary>How a subscription fares, what its operators were told, and what proves that a receiver has everything.</summary>
internal static class ReportEndpoints
{
    public static async Task Stats(HttpContext context, WebhooksModule module, Guid id)
    {
        await WebhooksApi.Require(context, module, id);
        var stats = await module.Stats(WebhooksApi.TenantOf(context), id, context.RequestAborted);
        await context.Respond(StatusCodes.Status200OK, json =>
        {
            json.WriteStartObject("deliveries"u8);
            foreach (var (state, count) in stats.States)
            {
                json.WriteNumber(state, count);
            }

            json.WriteEndObject();
            json.WriteTime("oldest_waiting_at", stats.OldestWaiting);
            json.WriteStartObject("last_24_hours"u8);
            json.WriteNumber("attempts"u8, stats.Attempts);
            json.WriteNumber("successes"u8, stats.Successes);
            json.WriteNumber("failures"u8, stats.Attempts - stats.Successes);
            json.WriteOptional("median_ms", (long?)stats.MedianMs);
            json.WriteOptional("p95_ms", (long?)stats.P95Ms);
            json.WriteEndObject();
            json.WriteTime("last_success_at", stats.LastSuccessAt);
            json.WriteTime("last_failure_at", stats.LastFailureAt);
            json.WriteTime("failing_since", stats.FailingSince);
            json.WriteNumber("failed_attempts"u8, stats.FailedAttempts);
            json.WriteTime("on_hold_until", stats.HoldUntil);
            json.WriteBoolean("probing"u8, stats.IsProbing);
            if (stats.Pace is { } pace)
            {
                json.WriteNumber("pace_per_second"u8, pace);
            }
            else
            {
                json.WriteNull("pace_per_second"u8);
            }
        });
    }

    public static async Task Notices(HttpContext context, WebhooksModule module, Guid id)
    {
        var (page, perPage) = QueryValues.Paging(context);
        await WebhooksApi.Require(context, module, id);
        await WebhookJson.RespondPage(
            context, await module.Notices(WebhooksApi.TenantOf(context), id, page, perPage, context.RequestAborted), page, perPage, WebhookJson.Write);
    }

    public static async Task Digest(HttpContext context, WebhooksModule module, Guid id)
    {
        var hour = QueryValues.Time(context, "hour") ?? throw QueryValues.Bad("hour", "required, " + IsoTime.Rule);
        if (hour.Ticks % TimeSpan.TicksPerHour != 0)
        {
            throw QueryValues.Bad("hour", "a full hour is expected, such as 2026-11-23T14:00Z");
        }

        await WebhooksApi.Require(context, module, id);
        var digest = WebhooksApi.ValueOf(await module.Digest(WebhooksApi.TenantOf(context), id, hour, context.RequestAborted));
        await context.Respond(StatusCodes.Status200OK, json =>
        {
            json.WriteTime("hour", digest.Hour);
            json.WriteBoolean("final"u8, digest.IsFinal);
            json.WriteNumber("count"u8, digest.Events.Count);
            json.WriteString("hash"u8, digest.Hash);
            json.WriteStartArray("events"u8);
            foreach (var one in digest.Events)
            {
                json.WriteStartObject();
                json.WriteString("id"u8, DeliveryHeaders.IdOf(one.Id));
                json.WriteString("type"u8, one.Type);
                json.WriteOptional("sequence", one.Sequence);
                json.WriteOptional("entity", one.Entity);
                json.WriteOptional("version", one.Version);
                json.WriteString("state"u8, one.State);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
    }
}
