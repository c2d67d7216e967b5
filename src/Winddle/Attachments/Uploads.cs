using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.StaticFiles;
using PixeeEvents.Catalog;
using PixeeEvents.Webhooks;
using PixeeEvents.Webhooks.Sending;
using PixeeEvents.Winddle.Images;
using PixeeEvents.Winddle.Wire;

namespace PixeeEvents.Winddle.Attachments;

/// <summary>A file as it came, whichever way.</summary>
/// <param name="DeclaredType">What the sender says it is.</param>
internal sealed record Upload(byte[] Content, string Filename, string? DeclaredType);

/// <summary>A version ready to be attached, without its number; nothing is stored yet.</summary>
internal sealed record PreparedVersion(AttachmentVersion Version, IReadOnlyList<Blob> Blobs);

/// <summary>Takes files out of calls: parts of a form, Base64 texts, and addresses to download from.</summary>
public sealed class Uploads
{
    /// <summary>Of a body that holds the largest file as Base64.</summary>
    internal const long MaxBodyBytes = (ImageScaler.MaxBytes * 4L / 3) + (1024 * 1024);

    /// <summary>Of a form with the largest file.</summary>
    internal const long MaxFormBytes = ImageScaler.MaxBytes + (1024 * 1024);

    private const int MaxFilename = 255;
    private const string Unknown = "application/octet-stream";

    private static readonly TimeSpan DownloadLimit = TimeSpan.FromSeconds(30);
    private static readonly FileExtensionContentTypeProvider TypesByExtension = new();
    private static readonly string TooLarge = $"is larger than {ImageScaler.MaxBytes / 1024 / 1024} MB";

    private readonly ImageScaler _scaler;
    private readonly Fetch _fetch;

    internal Uploads(ImageScaler scaler, Fetch fetch) => (_scaler, _fetch) = (scaler, fetch);

    /// <summary>The picture that a form brings for a product; null when it brings none.</summary>
    /// <exception cref="RefusedRequestException">422 for what is no picture, 503 when none can be taken now.</exception>
    internal async Task<PreparedImage?> Image(HttpContext context)
    {
        if (PartOf(context) is not { } part)
        {
            return null;
        }

        var errors = new Errors();
        if (await Read(part, "image", errors, context.RequestAborted) is not { } upload)
        {
            errors.ThrowIfAny();
            return null;
        }

        var (image, problem) = await _scaler.Prepare(upload.Content, context.RequestAborted);
        if (image is null)
        {
            RefuseUnlessScaling(context, problem);
            errors.Add("image", Sentence(problem));
            errors.ThrowIfAny();
        }

        return image;
    }

    internal static bool BringsImage(HttpContext context) => PartOf(context) is not null;

    /// <summary>
    /// The content that a call brings for an attachment: its Base64 text, else what its address gives, else the part of its form.
    /// </summary>
    /// <returns>Null when it brings none, or one that the errors of <paramref name="version"/> speak of.</returns>
    internal async Task<Upload?> Read(HttpContext context, Input version, string? name)
    {
        var (errors, stop) = (version.Errors, context.RequestAborted);
        if (version.Node("base64_data") is { } data)
        {
            return Base64(data, version.Text("filename") ?? name, errors);
        }

        if (version.Text("remote_attached_url", 2048) is { } url)
        {
            return await Download(url, errors, stop);
        }

        if (!context.Request.HasFormContentType || context.Request.Form.Files.Count == 0)
        {
            return null;
        }

        if (context.Request.Form.Files.Count > 1)
        {
            errors.Add("attached", "takes one file per call");
            return null;
        }

        return await Read(context.Request.Form.Files[0], "attached", errors, stop);
    }

    /// <summary>
    /// A version of what was uploaded, with sizes when it is a picture that can be scaled; any other file is taken as it is.
    /// </summary>
    internal async Task<PreparedVersion> Prepare(HttpContext context, Upload upload, string? note)
    {
        var sizes = new Dictionary<string, Blob>(StringComparer.Ordinal);
        var type = TypeOf(upload);
        if (ImageFile.Read(upload.Content, out _) is not null)
        {
            var (scaled, problem) = await _scaler.Scale(upload.Content, ImageSize.Attachment, context.RequestAborted);
            RefuseUnlessScaling(context, problem);
            if (scaled is not null)
            {
                type = scaled.Original.File.MediaType;
                sizes = new Dictionary<string, Blob>(scaled.Sizes, StringComparer.Ordinal);
            }
        }

        var content = Blob.Of(upload.Content, type);
        return new PreparedVersion(
            new AttachmentVersion(
                0,
                ImageScaler.NewKey(),
                upload.Filename,
                note,
                content.File,
                sizes.ToDictionary(s => s.Key, s => s.Value.File, StringComparer.Ordinal)),
            [content, .. sizes.Values]);
    }

    private static IFormFile? PartOf(HttpContext context) =>
        context.Request.HasFormContentType
            ? context.Request.Form.Files.FirstOrDefault(f => f.Name is "image" or "product[image]")
            : null;

    private static async Task<Upload?> Read(IFormFile part, string field, Errors errors, CancellationToken cancellationToken)
    {
        if (part.Length is 0 or > ImageScaler.MaxBytes)
        {
            errors.Add(field, part.Length == 0 ? "is empty" : TooLarge);
            return null;
        }

        var content = new byte[part.Length];
        await using var stream = part.OpenReadStream();
        await stream.ReadExactlyAsync(content, cancellationToken);
        return new Upload(content, Filename(part.FileName), part.ContentType);
    }

    /// <summary>Base64, also as a <c>data:</c> address.</summary>
    private static Upload? Base64(JsonNode data, string? filename, Errors errors)
    {
        if (data.GetValueKind() != JsonValueKind.String)
        {
            errors.Add("base64_data", Errors.Invalid);
            return null;
        }

        string? type = null;
        var text = TextForm.Trim(data.GetValue<string>().AsSpan());
        if (text.StartsWith("data:", StringComparison.OrdinalIgnoreCase) && text.IndexOf(',') is > 0 and var comma)
        {
            type = text[5..comma].ToString().Split(';')[0];
            text = text[(comma + 1)..];
        }

        var content = new byte[(text.Length / 4 * 3) + 3];
        if (!Convert.TryFromBase64Chars(text, content, out var length))
        {
            errors.Add("base64_data", "is not Base64");
            return null;
        }

        if (length is 0 or > ImageScaler.MaxBytes)
        {
            errors.Add("base64_data", length == 0 ? "is empty" : TooLarge);
            return null;
        }

        return new Upload(content[..length], Filename(filename ?? "file"), type);
    }

    private async Task<Upload?> Download(string url, Errors errors, CancellationToken cancellationToken)
    {
        const string field = "remote_attached_url";
        if (!Uri.TryCreate(url, UriKind.Absolute, out var address))
        {
            errors.Add(field, Errors.Invalid);
            return null;
        }

        if (address.UserInfo.Length > 0)
        {
            errors.Add(field, "carries credentials");
            return null;
        }

        using var content = new MemoryStream();
        var download = await _fetch.Download(address, content, ImageScaler.MaxBytes, DownloadLimit, cancellationToken);
        var problem = download switch
        {
            { IsTooLarge: true } => TooLarge,
            { Error: AttemptError.AddressRefused } => "is not an https address of the public internet",
            { Error: AttemptError.Status } => string.Create(CultureInfo.InvariantCulture, $"answered {download.Status}"),
            { Error: { } error } => $"could not be downloaded ({error.ToString().ToLowerInvariant()})",
            { Length: 0 } => "is empty",
            _ => null,
        };
        if (problem is not null)
        {
            errors.Add(field, problem);
            return null;
        }

        return new Upload(content.ToArray(), Filename(Uri.UnescapeDataString(address.Segments[^1])), download.ContentType?.Split(';')[0]);
    }

    /// <summary>The last part of a path, without characters that no name has.</summary>
    private static string Filename(string name)
    {
        var last = name[(name.LastIndexOfAny(['/', '\\']) + 1)..];
        var clean = TextForm.Clean(
            string.Concat(last.EnumerateRunes().Where(r => !Rune.IsControl(r) && r.Value is not (0xFFFD or 0xFFFE))));
        var kept = clean.Length <= MaxFilename ? clean : clean[^MaxFilename..];
        return kept.Length == 0 ? "file" : char.IsLowSurrogate(kept[0]) ? kept[1..] : kept;
    }

    private static string TypeOf(Upload upload) =>
        upload.DeclaredType is { Length: > 0 and < 128 } declared and not Unknown
        && System.Net.Http.Headers.MediaTypeHeaderValue.TryParse(declared, out var type)
            ? type.MediaType!
            : TypesByExtension.TryGetContentType(upload.Filename, out var known) ? known : Unknown;

    private static void RefuseUnlessScaling(HttpContext context, ImageProblem problem)
    {
        if (problem is ImageProblem.Unavailable or ImageProblem.Busy)
        {
            context.Response.Headers.RetryAfter = problem == ImageProblem.Busy ? "5" : "3600";
            throw new RefusedRequestException(
                StatusCodes.Status503ServiceUnavailable,
                problem == ImageProblem.Busy
                    ? "Too many pictures are being scaled; try again."
                    : "No picture can be taken: libvips is not installed on the server.");
        }
    }

    private static string Sentence(ImageProblem problem) => problem switch
    {
        ImageProblem.NotAPicture => "is not a JPEG, PNG, WebP or GIF picture",
        ImageProblem.Disguised => "holds a page or a script",
        ImageProblem.TooManyPixels => "has too many pixels",
        ImageProblem.TooLarge => TooLarge,
        _ => "is broken",
    };
}
