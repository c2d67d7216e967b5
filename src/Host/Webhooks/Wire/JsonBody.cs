using System.Text.Json;
using PixeeEvents.Http.Text;

namespace PixeeEvents.Host.Webhooks.Wire;

/// <summary>Reads the body of a call: an object of sound text.</summary>
internal static class JsonBody
{
    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false };

    /// <summary>The root object.</summary>
    public static async Task<JsonElement> Object(HttpContext context)
    {
        RequireJson(context);
        using var body = await Read(context);
        return WebhookText.Sound(Parse(context, body));
    }

    /// <summary>The root object; an empty one for a call without a body, whatever its Content-Type says of it.</summary>
    public static async Task<JsonElement> ObjectOrNothing(HttpContext context)
    {
        using var body = await Read(context);
        if (body.Bytes.IsEmpty)
        {
            return JsonDocument.Parse("{}").RootElement;
        }

        RequireJson(context);
        return WebhookText.Sound(Parse(context, body));
    }

    private static void RequireJson(HttpContext context)
    {
        if (!context.Request.HasJsonContentType())
        {
            throw new RefusedCallException(
                StatusCodes.Status415UnsupportedMediaType,
                "The body must be JSON: Content-Type application/json.",
                "UNSUPPORTED_MEDIA_TYPE");
        }
    }

    private static JsonElement Parse(HttpContext context, WireBody body)
    {
        var utf8 = Utf8(context, body);
        try
        {
            using var document = JsonDocument.Parse(utf8, Options);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? document.RootElement.Clone()
                : throw new RefusedCallException(
                    StatusCodes.Status422UnprocessableEntity, "The body must be a JSON object.", ApiErrors.Invalid);
        }
        catch (JsonException e)
        {
            throw Unreadable(JsonText.Sentence(e, utf8.Span));
        }
        catch (InvalidOperationException)
        {
            // Keys are compared with each other, which half a surrogate pair cannot be.
            throw new RefusedCallException(
                StatusCodes.Status400BadRequest, @"A key of the body holds half a surrogate pair, such as \ud800 alone: that is no text.",
                ApiErrors.BadRequest);
        }
    }

    private static async Task<WireBody> Read(HttpContext context)
    {
        try
        {
            return await WireBody.Read(context.Request, context.RequestAborted);
        }
        catch (Exception e) when (e is InvalidDataException or InvalidOperationException)
        {
            throw Unreadable("it is badly packed.");
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
            throw e.Position is null
                ? new RefusedCallException(StatusCodes.Status415UnsupportedMediaType, e.Message, "UNSUPPORTED_MEDIA_TYPE")
                : new RefusedCallException(StatusCodes.Status400BadRequest, e.Message, ApiErrors.BadRequest);
        }
    }

    private static RefusedCallException Unreadable(string reason) =>
        new(StatusCodes.Status400BadRequest, "The body is no valid JSON: " + reason, ApiErrors.BadRequest);
}
