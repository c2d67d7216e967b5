using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Org.BouncyCastle.Math.EC.Rfc8032;

namespace PixeeEvents.Webhooks.Tests.Testing;

/// <summary>A receiver's side of Standard Webhooks 1.0, written from its text.</summary>
internal sealed class Verifier(byte[]? secret, byte[]? publicKey)
{
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    public static Verifier OfSecret(string text) => new(Convert.FromBase64String(text["whsec_".Length..]), null);

    public static Verifier OfPublicKey(string text) => new(null, Convert.FromBase64String(text["whpk_".Length..]));

    public bool Accepts(string id, string timestamp, string? signatures, byte[] body, DateTimeOffset now)
    {
        if (signatures is null
            || !long.TryParse(timestamp, CultureInfo.InvariantCulture, out var seconds)
            || (now - DateTimeOffset.FromUnixTimeSeconds(seconds)).Duration() > Tolerance)
        {
            return false;
        }

        byte[] message = [.. Encoding.UTF8.GetBytes($"{id}.{timestamp}."), .. body];
        return signatures.Split(' ').Select(s => s.Split(',', 2)).Any(s => s.Length == 2 && s[0] switch
        {
            "v1" => secret is not null && CryptographicOperations.FixedTimeEquals(
                Encoding.UTF8.GetBytes(s[1]), Encoding.UTF8.GetBytes(Convert.ToBase64String(HMACSHA256.HashData(secret, message)))),
            "v1a" => publicKey is not null && Convert.FromBase64String(s[1]) is { Length: 64 } signature
                && Ed25519.Verify(signature, 0, publicKey, 0, message, 0, message.Length),
            _ => false,
        });
    }
}
