using System.Security.Cryptography;
using System.Text;
using PixeeEvents.EventLog;

namespace PixeeEvents.Webhooks.Signing;

/// <summary>
/// What a subscriber verifies with, in one of two forms. <c>whsec_</c> and base64 (standard alphabet, padded) of 24 to 64 bytes: the
/// decoded bytes are the key of <c>webhook-signature</c>. Any other text: its UTF-8 bytes are; the published libraries take those as
/// <c>new Webhook(Buffer.from(secret), { format: "raw" })</c>. The key of <c>X-PM-Signature</c> is in both forms the UTF-8 bytes of the
/// whole text, prefix included, because its documented receiver computes with the secret as it was given.
/// </summary>
public sealed class Secret
{
    public const string Prefix = "whsec_";

    private const int MaxLength = 256;

    public Secret(string text)
    {
        Text = text;
        TextKey = Encoding.UTF8.GetBytes(text);
        Key = Decode(text) ?? TextKey;
    }

    public string Text { get; }

    internal byte[] Key { get; }

    internal byte[] TextKey { get; }

    public static Secret Generate() => new(Prefix + Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));

    /// <summary>Why a subscriber may not have this secret; null when it may.</summary>
    public static Refusal? Refuse(string text) =>
        Problem(text) is { } problem ? new Refusal("invalid_secret", problem) : null;

    /// <summary>Never the secret itself.</summary>
    public override string ToString() => "a secret";

    private static string? Problem(string text)
    {
        if (text.Length is 0 or > MaxLength)
        {
            return $"A secret has 1 to {MaxLength} characters.";
        }

        if (text.Any(char.IsControl) || char.IsWhiteSpace(text[0]) || char.IsWhiteSpace(text[^1]))
        {
            return "A secret has no control characters and neither begins nor ends with a space.";
        }

        return text.StartsWith(Prefix, StringComparison.Ordinal) && Decode(text) is not { Length: >= 24 and <= 64 }
            ? "After whsec_ comes the base64 form of 24 to 64 bytes."
            : null;
    }

    private static byte[]? Decode(string text)
    {
        if (!text.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return null;
        }

        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text[Prefix.Length..], bytes, out var length) && length > 0 ? bytes[..length] : null;
    }
}
