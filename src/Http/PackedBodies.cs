using Microsoft.AspNetCore.Http.Features;
using PixeeEvents.Http.Text;

namespace PixeeEvents.Http;

/// <summary>A packed body that is cut short, damaged, or followed by something else.</summary>
internal sealed class UnreadablePackingException() : RefusedCallException(
    StatusCodes.Status400BadRequest, "The packed body cannot be read: it is cut short, damaged, or followed by something else.",
    ApiErrors.BadRequest);

/// <summary>
/// Unpacks request bodies whole, before anything reads them: a body that was cut short is none, even where what came could be read.
/// A packing that is not known is left to the face to refuse.
/// </summary>
internal static class PackedBodies
{
    public static void UsePackedBodies(this IApplicationBuilder app) =>
        app.Use((context, next) => context.Request.Headers.ContentEncoding.Count == 0 ? next(context) : Unpack(context, next));

    private static async Task Unpack(HttpContext context, RequestDelegate next)
    {
        var request = context.Request;
        if (Packing.Named(request.Headers.ContentEncoding.ToString()) is { } packing)
        {
            using var packed = new MemoryStream();
            await request.Body.CopyToAsync(packed, context.RequestAborted);
            if (packed.Length > 0)
            {
                request.Body = packing(
                    packed, context.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize ?? WireBody.MaxBytes);
                request.ContentLength = request.Body.Length;
            }

            request.Headers.ContentEncoding = default;
        }

        await next(context);
    }
}
