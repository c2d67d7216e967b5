using System.Net;

namespace PixeeEvents.Http.Callers;

/// <summary>Who a caller without a name is: the address it comes from, of IPv6 the network that one subscriber has whole.</summary>
internal static class ClientAddress
{
    private const int SubscriberBytes = 8;

    public static string Of(HttpContext context) => Of(context.Connection.RemoteIpAddress ?? IPAddress.None);

    public static string Of(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4().ToString();
        }

        if (address.AddressFamily != System.Net.Sockets.AddressFamily.InterNetworkV6)
        {
            return address.ToString();
        }

        var bytes = address.GetAddressBytes();
        bytes.AsSpan(SubscriberBytes).Clear();
        return $"{new IPAddress(bytes)}/64";
    }
}
