namespace PixeeEvents.Webhooks.Reports;

/// <summary>Something an operator should know of a subscription.</summary>
public sealed record Notice(Guid Id, string Type, Guid? DeliveryId, DateTimeOffset At, string Detail);
