using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using PixeeEvents.Http.Text;

namespace PixeeEvents.Host.Http;

/// <summary>
/// Reads what a request asks for from the bytes that came, and each segment of its path once. The server's own path cannot be told
/// from: it leaves an encoded slash as it came, so that <c>%2F</c> and <c>%252F</c> look alike, and bytes that are no UTF-8 too.
/// </summary>
internal static class RequestTarget
{
    /// <summary>Before whatever looks at the path. Within a segment of it, <c>/</c> and <c>%</c> stay encoded until it is routed.</summary>
    public static void UseRequestTarget(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        return target.Contains('%', StringComparison.Ordinal) && !Read(context, target)
            ? context.RequestServices.GetRequiredService<Faces>().Of(context.Request.Path).Refuse(context, StatusCodes.Status400BadRequest)
            : next(context);
    });

    /// <summary>Behind routing: endpoints get the values that were meant.</summary>
    public static void UseRouteValues(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        if (context.Request.Path.Value?.Contains('%', StringComparison.Ordinal) == true)
        {
            var values = context.Request.RouteValues;
            foreach (var (name, value) in values.ToArray())
            {
                values[name] = value is string text ? Unescaped(text) : value;
            }
        }

        return next(context);
    });

    /// <summary>The path of a target as it came; null when it names none.</summary>
    public static string? PathOf(string target)
    {
        var end = target.IndexOf('?', StringComparison.Ordinal);
        var place = end < 0 ? target : target[..end];
        if (place.StartsWith('/'))
        {
            return place;
        }

        // A client that takes the server for a proxy names scheme and host too.
        var authority = place.IndexOf("://", StringComparison.Ordinal);
        var start = authority < 0 ? -1 : place.IndexOf('/', authority + 3);
        return start < 0 ? null : place[start..];
    }

    /// <returns>False for a path with a character that no text has.</returns>
    private static bool Read(HttpContext context, string target)
    {
        if (PathOf(target) is { } path && path.Contains('%', StringComparison.Ordinal))
        {
            var text = Escaped(path);
            if (text.Contains('\0', StringComparison.Ordinal))
            {
                return false;
            }

            context.Request.Path = new PathString(text);
        }

        if (PercentText.IsForeign(context.Request.QueryString.Value))
        {
            var values = new KeyValueAccumulator();
            foreach (var pair in new QueryStringEnumerable(context.Request.QueryString.Value))
            {
                values.Append(
                    PercentText.Decode(pair.EncodedName.Span, plusIsSpace: true),
                    PercentText.Decode(pair.EncodedValue.Span, plusIsSpace: true));
            }

            context.Request.Query = new QueryCollection(values.GetResults());
        }

        return true;
    }

    /// <summary>Segments that are dots lead on as ever, unless they are encoded: then they are text.</summary>
    private static string Escaped(string path)
    {
        var (given, segments) = (path.Split('/'), new List<string>());
        for (var n = 0; n < given.Length; n++)
        {
            if (given[n] is not ("." or ".."))
            {
                segments.Add(
                    PercentText.Decode(given[n], plusIsSpace: false)
                        .Replace("%", "%25", StringComparison.Ordinal).Replace("/", "%2F", StringComparison.Ordinal));
                continue;
            }

            if (given[n] == ".." && segments.Count > 1)
            {
                segments.RemoveAt(segments.Count - 1);
            }

            if (n == given.Length - 1)
            {
                segments.Add("");
            }
        }

        return string.Join('/', segments);
    }

    private static string Unescaped(string text) =>
        text.Replace("%2F", "/", StringComparison.Ordinal).Replace("%25", "%", StringComparison.Ordinal);
}
