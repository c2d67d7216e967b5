using System.Buffers;
using System.IO.Pipelines;
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
            await RequireArray(context.Request.BodyReader, cancellationToken);
            var source = JsonSerializer.DeserializeAsyncEnumerable<JsonElement>(context.Request.BodyReader.AsStream(), cancellationToken: cancellationToken);
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
        catch (JsonException)
        {
            throw new RefusedCallException(StatusCodes.Status422UnprocessableEntity, Messages.MalformedJson);
        }
        catch (Exception e) when (e is InvalidDataException or InvalidOperationException)
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
        catch (Exception e) when (e is InvalidDataException or InvalidOperationException)
        {
            throw new RefusedCallException(StatusCodes.Status400BadRequest, Messages.BadEncoding);
        }
    }

    /// <summary>Looks at the first significant byte without taking it: the serializer takes <c>null</c> for an array without items.</summary>
    private static async Task RequireArray(PipeReader body, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await body.ReadAsync(cancellationToken);
            var start = new SequenceReader<byte>(read.Buffer);
            start.AdvancePastAny(" \t\r\n\uFEFF"u8);
            var first = start.TryPeek(out var value) ? value : (byte?)null;
            body.AdvanceTo(read.Buffer.Start, first is null ? read.Buffer.End : read.Buffer.Start);
            if (first is null && !read.IsCompleted)
            {
                continue;
            }

            if (first != (byte)'[')
            {
                throw new RefusedCallException(StatusCodes.Status422UnprocessableEntity, Messages.NotAnArray);
            }

            return;
        }
    }

    /// <summary>A body without a content type is taken for JSON; one that says it is something else, or packed in an unknown way, is not.</summary>
    private static void RequireJson(HttpContext context)
    {
        if (context.Request.ContentType is { Length: > 0 } && !context.Request.HasJsonContentType())
        {
            throw new RefusedCallException(StatusCodes.Status415UnsupportedMediaType, Messages.NotJson);
        }

        // What could be unpacked no longer names its encoding.
        if (context.Request.Headers.ContentEncoding.ToString() is { Length: > 0 } encoding && !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase))
        {
            throw new RefusedCallException(StatusCodes.Status415UnsupportedMediaType, Messages.UnknownEncoding);
        }
    }
}
