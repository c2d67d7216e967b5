using System.Text.Json;
using PixeeEvents.Webhooks;

namespace PixeeEvents.Host.Webhooks;

/// <summary>What the API shows of the module's records; a subscription in the very keys that its owner sets.</summary>
internal static class WebhookJson
{
    /// <param name="duplicateOf">An earlier subscription that gets the same at the same URL.</param>
    public static void Write(Utf8JsonWriter json, Subscription s, Guid? duplicateOf)
    {
        json.WriteString("id"u8, s.Id);
        json.WriteString("name"u8, s.Name);
        json.WriteString("url"u8, s.Url.OriginalString);
        json.WriteTexts("events", s.Events);
        json.WriteBoolean("active"u8, s.IsEnabled);
        json.WriteString("disabled_reason"u8, s.IsEnabled ? null : s.StateReason);
        json.WriteStartObject("headers"u8);
        foreach (var name in s.Headers.Keys)
        {
            json.WriteString(name, ConcealedHeaders.Mask);
        }

        json.WriteEndObject();
        json.WriteOptional("max_retries", s.MaxRetries);
        if (s.RetryDelays is null)
        {
            json.WriteNull("retry_delays"u8);
        }
        else
        {
            json.WriteStartArray("retry_delays"u8);
            foreach (var delay in s.RetryDelays)
            {
                json.WriteNumberValue(delay);
            }

            json.WriteEndArray();
        }

        json.WriteNumber("timeout_seconds"u8, (int)s.Timeout.TotalSeconds);
        if (s.Rate is { } rate)
        {
            json.WriteNumber("rate_per_second"u8, rate);
        }
        else
        {
            json.WriteNull("rate_per_second"u8);
        }

        json.WriteNumber("concurrency"u8, s.Concurrency);
        json.WriteString("body"u8, s.Thin ? "thin" : "full");
        json.WriteString("granularity"u8, s.PerItem ? "item" : "call");
        json.WriteBoolean("latest_wins"u8, s.LatestWins);
        json.WriteString("order"u8, s.Ordering?.ToString().ToLowerInvariant());
        json.WriteString("format"u8, s.CloudEvents ? "cloudevents" : "standard");
        json.WriteString("schema_version"u8, s.SchemaVersion);
        json.WriteTexts("signatures", s.Signatures);
        if (s.Fields is null && s.SupplierCodes is null)
        {
            json.WriteNull("filter"u8);
        }
        else
        {
            json.WriteStartObject("filter"u8);
            json.WriteTexts("fields", s.Fields);
            json.WriteTexts("supplier_codes", s.SupplierCodes);
            json.WriteEndObject();
        }

        json.WriteBoolean("exclude_own_changes"u8, s.ExcludeOwn);
        json.WriteOptional("duplicate_of", duplicateOf);
        json.WriteTime("created_at", s.CreatedAt);
        json.WriteTime("updated_at", s.UpdatedAt);
    }

    public static void Write(Utf8JsonWriter json, Delivery d)
    {
        json.WriteString("id"u8, d.Id);
        json.WriteString("event_id"u8, DeliveryHeaders.IdOf(d.EventId));
        json.WriteString("type"u8, d.Type);
        json.WriteString("origin"u8, d.Origin);
        json.WriteOptional("replay_id", d.ReplayId);
        json.WriteString("state"u8, d.State);
        json.WriteOptional("sequence", d.Sequence);
        json.WriteOptional("entity", d.Entity);
        json.WriteOptional("previous_version", d.PreviousVersion);
        json.WriteOptional("version", d.Version);
        json.WriteNumber("attempts"u8, d.Attempts);
        json.WriteTime("next_attempt_at", d.State == "waiting" ? d.DueAt : null);
        json.WriteTime("occurred_at", d.OccurredAt);
        json.WriteTime("created_at", d.CreatedAt);
        json.WriteTime("settled_at", d.SettledAt);
    }

    public static void Write(Utf8JsonWriter json, Replay r)
    {
        json.WriteString("id"u8, r.Id);
        json.WriteString("state"u8, r.State);
        json.WriteTime("since", r.Since);
        json.WriteTime("until", r.Until);
        json.WriteTexts("types", r.Types);
        json.WriteString("only"u8, r.OnlyFailed ? "failed" : "all");
        json.WriteNumber("enqueued"u8, r.Enqueued);
        json.WriteTime("created_at", r.CreatedAt);
        json.WriteTime("ended_at", r.EndedAt);
    }

    public static void Write(Utf8JsonWriter json, Notice n)
    {
        json.WriteString("id"u8, n.Id);
        json.WriteString("type"u8, n.Type);
        json.WriteOptional("delivery_id", n.DeliveryId);
        json.WriteTime("at", n.At);
        json.WriteString("detail"u8, n.Detail);
    }

    public static Task RespondPage<T>(HttpContext context, Page<T> found, int page, int perPage, Action<Utf8JsonWriter, T> write) =>
        context.Respond(StatusCodes.Status200OK, json =>
        {
            json.WriteStartArray("items"u8);
            foreach (var item in found.Items)
            {
                json.WriteStartObject();
                write(json, item);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteNumber("total"u8, found.Total);
            json.WriteNumber("page"u8, page);
            json.WriteNumber("per_page"u8, perPage);
            json.WriteNumber("pages"u8, (found.Total + perPage - 1) / perPage);
        });
}
