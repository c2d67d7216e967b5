using System.IO.Compression;
using System.Text.Json;

namespace PixeeEvents.Host.WinDev;

/// <summary>Reads request bodies as a stream; anything unreadable refuses the whole call before anything is stored.</summary>
internal static class Body
{
    public const long MaxBytes = 16 * 1024 * 1024;

    /// <summary>The items of a root array, at most <paramref name="limit"/>.</summary>
    public static async Task<List<JsonElement>> Array(HttpContext context, int limit, CancellationToken cancellationToken)
    {
        RequireJson(context);
        var items = new List<JsonElement>();
        try
        {
            var source = JsonSerializer.DeserializeAsyncEnumerable<JsonElement>(context.Request.Body, cancellationToken: cancellationToken);
            await foreach (var item in source)
            {
                if (items.Count == limit)
                {
                    throw new RefusedCallException(StatusCodes.Status422UnprocessableEntity, Messages.BatchTooLarge(limit));
                }

                items.Add(item);
            }

            return items;
        }
        catch (JsonException e)
        {
            // At the very start, a well-formed body that is no array fails the same way as a malformed one.
            var wrongRoot = e is { LineNumber: 0, BytePositionInLine: <= 1 } && items.Count == 0 && e.Path is null or "$";
            throw new RefusedCallException(StatusCodes.Status422UnprocessableEntity, wrongRoot ? Messages.NotAnArray : Messages.MalformedJson);
        }
        catch (InvalidDataException)
        {
            throw new RefusedCallException(StatusCodes.Status400BadRequest, Messages.BadEncoding);
        }
    }

    /// <summary>The root object.</summary>
    public static async Task<JsonElement> Object(HttpContext context, CancellationToken cancellationToken)
    {
        RequireJson(context);
        try
        {
            using var document = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: cancellationToken);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? document.RootElement.Clone()
                : throw new RefusedCallException(StatusCodes.Status422UnprocessableEntity, Messages.NotAnObject);
        }
        catch (JsonException)
        {
            throw new RefusedCallException(StatusCodes.Status422UnprocessableEntity, Messages.MalformedJson);
        }
        catch (InvalidDataException)
        {
            throw new RefusedCallException(StatusCodes.Status400BadRequest, Messages.BadEncoding);
        }
    }

    /// <summary>A body without a content type is taken for JSON; one that says it is something else is not.</summary>
    private static void RequireJson(HttpContext context)
    {
        if (context.Request.ContentType is { Length: > 0 } && !context.Request.HasJsonContentType())
        {
            throw new RefusedCallException(StatusCodes.Status415UnsupportedMediaType, Messages.NotJson);
        }
    }
}
