using System.Globalization;
using PixeeEvents.Webhooks;
using PixeeEvents.Webhooks.Events;
using PixeeEvents.Webhooks.Reports;

namespace PixeeEvents.Host.Webhooks.Wire;

/// <summary>The page of a list that is asked for.</summary>
public sealed record PageQuery(int Page, int PerPage)
{
    public static PageQuery Of(HttpContext context) =>
        new(QueryValues.Integer(context, "page", 1, 1, 1_000_000), QueryValues.Integer(context, "per_page", 20, 1, 100));
}

/// <summary>The page of an event's products that is asked for.</summary>
public sealed record ItemPageQuery(int Page, int Limit)
{
    public static ItemPageQuery Of(HttpContext context) =>
        new(QueryValues.Integer(context, "page", 1, 1, 1_000_000), QueryValues.Integer(context, "limit", 500, 1, 5000));
}

/// <summary>Which deliveries are asked for.</summary>
public sealed record DeliveryQuery(DeliveryFilter Filter)
{
    public static DeliveryQuery Of(HttpContext context) => new(new DeliveryFilter(
        QueryValues.OneOf(context, "state", [.. DeliveryStates.All]),
        QueryValues.Text(context, "type"),
        QueryValues.Time(context, "since"),
        QueryValues.Time(context, "until")));
}

/// <summary>The version of the schemas in which an event is asked for: the current one, when none is named.</summary>
public sealed record VersionQuery(string Version)
{
    public static VersionQuery Of(HttpContext context) =>
        new(QueryValues.OneOf(context, "schema_version", [.. EventCatalogue.Versions]) ?? EventCatalogue.Current);
}

/// <summary>The full hour that is asked about.</summary>
public sealed record HourQuery(DateTimeOffset Hour)
{
    public static HourQuery Of(HttpContext context)
    {
        var hour = QueryValues.Time(context, "hour") ?? throw QueryValues.Bad("hour", "required, " + IsoTime.Rule);
        return hour.Ticks % TimeSpan.TicksPerHour == 0
            ? new HourQuery(hour)
            : throw QueryValues.Bad("hour", "a full hour is expected, such as 2026-11-23T14:00Z");
    }
}

/// <summary>Query parameters; a bad value is refused with 422 and its name.</summary>
internal static class QueryValues
{
    public static string? OneOf(HttpContext context, string name, IReadOnlyCollection<string> allowed) =>
        Text(context, name) is not { } value ? null
        : allowed.Contains(value) ? value
        : throw Bad(name, $"one of {string.Join(", ", allowed)} is expected");

    public static string? Text(HttpContext context, string name) =>
        context.Request.Query[name].ToString() is { Length: > 0 } text ? text : null;

    public static DateTimeOffset? Time(HttpContext context, string name) =>
        Text(context, name) is not { } text ? null : IsoTime.Parse(text) ?? throw Bad(name, IsoTime.Rule);

    public static int Integer(HttpContext context, string name, int absent, int min, int max) =>
        Text(context, name) is not { } text ? absent
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max ? value
        : throw Bad(name, $"an integer from {min} to {max} is expected");

    public static RefusedCallException Bad(string name, string rule) =>
        new(StatusCodes.Status422UnprocessableEntity, $"{name}: {rule.TrimEnd('.')}.", ApiErrors.Invalid);
}

/// <summary>ISO 8601 with a zone, as in <c>2026-11-23T14:05:00Z</c>.</summary>
internal static class IsoTime
{
    public const string Rule = "a time with its zone is expected, such as 2026-11-23T14:05:00Z";

    private static readonly string[] Formats = ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd'T'HH:mmK"];

    /// <returns>Null when it is none.</returns>
    public static DateTimeOffset? Parse(string text) =>
        // A query string turns the plus of a zone into a space.
        (text.EndsWith('Z') || text.LastIndexOfAny(['+', '-', ' ']) > 10)
            && DateTimeOffset.TryParseExact(
                text.Replace(' ', '+'), Formats, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
            ? time.ToUniversalTime()
            : null;
}
