using System.Net;
using Microsoft.Extensions.Primitives;

namespace PixeeEvents.Http;

/// <summary>The address under which others find this server; the beginning of every link.</summary>
/// <param name="IsSet">Given by the settings; otherwise it is where this node listens.</param>
public sealed record PublicAddress(Uri Url, bool IsSet)
{
    /// <param name="served">Where this node listens.</param>
    /// <exception cref="CommandException">The setting is no address.</exception>
    public static PublicAddress Of(IConfiguration configuration, string served)
    {
        if ((configuration["PIXEE_PUBLIC_URL"] ?? configuration["PublicUrl"]) is not { Length: > 0 } given)
        {
            return new PublicAddress(new Uri(served), false);
        }

        return Uri.TryCreate(given, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
            && url is { UserInfo: "", Query: "", Fragment: "" }
            ? new PublicAddress(url, true)
            : throw new CommandException("PIXEE_PUBLIC_URL is no address such as https://shop.example.com, without credentials and query.");
    }
}

/// <summary>Where links in answers to a call begin.</summary>
internal sealed class ServerAddress
{
    private static readonly string[] Loopback = ["localhost", "127.0.0.1", "[::1]"];

    private readonly PublicAddress _address;
    private readonly IList<StringSegment> _hosts;

    public ServerAddress(PublicAddress address, HttpOptions options)
    {
        var named = options.Hosts();
        (_address, TakesAny) = (address, named.Count == 0);
        _hosts = [.. named.Concat(Loopback).Append(address.Url.Host).Select(h => new StringSegment(h))];
    }

    /// <summary>Calls to whatever host are answered.</summary>
    public bool TakesAny { get; }

    /// <summary>Whether calls to that host are answered at all.</summary>
    public bool Takes(HostString host) => TakesAny || IsOurs(host) || !host.HasValue;

    /// <summary>
    /// The public address when it is set; else the host that was called, if it is one of ours; else where this node listens.
    /// </summary>
    public string Of(HttpContext context)
    {
        var request = context.Request;
        if (_address.IsSet)
        {
            return _address.Url.ToString().TrimEnd('/');
        }

        if (IsOurs(request.Host))
        {
            return $"{request.Scheme}://{request.Host}{request.PathBase}";
        }

        var (url, connection) = (_address.Url, context.Connection);
        var isSomewhere = url.Port == 0 || url.Host is "0.0.0.0" or "[::]";
        // Listening everywhere, or on whatever port was free, it is where the call arrived.
        return isSomewhere && connection.LocalIpAddress is { } local
            ? $"{url.Scheme}://{new IPEndPoint(local.IsIPv4MappedToIPv6 ? local.MapToIPv4() : local, connection.LocalPort)}"
            : url.GetLeftPart(UriPartial.Authority);
    }

    private bool IsOurs(HostString host) => host.HasValue && HostString.MatchesAny(host.Value, _hosts);
}
