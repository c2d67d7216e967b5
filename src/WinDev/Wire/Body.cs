using System.Text.Json;
using PixeeEvents.Http.Text;

namespace PixeeEvents.WinDev.Wire;

/// <summary>Reads request bodies whole, whatever their charset; what cannot be read refuses the call before anything is stored.</summary>
internal static class Body
{
    /// <summary>The items of a root array, at most <paramref name="limit"/>.</summary>
    public static async Task<List<JsonElement>> Array(HttpContext context, int limit, CancellationToken cancellationToken)
    {
        using var body = await Read(context, cancellationToken);
        return Items(Utf8(context, body).Span, limit);
    }

    /// <summary>The root object.</summary>
    public static async Task<JsonElement> Object(HttpContext context, CancellationToken cancellationToken)
    {
        using var body = await Read(context, cancellationToken);
        var utf8 = Utf8(context, body);
        try
        {
            using var document = JsonDocument.Parse(utf8);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? document.RootElement.Clone()
                : throw new RefusedCallException(StatusCodes.Status422UnprocessableEntity, Messages.NotAnObject);
        }
        catch (JsonException e)
        {
            throw Malformed(e, utf8.Span);
        }
    }

    private static List<JsonElement> Items(ReadOnlySpan<byte> utf8, int limit)
    {
        if (!utf8.TrimStart(" \t\r\n"u8).StartsWith("["u8))
        {
            throw new RefusedCallException(StatusCodes.Status422UnprocessableEntity, Messages.NotAnArray);
        }

        try
        {
            var items = new List<JsonElement>();
            var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = JsonText.MaxDepth });
            reader.Read();
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                if (items.Count == limit)
                {
                    throw new RefusedCallException(StatusCodes.Status422UnprocessableEntity, Messages.BatchTooLarge(limit));
                }

                items.Add(JsonElement.ParseValue(ref reader));
            }

            // Nothing but white space may follow.
            reader.Read();
            return items;
        }
        catch (JsonException e)
        {
            throw Malformed(e, utf8);
        }
    }

    private static async Task<WireBody> Read(HttpContext context, CancellationToken cancellationToken)
    {
        RequireJson(context);
        try
        {
            return await WireBody.Read(context.Request, cancellationToken);
        }
        catch (Exception e) when (e is InvalidDataException or InvalidOperationException)
        {
            throw new RefusedCallException(StatusCodes.Status400BadRequest, Messages.BadEncoding);
        }
    }

    private static ReadOnlyMemory<byte> Utf8(HttpContext context, WireBody body)
    {
        try
        {
            return WireText.ToUtf8(body.Bytes, WireText.CharsetOf(context.Request.ContentType));
        }
        catch (WireTextException e)
        {
            throw e.Position is { } position
                ? new RefusedCallException(StatusCodes.Status400BadRequest, Messages.UnreadableByte(position, e.Value, e.Charset))
                : new RefusedCallException(StatusCodes.Status415UnsupportedMediaType, Messages.UnknownCharset(e.Charset));
        }
    }

    private static RefusedCallException Malformed(JsonException error, ReadOnlySpan<byte> utf8)
    {
        var place = JsonText.PlaceOf(error, utf8);
        return new RefusedCallException(
            StatusCodes.Status422UnprocessableEntity, JsonText.IsTooDeep(error) ? Messages.TooDeep(place) : Messages.MalformedJson(place));
    }

    /// <summary>
    /// A body without a content type is taken for JSON; one that says it is something else, or packed in an unknown way, is not.
    /// </summary>
    private static void RequireJson(HttpContext context)
    {
        if (context.Request.ContentType is { Length: > 0 } && !context.Request.HasJsonContentType())
        {
            throw new RefusedCallException(StatusCodes.Status415UnsupportedMediaType, Messages.NotJson);
        }

        // What could be unpacked no longer names its encoding.
        if (context.Request.Headers.ContentEncoding.ToString() is { Length: > 0 } encoding
            && !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase))
        {
            throw new RefusedCallException(StatusCodes.Status415UnsupportedMediaType, Messages.UnknownEncoding);
        }
    }
}
