using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace PixeeEvents.Webhooks.Signing;

/// <summary>The signatures of one attempt, as Standard Webhooks 1.0 and the documented <c>X-PM-Signature</c> define them.</summary>
internal static class Signature
{
    /// <summary>
    /// Over <c>id.timestamp.body</c>: one <c>v1</c> per secret, then one <c>v1a</c> per key, in the given order (newest first).
    /// </summary>
    public static string Standard(
        IEnumerable<Secret> secrets, IEnumerable<SigningKey> keys, string id, long timestamp, ReadOnlySpan<byte> body)
    {
        byte[] message = [.. Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{timestamp}.")), .. body];
        return string.Join(
            ' ',
            secrets.Select(s => "v1," + Convert.ToBase64String(HMACSHA256.HashData(s.Key, message)))
                .Concat(keys.Select(k => "v1a," + Convert.ToBase64String(k.Sign(message)))));
    }

    /// <summary>Over the body alone.</summary>
    public static string Documented(Secret newest, ReadOnlySpan<byte> body) =>
        "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(newest.TextKey, body));
}
