using System.Diagnostics;
using System.Diagnostics.Metrics;
using PixeeEvents.Webhooks.Deliveries;
using PixeeEvents.Webhooks.Events;
using PixeeEvents.Webhooks.Sending;
using PixeeEvents.Webhooks.Subscriptions;

namespace PixeeEvents.Webhooks.Nodes;

/// <summary>Spans and figures of delivery. Endpoints are named in spans, never in a metric's labels.</summary>
public static class WebhookTelemetry
{
    public const string Name = "PixeeEvents.Webhooks";

    internal static ActivitySource Source { get; } = new(Name);

    private static readonly Meter Meter = new(Name);

    internal static Histogram<double> FirstByte { get; } = Meter.CreateHistogram(
        "pixee.webhooks.first_byte", "s", "From the commit of a change to the first byte of the first request that tells of it.",
        advice: new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries = [0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30],
        });

    internal static Counter<long> Exhausted { get; } = Meter.CreateCounter<long>(
        "pixee.webhooks.exhausted", "{delivery}", "Deliveries whose last attempt failed, by event type.");

    internal static Counter<long> Attempts { get; } = Meter.CreateCounter<long>(
        "pixee.webhooks.attempts", "{attempt}", "Attempts by event type and outcome.");

    internal static UpDownCounter<long> InFlight { get; } = Meter.CreateUpDownCounter<long>(
        "pixee.webhooks.in_flight", "{request}", "Requests under way.");

    /// <summary>The span of one page of messages, in the trace of the first one's call and linked with those of the others.</summary>
    internal static Activity? StartFanOut(string tenant, IReadOnlyList<OutboxRecord> messages)
    {
        if (!Source.HasListeners())
        {
            return null;
        }

        var causes = messages.Select(m => m.Headers.GetValueOrDefault("traceparent")).Distinct()
            .Select(t => ActivityContext.TryParse(t, null, isRemote: true, out var cause) ? cause : default)
            .Where(c => c != default).DistinctBy(c => c.TraceId).ToList();
        var activity = Source.StartActivity(
            ActivityKind.Internal, causes.FirstOrDefault(), links: causes.Skip(1).Select(c => new ActivityLink(c)), name: "fan-out");
        return activity?.SetTag("pixee.tenant", tenant).SetTag("messaging.batch.message_count", messages.Count);
    }

    /// <summary>The span of one attempt, in the trace of the call that caused it.</summary>
    internal static Activity? StartAttempt(ClaimedDelivery delivery, Subscription subscription)
    {
        var activity = Source.StartActivity(
            "POST", ActivityKind.Client,
            ActivityContext.TryParse(delivery.Traceparent, null, isRemote: true, out var cause) ? cause : default);
        return activity?
            .SetTag("http.request.method", "POST")
            .SetTag("url.full", UrlRules.Redacted(subscription.Url))
            .SetTag("server.address", subscription.Url.Host)
            .SetTag("server.port", subscription.Url.Port)
            .SetTag("pixee.tenant", delivery.Tenant)
            .SetTag("pixee.webhook.subscription", delivery.Subscription)
            .SetTag("pixee.webhook.delivery", delivery.Id)
            .SetTag("pixee.webhook.event", EventIds.Text(delivery.Event))
            .SetTag("pixee.webhook.type", delivery.Type)
            .SetTag("pixee.webhook.attempt", delivery.Attempts + 1);
    }

    internal static void EndAttempt(Activity? activity, ClaimedDelivery delivery, DateTimeOffset startedAt, Answer answer)
    {
        Attempts.Add(
            1, new("type", delivery.Type),
            new("outcome", answer.IsSuccess ? "delivered" : DeliveryTable.Name(answer.Error ?? AttemptError.Status)));
        if (delivery is { Attempts: 0, Origin: Origin.Event } && answer.FirstByte is { } firstByte)
        {
            FirstByte.Record(
                (startedAt + firstByte - delivery.OccurredAt).TotalSeconds, new KeyValuePair<string, object?>("type", delivery.Type));
        }

        if (activity is null)
        {
            return;
        }

        if (answer.Status is { } status)
        {
            activity.SetTag("http.response.status_code", status);
        }

        if (answer.RemoteAddress is { } address)
        {
            activity.SetTag("network.peer.address", address);
        }

        if (!answer.IsSuccess)
        {
            activity.SetTag(
                "error.type",
                answer is { Error: null or AttemptError.Status, Status: { } refused }
                    ? refused.ToString(System.Globalization.CultureInfo.InvariantCulture)
                    : DeliveryTable.Name(answer.Error!.Value));
            activity.SetStatus(ActivityStatusCode.Error);
        }
    }
}
