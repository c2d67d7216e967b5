using System.Net;
using System.Net.Sockets;

namespace PixeeEvents.Webhooks.Sending;

/// <summary>
/// Which addresses we may be talked into calling. Refused are those that are not of the public internet, and those that carry
/// another address inside, whatever that is. Only <paramref name="allowed"/>, set by the operator, overrules it.
/// </summary>
public sealed class AddressGuard(IReadOnlyCollection<IPNetwork> allowed)
{
    private static readonly IPNetwork[] RefusedV4 =
    [
        IPNetwork.Parse("0.0.0.0/8"), // this network
        IPNetwork.Parse("10.0.0.0/8"), // private
        IPNetwork.Parse("100.64.0.0/10"), // carrier-grade NAT
        IPNetwork.Parse("127.0.0.0/8"), // loopback
        IPNetwork.Parse("168.63.129.16/32"), // Azure's host agent, on a public number
        IPNetwork.Parse("169.254.0.0/16"), // link-local, the clouds' metadata
        IPNetwork.Parse("172.16.0.0/12"), // private
        IPNetwork.Parse("192.0.0.0/24"), // protocol assignments
        IPNetwork.Parse("192.0.2.0/24"), // documentation
        IPNetwork.Parse("192.88.99.0/24"), // 6to4 relays
        IPNetwork.Parse("192.168.0.0/16"), // private
        IPNetwork.Parse("198.18.0.0/15"), // benchmarks
        IPNetwork.Parse("198.51.100.0/24"), // documentation
        IPNetwork.Parse("203.0.113.0/24"), // documentation
        IPNetwork.Parse("224.0.0.0/4"), // multicast
        IPNetwork.Parse("240.0.0.0/4"), // reserved, broadcast
    ];

    /// <summary>
    /// All that is global unicast today; outside lie loopback, v4-compatible, NAT64, ULA, link- and site-local, multicast, SRv6.
    /// </summary>
    private static readonly IPNetwork GlobalV6 = IPNetwork.Parse("2000::/3");

    private static readonly IPNetwork[] RefusedV6 =
    [
        IPNetwork.Parse("2001::/23"), // special purposes, Teredo among them
        IPNetwork.Parse("2001:db8::/32"), // documentation
        IPNetwork.Parse("2002::/16"), // 6to4
        IPNetwork.Parse("3fff::/20"), // documentation
    ];

    public bool Refuses(IPAddress address)
    {
        var actual = Unmapped(address);
        return !allowed.Any(n => n.Contains(actual)) && actual.AddressFamily switch
        {
            AddressFamily.InterNetwork => RefusedV4.Any(n => n.Contains(actual)),
            AddressFamily.InterNetworkV6 => !GlobalV6.Contains(actual) || RefusedV6.Any(n => n.Contains(actual)),
            _ => true,
        };
    }

    /// <summary>The address that a connection to <paramref name="address"/> goes to.</summary>
    internal static IPAddress Unmapped(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
