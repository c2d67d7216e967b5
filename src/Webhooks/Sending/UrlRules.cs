using System.Net;
using PixeeEvents.EventLog;

namespace PixeeEvents.Webhooks.Sending;

/// <summary>Which URLs may be called, as far as that can be told without asking the network.</summary>
public static class UrlRules
{
    private const int MaxLength = 2048;

    /// <summary>
    /// Reads a URL that a client gave. A number for a host, in whatever notation (<c>2130706433</c>, <c>0x7f.1</c>, <c>0177.0.0.1</c>),
    /// comes out as the address it means and is judged as that; a name is judged again at every connection.
    /// </summary>
    public static Uri? Parse(string text, SenderOptions options, out Refusal? refusal)
    {
        var problem = text.Length > MaxLength || text.Any(c => char.IsControl(c) || char.IsWhiteSpace(c))
            ? $"A URL has at most {MaxLength} characters, no spaces among them."
            : !Uri.TryCreate(text, UriKind.Absolute, out var url) ? "This is not an absolute URL." : Problem(url, options);
        refusal = problem is null ? null : new Refusal("invalid_url", problem);
        return problem is null ? new Uri(text) : null;
    }

    /// <summary>The form for logs and spans: no credentials, no query.</summary>
    public static string Redacted(Uri url) =>
        url.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped) + (url.Query.Length > 1 ? "?…" : "");

    internal static bool IsAllowedScheme(Uri url, SenderOptions options) =>
        url.Scheme == Uri.UriSchemeHttps || (options.AllowHttp && url.Scheme == Uri.UriSchemeHttp);

    private static string? Problem(Uri url, SenderOptions options)
    {
        if (!IsAllowedScheme(url, options))
        {
            return options.AllowHttp ? "A URL begins with https:// or http://." : "A URL begins with https://.";
        }

        if (url.UserInfo.Length > 0)
        {
            return "A URL carries no credentials; send them in a header, such as Authorization.";
        }

        if (url.Fragment.Length > 0)
        {
            return "A URL to be called has no fragment (#).";
        }

        if (url.Host.Length == 0 || url.Port == 0)
        {
            return "A URL to be called names a host, and a port other than 0.";
        }

        return LiteralOf(url) is { } address && new AddressGuard(options.AllowedNetworks).Refuses(address)
            ? "This address is not on the public internet."
            : null;
    }

    /// <summary>The address, when the host is no name; localhost is by definition none.</summary>
    private static IPAddress? LiteralOf(Uri url)
    {
        var host = url.IdnHost.TrimEnd('.');
        return host is "localhost" || host.EndsWith(".localhost", StringComparison.Ordinal) ? IPAddress.Loopback
            : IPAddress.TryParse(host, out var address) ? address
            : null;
    }
}
