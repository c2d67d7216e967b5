using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace PixeeEvents.Webhooks.Sending;

/// <summary>
/// Connections to addresses that clients chose. A name is resolved, every address it has is judged, and the connection goes to one of
/// those very addresses, so no second answer of a name server can slip in between; one bad address among good ones refuses the name.
/// A pooled connection was judged when it was made, and lives two minutes at most, so a change of the name is seen soon. TLS verifies
/// the name in the URL, not the address. Nothing here follows a redirect, a proxy, a cookie or a certificate's link to its issuer.
/// </summary>
internal sealed class VettedConnections : IDisposable
{
    private readonly AsyncLocal<RequestRoute?> _route = new();
    private readonly ConcurrentDictionary<DnsEndPoint, VettedStream> _latest = new();
    private readonly AddressGuard _guard;
    private readonly TimeSpan _timeout;
    private readonly Func<string, CancellationToken, Task<IPAddress[]>> _resolve;
    private readonly HttpMessageInvoker _invoker;
    private readonly HttpMessageInvoker _fresh;

    public VettedConnections(SenderOptions options, Func<string, CancellationToken, Task<IPAddress[]>> resolve)
    {
        _guard = new AddressGuard(options.AllowedNetworks);
        _timeout = options.ConnectTimeout;
        _resolve = resolve;
        _invoker = new HttpMessageInvoker(HandlerOf(options, TimeSpan.FromMinutes(2)));
        _fresh = new HttpMessageInvoker(HandlerOf(options, TimeSpan.Zero));
    }

    /// <summary>Returns with the answer's headers; its body is not read yet.</summary>
    /// <param name="fresh">Over a connection of its own, which nothing was sent over before.</param>
    public async Task<HttpResponseMessage> Send(
        HttpRequestMessage message, RequestRoute route, CancellationToken cancellationToken, bool fresh = false)
    {
        _route.Value = route;
        var response = await (fresh ? _fresh : _invoker).SendAsync(message, cancellationToken);
        route.Answered();
        return response;
    }

    /// <summary>
    /// Where a request went. Those that share an HTTP/2 connection are written in no flow of their own; a host has one of these.
    /// </summary>
    public IPAddress? AddressOf(RequestRoute route, Uri url) =>
        route.Address ?? (_latest.TryGetValue(new DnsEndPoint(url.IdnHost, url.Port), out var latest) ? latest.Address : null);

    public void Dispose()
    {
        _invoker.Dispose();
        _fresh.Dispose();
    }

    private SocketsHttpHandler HandlerOf(SenderOptions options, TimeSpan lifetime) => new()
    {
        ConnectCallback = Connect,
        PlaintextStreamFilter = (context, _) => ValueTask.FromResult<Stream>(new TrackedConnection(context.PlaintextStream, _route)),
        ConnectTimeout = options.ConnectTimeout,
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.None,
        ActivityHeadersPropagator = null,
        MaxResponseHeadersLength = 16,
        MaxResponseDrainSize = 0,

        // Of different subscribers, many have the same host: none of them may use up the streams or connections of the others.
        EnableMultipleHttp2Connections = true,
        PooledConnectionLifetime = lifetime,
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),

        // A shared HTTP/2 connection that went silent would otherwise fail every request until its end of life.
        KeepAlivePingDelay = TimeSpan.FromSeconds(10),
        KeepAlivePingTimeout = TimeSpan.FromSeconds(5),
        KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
        SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = PolicyOf(options.TrustedRoots) },
    };

    private async ValueTask<Stream> Connect(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var host = context.DnsEndPoint;
        var addresses = await Vetted(host.Host, cancellationToken);
        var failure = AttemptError.Dns;
        foreach (var address in addresses)
        {
            using var share = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            share.CancelAfter(_timeout / addresses.Length);
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(new IPEndPoint(address, host.Port), share.Token);
                return _latest[host] = new VettedStream(this, socket, host, address);
            }
            catch (Exception e) when (
                e is SocketException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                socket.Dispose();
                failure = AttemptError.Connect;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }

        throw new FailedConnectionException(failure);
    }

    private async Task<IPAddress[]> Vetted(string host, CancellationToken cancellationToken)
    {
        IPAddress[] found;
        try
        {
            found = IPAddress.TryParse(host.TrimEnd('.'), out var literal) ? [literal] : await _resolve(host, cancellationToken);
        }
        catch (SocketException)
        {
            throw new FailedConnectionException(AttemptError.Dns);
        }

        return found.Any(_guard.Refuses)
            ? throw new FailedConnectionException(AttemptError.AddressRefused)
            : [.. found.Select(AddressGuard.Unmapped)];
    }

    private static X509ChainPolicy PolicyOf(IReadOnlyList<X509Certificate2> roots)
    {
        // Fetching issuers or revocation lists would call URLs that the receiver's certificate names.
        var policy = new X509ChainPolicy { DisableCertificateDownloads = true, RevocationMode = X509RevocationMode.NoCheck };
        if (roots.Count > 0)
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.CustomTrustStore.AddRange(roots.ToArray());
        }

        return policy;
    }

    /// <summary>Tells the request that is written to it where it goes: an HTTP/1.1 request is written in the flow that sends it.</summary>
    private sealed class VettedStream(VettedConnections owner, Socket socket, DnsEndPoint host, IPAddress address)
        : NetworkStream(socket, ownsSocket: true)
    {
        public IPAddress Address => address;

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (owner._route.Value is { } route)
            {
                route.Address = address;
            }

            return base.WriteAsync(buffer, cancellationToken);
        }

        protected override void Dispose(bool disposing)
        {
            owner._latest.TryRemove(KeyValuePair.Create(host, this));
            base.Dispose(disposing);
        }
    }
}

/// <summary>No connection, for a reason that the HTTP client has no word for.</summary>
internal sealed class FailedConnectionException(AttemptError error) : IOException($"No connection: {error}")
{
    public AttemptError Error { get; } = error;
}
