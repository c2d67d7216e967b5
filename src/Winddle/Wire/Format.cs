using Microsoft.Net.Http.Headers;

namespace PixeeEvents.Winddle.Wire;

internal enum Format
{
    Json,
    Xml,
}

/// <summary>Which of the two formats a call speaks. A suffix decides; then <c>Accept</c>; then the body's own format; then JSON.</summary>
internal static class Formats
{
    /// <summary>Takes <c>.json</c> or <c>.xml</c> off the end of a path, before the path is routed.</summary>
    public static void TakeSuffix(HttpContext context)
    {
        var path = context.Request.Path.Value!;
        var format = path.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? Format.Json
            : path.EndsWith(".xml", StringComparison.OrdinalIgnoreCase) ? Format.Xml
            : (Format?)null;
        if (format is { } suffix)
        {
            context.Features.Set(new Suffix(suffix));
            context.Request.Path = new PathString(path[..path.LastIndexOf('.')]);
        }
    }

    /// <summary>The format to answer in; null when the caller takes neither.</summary>
    public static Format? OfAnswer(HttpContext context)
    {
        if (context.Features.Get<Suffix>() is { } suffix)
        {
            return suffix.Format;
        }

        var accepted = context.Request.GetTypedHeaders().Accept;
        if (accepted.Count == 0)
        {
            return OfBody(context) ?? Format.Json;
        }

        var refused = accepted.Where(a => a.Quality is 0).Select(Named).ToList();
        foreach (var range in accepted.Where(a => a.Quality is not 0).OrderByDescending(a => a.Quality ?? 1))
        {
            if (Named(range) is { } named)
            {
                return named;
            }

            if (range.MatchesAllTypes || (range.MatchesAllSubTypes && range.Type.Equals("application", StringComparison.OrdinalIgnoreCase)))
            {
                var own = OfBody(context) ?? Format.Json;
                return refused.Contains(own) ? own == Format.Json ? Format.Xml : Format.Json : own;
            }
        }

        return null;
    }

    /// <summary>The format of the body by its <c>Content-Type</c>; null when it is neither or there is none.</summary>
    public static Format? OfBody(HttpContext context) =>
        MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var type) ? Named(type) : null;

    private static Format? Named(MediaTypeHeaderValue type) =>
        IsNamed(type, "json") ? Format.Json : IsNamed(type, "xml") ? Format.Xml : null;

    private static bool IsNamed(MediaTypeHeaderValue type, string name) =>
        (type.Type.Equals("application", StringComparison.OrdinalIgnoreCase)
            || type.Type.Equals("text", StringComparison.OrdinalIgnoreCase))
        && (type.SubType.Equals(name, StringComparison.OrdinalIgnoreCase) || type.Suffix.Equals(name, StringComparison.OrdinalIgnoreCase))
        && !type.SubType.Equals("xhtml+xml", StringComparison.OrdinalIgnoreCase);

    /// <summary>What was taken off the path.</summary>
    public static string SuffixOf(HttpContext context) => context.Features.Get<Suffix>()?.Format switch
    {
        Format.Json => ".json",
        Format.Xml => ".xml",
        _ => "",
    };

    private sealed record Suffix(Format Format);
}
