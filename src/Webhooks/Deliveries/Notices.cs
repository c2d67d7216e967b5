using System.Globalization;
using System.Text.Json.Nodes;
using Npgsql;
using PixeeEvents.EventLog;
using PixeeEvents.Webhooks.Events;
using PixeeEvents.Webhooks.Subscriptions;

namespace PixeeEvents.Webhooks.Deliveries;

/// <summary>
/// What operators are told of a subscription: a notice in its own log and, to those of its company that ask for it, an operational event,
/// both in the transaction of what they tell.
/// </summary>
internal static class Notices
{
    /// <summary>The last attempt of a delivery failed. Of an operational event no other is made.</summary>
    public static void AddExhausted(NpgsqlBatch batch, CompletedAttempt done, DateTimeOffset now)
    {
        var (delivery, eventId) = (done.Delivery, EventIds.Text(done.Delivery.Event));
        var detail = $"{delivery.Type} {eventId}: the last attempt failed.";
        Add(batch, done.Subscription, "webhook.exhausted", delivery.Id, detail, now);
        if (OperationalEvents.IsOperational(delivery.Type))
        {
            return;
        }

        var data = new JsonObject
        {
            ["event_id"] = eventId,
            ["event_type"] = delivery.Type,
            ["delivery_id"] = delivery.Id,
            ["attempts"] = delivery.Attempts + 1,
            ["status"] = done.Answer.Status,
            ["error"] = done.Answer.Error is { } error ? DeliveryTable.Name(error) : null,
            ["detail"] = detail,
        };
        OperationalEvents.AddTo(
            batch, done.Subscription, OperationalEvents.Exhausted, (delivery.Id, ""), data, delivery.Traceparent, now);
    }

    /// <summary>No delivery has succeeded for long.</summary>
    public static void AddFailing(NpgsqlBatch batch, CompletedAttempt done, EndpointHealth health, HealthNotice notice, DateTimeOffset now)
    {
        var detail = notice is HealthNotice.Failing
            ? "No delivery has succeeded for half of the time after which the webhook is disabled."
            : "The webhook will be disabled in 24 hours unless a delivery succeeds.";
        Add(batch, done.Subscription, "webhook.failing", null, detail, now);
        if (OperationalEvents.AreToldOf(done.Subscription))
        {
            var data = Health(health);
            data["disabled_from"] = Time(health.DisabledFrom);
            data["detail"] = detail;
            OperationalEvents.AddTo(
                batch, done.Subscription, OperationalEvents.Failing,
                (done.Subscription.Id, $"{Time(health.FailingSince)} {notice}"), data, done.Delivery.Traceparent, now);
        }
    }

    /// <summary>The subscription gets nothing more until its owner enables it.</summary>
    /// <param name="reason">As it is stored of the subscription.</param>
    public static void AddDisabled(
        NpgsqlBatch batch, Subscription subscription, string reason, string detail, EndpointHealth? health, Guid? delivery,
        string? traceparent, DateTimeOffset now)
    {
        Add(batch, subscription, "webhook.disabled", delivery, detail, now);
        if (OperationalEvents.AreToldOf(subscription))
        {
            var data = Health(health ?? new EndpointHealth());
            data["reason"] = reason;
            data["detail"] = detail;
            OperationalEvents.AddTo(
                batch, subscription, OperationalEvents.Disabled, (subscription.Id, Time(health?.FailingSince ?? now)!), data, traceparent,
                now);
        }
    }

    public static void AddEnabled(NpgsqlBatch batch, Subscription subscription, string detail, DateTimeOffset now) =>
        Add(batch, subscription, "webhook.enabled", null, detail, now);

    private static JsonObject Health(EndpointHealth health) => new()
    {
        ["failing_since"] = Time(health.FailingSince),
        ["failed_attempts"] = health.FailedAttempts,
    };

    private static string? Time(DateTimeOffset? at) =>
        at?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static void Add(NpgsqlBatch batch, Subscription subscription, string type, Guid? delivery, string detail, DateTimeOffset now) =>
        batch.Add(
            """
            insert into webhooks.notices (tenant_id, id, subscription_id, type, delivery_id, at, detail)
            values ($1, $2, $3, $4, $5, $6, $7)
            """,
            Sql.Text(subscription.Tenant), Sql.Uuid(Guid.CreateVersion7(now)), Sql.Uuid(subscription.Id), Sql.Text(type),
            Sql.Uuid(delivery), Sql.Timestamp(now), Sql.Text(detail));
}
