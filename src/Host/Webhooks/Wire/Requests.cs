using System.Text.Json;
using PixeeEvents.Accounts;
using PixeeEvents.Webhooks;
using PixeeEvents.Webhooks.Sending;
using PixeeEvents.Webhooks.Signing;
using PixeeEvents.Webhooks.Subscriptions;

namespace PixeeEvents.Host.Webhooks.Wire;

/// <summary>A body without keys, or none.</summary>
public sealed record EmptyRequest
{
    public static async Task<EmptyRequest> Of(HttpContext context)
    {
        BodyValues.AllowKeys(await JsonBody.ObjectOrNothing(context));
        return new EmptyRequest();
    }
}

/// <summary>The settings of a new subscription; those without a default are there.</summary>
public sealed record CreateSubscription(JsonElement Keys)
{
    public static async Task<CreateSubscription> Of(HttpContext context)
    {
        var body = await JsonBody.Object(context);
        BodyValues.RequireKeys(body, "name", "url", "events");
        return new CreateSubscription(body);
    }

    /// <summary>The subscription and its secret, which is generated when none is given.</summary>
    public (Subscription Subscription, string Secret) By(ApiKey key, SenderOptions options, DateTimeOffset now) =>
        (SubscriptionKeys.New(Keys, key.Tenant, key.Id, options, now), BodyValues.Secret(Keys));
}

/// <summary>The settings of a subscription that are to change. What a key may say depends on what is stored.</summary>
public sealed record UpdateSubscription(JsonElement Keys)
{
    public static async Task<UpdateSubscription> Of(HttpContext context) => new(await JsonBody.Object(context));

    /// <summary>The subscription with the settings laid over it; the very same when nothing is changed.</summary>
    public Subscription Over(Subscription stored, SenderOptions options) => SubscriptionKeys.Apply(stored, Keys, options);
}

/// <param name="Backlog">What becomes of the deliveries that were held meanwhile.</param>
public sealed record EnableSubscription(Backlog Backlog)
{
    public static async Task<EnableSubscription> Of(HttpContext context)
    {
        var body = await JsonBody.ObjectOrNothing(context);
        BodyValues.AllowKeys(body, "backlog");
        return new EnableSubscription(body.TryGetProperty("backlog", out var value)
            ? Enum.Parse<Backlog>(BodyValues.OneOf("backlog", value, "all", "latest", "none"), ignoreCase: true)
            : Backlog.All);
    }
}

/// <param name="Secret">The one that is given, or a generated one.</param>
/// <param name="Overlap">How long the old one signs, too.</param>
public sealed record RotateSecret(string Secret, TimeSpan Overlap)
{
    private const int DefaultSeconds = 24 * 3600;
    private const int MaxSeconds = 7 * 24 * 3600;

    public static async Task<RotateSecret> Of(HttpContext context)
    {
        var body = await JsonBody.ObjectOrNothing(context);
        BodyValues.AllowKeys(body, "secret", "overlap_seconds");
        var secret = BodyValues.Secret(body);
        var seconds = body.TryGetProperty("overlap_seconds", out var value)
            ? BodyValues.Integer("overlap_seconds", value, 0, MaxSeconds)
            : DefaultSeconds;
        return new RotateSecret(secret, TimeSpan.FromSeconds(seconds));
    }
}

/// <summary>Which past events to send again; null means any.</summary>
/// <param name="OnlyFailed">Those that were exhausted and have not arrived since.</param>
public sealed record StartReplay(DateTimeOffset? Since, DateTimeOffset? Until, IReadOnlyList<string>? Types, bool OnlyFailed)
{
    public static async Task<StartReplay> Of(HttpContext context)
    {
        var body = await JsonBody.ObjectOrNothing(context);
        BodyValues.AllowKeys(body, "since", "until", "types", "only");
        var (since, until) = (BodyValues.Time(body, "since"), BodyValues.Time(body, "until"));
        if (since >= until)
        {
            throw BodyValues.Bad("until", "later than since is expected");
        }

        var types = body.TryGetProperty("types", out var names) && !BodyValues.IsNull(names) ? BodyValues.Types("types", names) : null;
        var onlyFailed = body.TryGetProperty("only", out var only) && BodyValues.OneOf("only", only, "failed", "all") == "failed";
        return new StartReplay(since, until, types, onlyFailed);
    }
}
