using System.Net;

namespace PixeeEvents.Http;

/// <summary>Whose word is taken for where a call came from and went to. Section <c>Http</c> of the settings.</summary>
internal sealed class HttpOptions
{
    /// <summary>
    /// Addresses or networks of reverse proxies, separated by commas: their <c>X-Forwarded-</c> headers count, nobody else's.
    /// </summary>
    public string TrustedProxies { get; set; } = "";

    /// <summary>
    /// Hosts under which this server may be called, separated by commas; <c>*.example.com</c> is any below it. None: any host.
    /// </summary>
    public string AllowedHosts { get; set; } = "";

    /// <exception cref="CommandException">One is none.</exception>
    public IReadOnlyList<IPNetwork> Proxies() => [.. Parts(TrustedProxies).Select(p =>
        IPNetwork.TryParse(p, out var network) ? network
        : IPAddress.TryParse(p, out var address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8)
        : throw new CommandException($"Http__TrustedProxies: '{p}' is neither an address nor a network such as 10.1.0.0/16."))];

    /// <exception cref="CommandException">One is none.</exception>
    public IReadOnlyList<string> Hosts() => [.. Parts(AllowedHosts).Select(h =>
        h.AsSpan().IndexOfAny("/@ ?#") < 0
            ? h
            : throw new CommandException($"Http__AllowedHosts: '{h}' is no host such as shop.example.com."))];

    private static string[] Parts(string list) => list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
