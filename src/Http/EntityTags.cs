using Microsoft.Net.Http.Headers;

namespace PixeeEvents.Http;

/// <summary>Answers that have a tag.</summary>
internal static class EntityTags
{
    /// <summary>Names the tag of the answer that is about to be given.</summary>
    /// <param name="tag">Without its quotes; another for whatever is shown otherwise.</param>
    /// <returns>True when the caller has that answer already: it was told so, and nothing more is to be written.</returns>
    public static bool IsKnown(HttpContext context, string tag)
    {
        var current = new EntityTagHeaderValue($"\"{tag}\"");
        context.Response.Headers.ETag = current.ToString();
        if (context.Request.Headers.IfNoneMatch.Count == 0







            || !context.Request.GetTypedHeaders().IfNoneMatch.Any(
                t => t.Compare(current, useStrongComparison: false) || t.Equals(EntityTagHeaderValue.Any)))
        {
            return false;
        }

        context.Response.StatusCode = StatusCodes.Status304NotModified;
        return true;
    }
}
