using PixeeEvents.Catalog;

namespace PixeeEvents.Host.Files;

/// <summary>The addresses of a company's files. Whoever has one may fetch it, without a key or a token; nobody guesses one.</summary>
internal sealed class FileLinks
{
    public const string Root = "/files";

    private readonly string _root;

    private FileLinks(string address, string tenant) => _root = $"{address}{Root}/{Uri.EscapeDataString(tenant)}";

    /// <summary>Below the address of this server.</summary>
    public static FileLinks For(HttpContext context, string tenant) => new(ServerOf(context), tenant);

    /// <summary>The public address of this server when it is set, otherwise the one that the caller has used.</summary>
    public static string ServerOf(HttpContext context)
    {
        var configuration = context.RequestServices.GetRequiredService<IConfiguration>();
        var set = configuration["PIXEE_PUBLIC_URL"] ?? configuration["PublicUrl"];
        return string.IsNullOrEmpty(set) ? $"{context.Request.Scheme}://{context.Request.Host}{context.Request.PathBase}" : set.TrimEnd('/');
    }

    /// <summary>The content of an attachment as it came.</summary>
    public string Original(AttachmentVersion version) => Of(version.Key, ServedFiles.Original);

    /// <summary>A size of an attachment that is a picture; empty when there is none.</summary>
    public string Size(AttachmentVersion version, string size) =>
        version.Sizes.TryGetValue(size, out var file) ? Of(version.Key, ServedFiles.NameOf(size, file)) : "";

    public string Of(string key, string name) => $"{_root}/{key}/{name}";
}
