using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace PixeeEvents.Accounts;

/// <summary>The raw form of a key or token: <c>pm_live_</c>, <c>pm_test_</c> or <c>pm_user_</c> and 256 random bits in base64url.</summary>
internal static class KeySecret
{
    public static string Create(bool test) =>
        (test ? "pm_test_" : "pm_live_") + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    public static string CreateToken() => "pm_user_" + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    /// <summary>A plain hash is enough: there is nothing to guess in 256 random bits.</summary>
    public static byte[] Hash(string raw) => SHA256.HashData(Encoding.UTF8.GetBytes(raw));

    public static string Hint(string raw) => raw[..12] + "…";
}
