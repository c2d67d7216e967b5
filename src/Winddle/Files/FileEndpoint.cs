using Microsoft.Net.Http.Headers;
using Npgsql;
using PixeeEvents.Catalog;
using PixeeEvents.Http.Availability;

namespace PixeeEvents.Winddle.Files;

/// <summary>
/// GET and HEAD of files. An address never means another content, so any cache may keep it for ever. Only the sizes that this server
/// made are shown as what they are; whatever came from outside is handed out as a download without a type, so that no page, no
/// drawing and no script of a client's ever runs in our origin.
/// </summary>
internal static class FileEndpoint
{
    public const string Pattern = FileLinks.Root + "/{company}/{key}/{name}";

    public static void UseFiles(this IApplicationBuilder app) => app.UseWhen(
        context => context.Request.Path.StartsWithSegments(FileLinks.Root, StringComparison.OrdinalIgnoreCase),
        branch =>
            branch.UseMiddleware<Gate>(
                new OpenToAll(), new Refusals(new ApiErrors(app.ApplicationServices.GetRequiredService<TimeProvider>()))));

    public static void MapFiles(this IEndpointRouteBuilder routes) =>
        routes.MapMethods(Pattern, ["GET", "HEAD"], Handle).ExcludeFromDescription();

    private static async Task Handle(HttpContext context, NpgsqlDataSource database, string company, string key, string name)
    {
        var (response, headers) = (context.Response, context.Response.Headers);
        headers.ContentSecurityPolicy = "default-src 'none'; sandbox";
        headers["Cross-Origin-Resource-Policy"] = "cross-origin";
        if (await ServedFiles.Find(database, company, key, name, context.RequestAborted) is not { } file)
        {
            headers.CacheControl = "no-store";
            response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        headers.CacheControl = "public, max-age=31536000, immutable";
        if (EntityTags.IsKnown(context, file.Content.Sha256))
        {
            return;
        }

        if (file.Filename is { } filename)
        {
            var disposition = new ContentDispositionHeaderValue("attachment");
            disposition.SetHttpFileName(filename);
            headers.ContentDisposition = disposition.ToString();
        }

        response.ContentType = file.Filename is null ? file.Content.MediaType : "application/octet-stream";
        headers.ContentLength = file.Content.Size;
        if (HttpMethods.IsGet(context.Request.Method))
        {
            await Blob.CopyTo(database, company, file.Content, response.Body, context.RequestAborted);
        }
    }

    /// <summary>The address is the key.</summary>
    private sealed class OpenToAll : IAdmission
    {
        public ValueTask<bool> Admit(HttpContext context) => ValueTask.FromResult(true);

        public Writer? WriterOf(HttpContext context) => null;
    }

    /// <summary>Of a file that is not there there is nothing to say.</summary>
    private sealed class Refusals(ApiErrors errors) : IRefusals
    {
        public Task Refuse(HttpContext context, RefusedCallException refusal) => errors.Refuse(context, refusal);

        public Task Refuse(HttpContext context, int status)
        {
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        }

        public Task Unavailable(HttpContext context, UnavailableException reason) => errors.Unavailable(context, reason);

        public Task Fail(HttpContext context, string trace) => errors.Fail(context, trace);
    }
}
