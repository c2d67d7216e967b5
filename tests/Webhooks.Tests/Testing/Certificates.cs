using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PixeeEvents.Webhooks.Sending;

namespace PixeeEvents.Webhooks.Tests.Testing;

/// <summary>A certificate authority of the spec's own.</summary>
internal sealed class Authority : IDisposable
{
    private readonly X509Certificate2 _issuer;

    private Authority(X509Certificate2 issuer) => _issuer = issuer;

    public static Authority Create()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new Authority(
            RequestOf(key, "CN=Authority").CreateSelfSigned(DateTimeOffset.UtcNow.AddYears(-2), DateTimeOffset.UtcNow.AddYears(2)));
    }

    /// <summary>What a sender that trusts this authority, and no other, is made of.</summary>
    public SenderOptions Trusted => Samples.Local with { TrustedRoots = [X509CertificateLoader.LoadCertificate(_issuer.RawData)] };

    /// <summary>A self-signed certificate: one that nobody vouches for.</summary>
    public static X509Certificate2 SelfSigned(string host)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = RequestOf(key, $"CN={host}", host)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return Usable(certificate);
    }

    /// <summary>An authority below this one, that receivers do not send along but point to.</summary>
    public Authority Below()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = Signed(RequestOf(key, "CN=Below"), DateTimeOffset.UtcNow.AddYears(1));
        return new Authority(certificate.CopyWithPrivateKey(key));
    }

    /// <param name="host">A name or an address.</param>
    /// <param name="issuerUrl">Where the certificate says that its issuer's can be had.</param>
    public X509Certificate2 Issue(string host, DateTimeOffset? until = null, Uri? issuerUrl = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = RequestOf(key, $"CN={host}", host);
        if (issuerUrl is not null)
        {
            request.CertificateExtensions.Add(new X509AuthorityInformationAccessExtension([issuerUrl.ToString()], [issuerUrl.ToString()]));
        }

        using var certificate = Signed(request, until ?? DateTimeOffset.UtcNow.AddDays(1));
        using var own = certificate.CopyWithPrivateKey(key);
        return Usable(own);
    }

    public byte[] Export() => _issuer.RawData;

    public void Dispose() => _issuer.Dispose();

    private X509Certificate2 Signed(CertificateRequest request, DateTimeOffset until) =>
        request.Create(_issuer, DateTimeOffset.UtcNow.AddYears(-1), until, RandomNumberGenerator.GetBytes(8));

    private static CertificateRequest RequestOf(ECDsa key, string subject, string? host = null)
    {
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(host is null, false, 0, true));
        if (host is not null)
        {
            var names = new SubjectAlternativeNameBuilder();
            if (IPAddress.TryParse(host, out var address))
            {
                names.AddIpAddress(address);
            }
            else
            {
                names.AddDnsName(host);
            }

            request.CertificateExtensions.Add(names.Build());
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        }

        return request;
    }

    private static X509Certificate2 Usable(X509Certificate2 certificate) =>
        X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
}
