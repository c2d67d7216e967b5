using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;
using Org.BouncyCastle.Math.EC.Rfc8032;

namespace PixeeEvents.Webhooks.Signing;

/// <summary>
/// Our ed25519 pair for <c>v1a</c>. A key in base64 is in the standard alphabet, padded; in the JWK it is base64url, unpadded.
/// </summary>
public sealed class SigningKey
{
    public const string Prefix = "whsk_";
    public const string PublicPrefix = "whpk_";

    private readonly byte[] _seed;
    private readonly byte[] _public = new byte[Ed25519.PublicKeySize];

    private SigningKey(byte[] seed)
    {
        _seed = seed;
        Ed25519.GeneratePublicKey(_seed, 0, _public, 0);
    }

    /// <summary>The secret form: <c>whsk_</c> and base64 of the 32 bytes of the seed and the 32 of the public key.</summary>
    public string Text => Prefix + Convert.ToBase64String([.. _seed, .. _public]);

    /// <summary>What a receiver needs: <c>whpk_</c> and base64 of 32 bytes.</summary>
    public string PublicText => PublicPrefix + Convert.ToBase64String(_public);

    public JsonWebKey PublicJwk
    {
        get
        {
            var x = Base64Url.EncodeToString(_public);
            var thumbprint = SHA256.HashData(Encoding.UTF8.GetBytes($$"""{"crv":"Ed25519","kty":"OKP","x":"{{x}}"}"""));
            return new JsonWebKey("OKP", "Ed25519", "sig", "EdDSA", Base64Url.EncodeToString(thumbprint), x);
        }
    }

    public static SigningKey Generate() => new(RandomNumberGenerator.GetBytes(Ed25519.SecretKeySize));

    /// <summary>Reads the <c>whsk_</c> form; a pair whose halves do not belong together is no key.</summary>
    public static SigningKey Parse(string text)
    {
        var bytes = new byte[Ed25519.SecretKeySize + Ed25519.PublicKeySize];
        if (text.StartsWith(Prefix, StringComparison.Ordinal)
            && Convert.TryFromBase64String(text[Prefix.Length..], bytes, out var length)
            && length == bytes.Length)
        {
            var key = new SigningKey(bytes[..Ed25519.SecretKeySize]);
            if (bytes.AsSpan(Ed25519.SecretKeySize).SequenceEqual(key._public))
            {
                return key;
            }
        }

        throw new FormatException("A signing key is whsk_ and the base64 form of an ed25519 seed and its public key.");
    }

    /// <summary>Never the key itself.</summary>
    public override string ToString() => PublicText;

    internal byte[] Sign(byte[] message)
    {
        var signature = new byte[Ed25519.SignatureSize];
        Ed25519.Sign(_seed, 0, _public, 0, message, 0, message.Length, signature, 0);
        return signature;
    }
}

/// <summary>A public key as RFC 8037 writes it; <paramref name="Kid"/> is its RFC 7638 thumbprint.</summary>
public sealed record JsonWebKey(
    [property: JsonPropertyName("kty")] string Kty,
    [property: JsonPropertyName("crv")] string Crv,
    [property: JsonPropertyName("use")] string Use,
    [property: JsonPropertyName("alg")] string Alg,
    [property: JsonPropertyName("kid")] string Kid,
    [property: JsonPropertyName("x")] string X);
