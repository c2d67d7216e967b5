using System.Text.Json;

namespace PixeeEvents.Host;

/// <summary>Reads the body of a call to a route that belongs to no face of its own.</summary>
internal static class JsonBody
{
    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false };

    /// <summary>The root object.</summary>
    public static async Task<JsonElement> Object(HttpContext context)
    {
        if (!context.Request.HasJsonContentType())
        {
            throw new RefusedCallException(StatusCodes.Status415UnsupportedMediaType, "The body must be JSON: Content-Type application/json.", "UNSUPPORTED_MEDIA_TYPE");
        }

        try
        {
            using var document = await JsonDocument.ParseAsync(context.Request.Body, Options, context.RequestAborted);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? document.RootElement.Clone()
                : throw new RefusedCallException(StatusCodes.Status422UnprocessableEntity, "The body must be a JSON object.", ApiErrors.Invalid);
        }
        catch (InvalidOperationException)
        {
            // Keys are compared with each other, which half a surrogate pair cannot be.
            throw new RefusedCallException(
                StatusCodes.Status400BadRequest, @"A key of the body holds half a surrogate pair, such as \ud800 alone: that is no text.",
                ApiErrors.BadRequest);
        }
        catch (Exception e) when (e is JsonException or InvalidDataException)
        {
            throw new RefusedCallException(StatusCodes.Status400BadRequest, "The body is no valid JSON.", ApiErrors.BadRequest);
        }
    }

    /// <summary>The root object; an empty one for a call without a body, whatever its Content-Type says of it.</summary>
    public static async Task<JsonElement> ObjectOrNothing(HttpContext context) =>
        await IsEmpty(context) ? JsonDocument.Parse("{}").RootElement : await Object(context);

    /// <summary>A body of no announced length is read to be seen, and can be read again.</summary>
    private static async Task<bool> IsEmpty(HttpContext context)
    {
        if (context.Request.ContentLength is { } length)
        {
            return length == 0;
        }

        var body = new MemoryStream();
        context.Response.RegisterForDispose(body);
        try
        {
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        }
        catch (InvalidDataException)
        {
            throw new RefusedCallException(StatusCodes.Status400BadRequest, "The body is no valid JSON.", ApiErrors.BadRequest);
        }

        body.Position = 0;
        context.Request.Body = body;
        return body.Length == 0;
    }
}
