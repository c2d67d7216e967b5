using PixeeEvents.Catalog;

namespace PixeeEvents.Winddle.Files;

/// <summary>The addresses of a company's files. Whoever has one may fetch it, without a key or a token; nobody guesses one.</summary>
public sealed class FileLinks
{
    public const string Root = "/files";

    private readonly string _root;

    private FileLinks(string address, string tenant) => _root = $"{address}{Root}/{Uri.EscapeDataString(tenant)}";

    /// <summary>Below the address of this server.</summary>
    public static FileLinks For(HttpContext context, string tenant) => new(ServerOf(context), tenant);

    public static string ServerOf(HttpContext context) => context.RequestServices.GetRequiredService<ServerAddress>().Of(context);

    /// <summary>The content of an attachment as it came.</summary>
    public string Original(AttachmentVersion version) => Of(version.Key, ServedFiles.Original);

    /// <summary>A size of an attachment that is a picture; empty when there is none.</summary>
    public string Size(AttachmentVersion version, string size) =>
        version.Sizes.TryGetValue(size, out var file) ? Of(version.Key, ServedFiles.NameOf(size, file)) : "";

    public string Of(string key, string name) => $"{_root}/{key}/{name}";
}
