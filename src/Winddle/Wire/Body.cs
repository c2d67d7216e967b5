using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml;
using Microsoft.Net.Http.Headers;
using PixeeEvents.Http.Forms;
using PixeeEvents.Http.Text;

namespace PixeeEvents.Winddle.Wire;

/// <summary>Reads bodies in JSON, XML or form data into what they say of one resource.</summary>
internal static class Body
{
    public const int MaxDepth = 32;

    /// <summary>Of values in one body: a large body may hold a file, never as many things.</summary>
    public const int MaxValues = 100_000;

    /// <summary>The fields of the resource: those below its root key, or all when there is none. No body says nothing.</summary>
    /// <remarks>Files of a form stay in the request, under the names that <see cref="HttpRequest.Form"/> gives them.</remarks>
    public static async Task<Input> Read(HttpContext context, Resource resource)
    {
        var root = await Parse(context);
        if (root is null)
        {
            return new Input([]);
        }

        if (root.TryGetPropertyValue(resource.Singular, out var own))
        {
            return own switch
            {
                JsonObject fields => new Input(fields),
                null => new Input([]),
                _ => throw Unreadable($"'{resource.Singular}' is not an object."),
            };
        }

        if (Formats.OfBody(context) == Format.Xml)
        {
            throw Unreadable($"The root element is not '{resource.Singular.Replace('_', '-')}'.");
        }

        return new Input(root);
    }

    private static async Task<JsonObject?> Parse(HttpContext context)
    {
        var request = context.Request;
        // What could be unpacked no longer names its encoding.
        if (request.Headers.ContentEncoding.ToString() is { Length: > 0 } encoding
            && !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase))
        {
            throw new RefusedRequestException(StatusCodes.Status415UnsupportedMediaType, "The body's encoding is not understood.");
        }

        try
        {
            var body = await WireBody.Read(request, context.RequestAborted);
            context.Response.RegisterForDispose(body);
            var charset = WireText.CharsetOf(request.ContentType);
            if (request.HasFormContentType && MediaTypeHeaderValue.TryParse(request.ContentType, out var type))
            {
                // Whoever takes the files of the form finds them there.
                request.Form = type.MediaType.StartsWith("multipart", StringComparison.OrdinalIgnoreCase)
                    ? await MultipartForm.Read(body.Bytes, type, context.RequestAborted)
                    : UrlEncodedForm.Read(body.Bytes, charset);
                return NestedNames.Read(request.Form);
            }

            return body.Bytes.IsEmpty ? null : Formats.OfBody(context) switch
            {
                Format.Xml => await XmlBody.Read(AsStream(WireText.XmlToUtf8(body.Bytes, charset))),
                Format.Json => Json(WireText.ToUtf8(body.Bytes, charset)),
                null when request.ContentType is null or "" => Json(WireText.ToUtf8(body.Bytes, charset)),
                _ => throw new RefusedRequestException(
                    StatusCodes.Status415UnsupportedMediaType,
                    "Bodies are taken in application/json, application/xml and multipart/form-data."),
            };
        }
        catch (WireTextException e)
        {
            throw e.Position is null
                ? new RefusedRequestException(StatusCodes.Status415UnsupportedMediaType, e.Message)
                : Unreadable(e.Message);
        }
        catch (Exception e) when (IsOfTheBody(e))
        {
            throw Unreadable(e.Message);
        }
    }

    /// <summary>Cut, damaged or in an unknown character set; what is too large is refused as such elsewhere.</summary>
    private static bool IsOfTheBody(Exception e) =>
        e is JsonException or XmlException or FormatException or InvalidDataException or ArgumentException or NotSupportedException
            or InvalidOperationException or (IOException and not BadHttpRequestException);

    /// <summary>A JSON object, looked through to its end: names that are no text are found here or by nobody.</summary>
    /// <exception cref="JsonException">It is no such object.</exception>
    public static JsonObject Json(ReadOnlyMemory<byte> utf8)
    {
        try
        {
            var node = JsonNode.Parse(
                utf8.Span, documentOptions: new JsonDocumentOptions { MaxDepth = MaxDepth, AllowDuplicateProperties = false });
            var values = 0;
            Visit(node, ref values);
            return node as JsonObject ?? throw new JsonException("It is not an object.");
        }
        catch (InvalidOperationException e)
        {
            throw new JsonException("A name in it is no text.", e);
        }
        catch (JsonException e) when (e.LineNumber is not null)
        {
            throw new JsonException(JsonText.Sentence(e, utf8.Span), e);
        }

        static void Visit(JsonNode? node, ref int values)
        {
            if (++values > MaxValues)
            {
                throw new JsonException($"There are more than {MaxValues} values.");
            }

            foreach (var child in node switch { JsonObject o => o.Select(p => p.Value), JsonArray a => a, _ => [] })
            {
                Visit(child, ref values);
            }
        }
    }

    private static MemoryStream AsStream(ReadOnlyMemory<byte> bytes) =>
        MemoryMarshal.TryGetArray(bytes, out var array)
            ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false)
            : new MemoryStream(bytes.ToArray());

    private static RefusedRequestException Unreadable(string reason) =>
        new(StatusCodes.Status400BadRequest, $"The body cannot be read: {reason}");
}
