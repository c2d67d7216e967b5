using System.Globalization;

namespace PixeeEvents.Host;

/// <summary>Query parameters of the routes that belong to no face of their own; a bad value is refused with 422 and its name.</summary>
internal static class QueryValues
{
    public static (int Page, int PerPage) Paging(HttpContext context) => (Integer(context, "page", 1, 1, 1_000_000), Integer(context, "per_page", 20, 1, 100));

    public static string? OneOf(HttpContext context, string name, IReadOnlyCollection<string> allowed) =>
        Text(context, name) is not { } value ? null
        : allowed.Contains(value) ? value
        : throw Bad(name, $"one of {string.Join(", ", allowed)} is expected");

    public static string? Text(HttpContext context, string name) => context.Request.Query[name].ToString() is { Length: > 0 } text ? text : null;

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
            && DateTimeOffset.TryParseExact(text.Replace(' ', '+'), Formats, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
            ? time.ToUniversalTime()
            : null;
}
