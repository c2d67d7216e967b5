using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Npgsql;
using PixeeEvents.EventLog;
using PixeeEvents.Webhooks.Sending;
using PixeeEvents.Webhooks.Subscriptions;

namespace PixeeEvents.Webhooks.Events;

/// <summary>
/// Events about the delivery itself, for those who operate it. Who wants them names them: <c>*</c> is every event of the trade. None is
/// about the delivery of another, so that they can make no circle.
/// </summary>
public static class OperationalEvents
{
    public const string Failing = "endpoint.failing";
    public const string Disabled = "endpoint.disabled";
    public const string Exhausted = "message.exhausted";
    public const string Dead = "message.dead";

    /// <summary>Header of a message: the subscription that it is about, which is not told of itself.</summary>
    internal const string About = "webhook";

    /// <summary>The order of a body's data, whatever order it was stored in.</summary>
    internal static readonly string[] Order =
    [
        "webhook_id", "name", "url", "reason", "failing_since", "failed_attempts", "disabled_from", "event_id", "event_type", "delivery_id",
        "attempts", "status", "error", "occurred_at", "detail",
    ];

    private static readonly string[] Types = [Failing, Disabled, Exhausted, Dead];

    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static bool IsOperational(string type) => Types.Contains(type);

    /// <summary>Whether failures of a subscription are told: not of one that asks for operational events and for nothing else.</summary>
    internal static bool AreToldOf(Subscription subscription) =>
        subscription.Events.Any(p => p == "*" || !Types.Any(t => Subscription.Covers([p], t)));

    /// <summary>Adds that a message became no delivery of anybody. Nothing is told of one that is operational itself.</summary>
    internal static void AddDead(NpgsqlBatch batch, OutboxRecord dead, string reason, DateTimeOffset now)
    {
        if (IsOperational(dead.Type))
        {
            return;
        }

        var told = new JsonObject
        {
            ["event_id"] = EventIds.Text(dead.Id),
            ["event_type"] = dead.Type,
            ["occurred_at"] = dead.OccurredAt.UtcDateTime,
            ["detail"] = $"{dead.Type} {EventIds.Text(dead.Id)} reaches nobody: {reason}",
        };
        var message = new OutboxMessage(StreamId.Of(dead.Id, Dead), Dead, JsonSerializer.SerializeToUtf8Bytes(told, Plain));
        message.AddTo(batch, new Caller(dead.Tenant, null, null, dead.Headers), now);
    }

    /// <summary>Adds what is to be told of a subscription. Told again, it is the same event.</summary>
    /// <param name="occasion">What distinguishes it from others of its type about the same subscription or delivery.</param>
    internal static void AddTo(
        NpgsqlBatch batch, Subscription about, string type, (Guid Owner, string Name) occasion, JsonObject data, string? traceparent,
        DateTimeOffset now)
    {
        var told = new JsonObject { ["webhook_id"] = about.Id, ["name"] = about.Name, ["url"] = UrlRules.Redacted(about.Url) };
        foreach (var (name, value) in data)
        {
            told[name] = value?.DeepClone();
        }

        var headers = new Dictionary<string, string>(StringComparer.Ordinal) { [About] = about.Id.ToString() };
        if (traceparent is not null)
        {
            headers["traceparent"] = traceparent;
        }

        var message = new OutboxMessage(
            StreamId.Of(occasion.Owner, $"{type} {occasion.Name}"), type, JsonSerializer.SerializeToUtf8Bytes(told, Plain));
        message.AddTo(batch, new Caller(about.Tenant, null, null, headers), now);
    }
}
