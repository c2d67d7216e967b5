using System.Text;
using System.Text.Json.Serialization;
using PixeeEvents.Webhooks;
using PixeeEvents.Webhooks.Reports;
using PixeeEvents.Webhooks.Signing;

namespace PixeeEvents.Host.Webhooks.Wire;

/// <summary>An event owed to a subscription.</summary>
public sealed record ShownDelivery(
    Guid Id,
    string EventId,
    string Type,
    string Origin,
    Guid? ReplayId,
    string State,
    long? Sequence,
    Guid? Entity,
    long? PreviousVersion,
    long? Version,
    int Attempts,
    DateTimeOffset? NextAttemptAt,
    DateTimeOffset OccurredAt,
    DateTimeOffset CreatedAt,
    DateTimeOffset? SettledAt)
{
    /// <summary>Of a delivery that is shown alone.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ShownAttempt>? AttemptLog { get; init; }

    /// <summary>Of a delivery that is shown alone.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? RequestBody { get; init; }

    public static ShownDelivery Of(Delivery d) => new(
        d.Id,
        DeliveryHeaders.IdOf(d.EventId),
        d.Type,
        d.Origin,
        d.ReplayId,
        d.State,
        d.Sequence,
        d.Entity,
        d.PreviousVersion,
        d.Version,
        d.Attempts,
        d.State == "waiting" ? d.DueAt : null,
        d.OccurredAt,
        d.CreatedAt,
        d.SettledAt);

    /// <summary>With its body and every attempt.</summary>
    public static ShownDelivery Of(Delivery d, IReadOnlyList<DeliveryAttempt> attempts) => Of(d) with
    {
        AttemptLog = [.. attempts.Select(ShownAttempt.Of)],
        RequestBody = Encoding.UTF8.GetString(d.Body!),
    };
}

/// <summary>One request and what came of it.</summary>
public sealed record ShownAttempt(
    int Number,
    DateTimeOffset StartedAt,
    double DurationMs,
    int? Status,
    string? Error,
    string? RemoteIp,
    string? Response,
    string? TraceId)
{
    public static ShownAttempt Of(DeliveryAttempt a) =>
        new(a.Number, a.StartedAt, a.DurationMs, a.Status, a.Error, a.RemoteIp, a.Response, a.TraceId);
}
