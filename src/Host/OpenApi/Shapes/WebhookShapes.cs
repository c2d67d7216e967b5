using System.ComponentModel;
using PixeeEvents.Host.Webhooks.Wire;

namespace PixeeEvents.Host.OpenApi.Shapes;

/// <summary>
/// Bodies of the webhook face as its document tells them, beside the answers, which are records of its own; a spec holds both against
/// real ones. A parameter with a default may be left out.
/// </summary>
internal static class WebhookShapes
{
    public enum Body
    {
        Full,
        Thin,
    }

    public enum Granularity
    {
        Call,
        Item,
    }

    public enum Format
    {
        Standard,
        Cloudevents,
    }

    public enum Signature
    {
        V1,
        V1a,
    }

    public enum HeldDeliveries
    {
        All,
        Latest,
        None,
    }

    public enum Replayed
    {
        All,
        Failed,
    }

    public sealed record Refusal(
        string Detail,
        string ErrorCode,
        DateTimeOffset Timestamp,
        [property: Description("Of 429 and 503.")] int RetryAfterSeconds = 0);

    public sealed record NewSubscription(
        string Name,
        string Url,
        [property: Description("Types such as stock.updated, product.* or *.")] IReadOnlyList<string> Events,
        bool Active = true,
        IReadOnlyDictionary<string, string>? Headers = null,
        [property: Description("From 0 to 5; not beside retry_delays.")] int? MaxRetries = null,
        [property: Description("Seconds before each further attempt.")] IReadOnlyList<int>? RetryDelays = null,
        int TimeoutSeconds = 10,
        decimal? RatePerSecond = null,
        int Concurrency = 10,
        Body Body = Body.Full,
        Granularity Granularity = Granularity.Call,
        bool LatestWins = false,
        [property: Description("strict or supersede.")] string? Order = null,
        Format Format = Format.Standard,
        string SchemaVersion = "",
        IReadOnlyList<Signature>? Signatures = null,
        ShownFilter? Filter = null,
        bool ExcludeOwnChanges = false,
        [property: Description("Generated when it is not given.")] string? Secret = null);

    /// <summary>What is shown of a subscription may be sent back with it; what nobody sets changes nothing.</summary>
    public sealed record SubscriptionChange(
        string Name = "",
        string Url = "",
        IReadOnlyList<string>? Events = null,
        bool Active = true,
        IReadOnlyDictionary<string, string>? Headers = null,
        int? MaxRetries = null,
        IReadOnlyList<int>? RetryDelays = null,
        int TimeoutSeconds = 10,
        decimal? RatePerSecond = null,
        int Concurrency = 10,
        Body Body = Body.Full,
        Granularity Granularity = Granularity.Call,
        bool LatestWins = false,
        string? Order = null,
        Format Format = Format.Standard,
        string SchemaVersion = "",
        IReadOnlyList<Signature>? Signatures = null,
        ShownFilter? Filter = null,
        bool ExcludeOwnChanges = false,
        [property: Description("Changes nothing.")] Guid? Id = null,
        [property: Description("Changes nothing.")] string? DisabledReason = null,
        [property: Description("Changes nothing.")] Guid? DuplicateOf = null,
        [property: Description("Changes nothing.")] DateTimeOffset? CreatedAt = null,
        [property: Description("Changes nothing.")] DateTimeOffset? UpdatedAt = null);

    public sealed record Enabling(
        [property: Description("What becomes of the deliveries that were held.")] HeldDeliveries Backlog = HeldDeliveries.All);

    public sealed record SecretRotation(
        string? Secret = null, [property: Description("How long the old one signs, too.")] int OverlapSeconds = 0);

    public sealed record ReplayRange(
        DateTimeOffset? Since = null, DateTimeOffset? Until = null, IReadOnlyList<string>? Types = null, Replayed Only = Replayed.All);

    public sealed record ChangedProducts(string Id, string Type, int Page, int Pages, int Total, IReadOnlyList<ChangedProduct> Items);

    public sealed record ChangedProduct(
        [property: Description("Of the event that tells of this product alone.")] string EventId,
        Guid Id,
        string? Reference,
        string? Ean,
        long PreviousVersion,
        long Version,
        IReadOnlyList<string> UpdatedFields,
        IReadOnlyList<Change> Changes);

    public sealed record Change(
        string Field,
        [property: Description("Null for none.")] object? Before,
        [property: Description("Null for none.")] object? After,
        [property: Description("Whose figure changed; absent for every other change.")] string SupplierCode = "");

    /// <summary>An event in full; once its message is no longer kept, as it was sent, which may be as a CloudEvent.</summary>
    public sealed record FullEvent(
        string Id,
        IReadOnlyDictionary<string, object?> Data,
        string Type = "",
        string Event = "",
        [property: Description("When it happened; time of a CloudEvent.")] DateTimeOffset? Timestamp = null,
        [property: Description("Number within the subscription that it was sent to.")] object? Sequence = null,
        string Specversion = "",
        string Source = "",
        string Subject = "",
        DateTimeOffset? Time = null,
        string Datacontenttype = "",
        string Dataschema = "");
}
