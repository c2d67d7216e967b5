using System.Text;
using PixeeEvents.Webhooks.Signing;
using PixeeEvents.Webhooks.Tests.Testing;
using Xunit;

namespace PixeeEvents.Webhooks.Tests.Signing;

/// <summary>The published vectors of Standard Webhooks, Svix and GitHub.</summary>
public sealed class SignatureSpecs
{
    private const string Secret1 = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private const string Id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    private const long Timestamp = 1614265330;
    private const string Expected1 = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    private const string SigningKey3 = "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==";
    private const string PublicKey3 = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=";
    private const string Expected3 = "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==";

    private static readonly byte[] Body = """{"test": 2432232314}"""u8.ToArray();

    [Fact]
    public void v1_is_the_vector_of_the_standard_webhooks_libraries() =>
        Assert.Equal(Expected1, Signature.Standard([new Secret(Secret1)], [], Id, Timestamp, Body));

    [Fact]
    public void v1_is_the_vector_of_the_svix_manual() =>
        Assert.Equal(
            "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=",
            Signature.Standard(
                [new Secret("whsec_plJ3nmyCDGBKInavdOK15jsl")], [], "msg_loFOjxBNrRLzqYUf", 1731705121,
                """{"event_type":"ping","data":{"success":true}}"""u8));

    [Fact]
    public void v1a_is_the_vector_of_svix() =>
        Assert.Equal(Expected3, Signature.Standard([], [SigningKey.Parse(SigningKey3)], Id, Timestamp, Body));

    [Fact]
    public void v1a_is_verified_with_the_public_key_alone()
    {
        var at = DateTimeOffset.FromUnixTimeSeconds(Timestamp);
        var verifier = Verifier.OfPublicKey(SigningKey.Parse(SigningKey3).PublicText);
        Assert.Equal(PublicKey3, SigningKey.Parse(SigningKey3).PublicText);
        Assert.True(
            verifier.Accepts(
                Id, "1614265330", Signature.Standard([new Secret(Secret1)], [SigningKey.Parse(SigningKey3)], Id, Timestamp, Body), Body,
                at));
        Assert.False(verifier.Accepts(Id, "1614265330", Signature.Standard([], [SigningKey.Generate()], Id, Timestamp, Body), Body, at));
        Assert.False(verifier.Accepts(Id, "1614265330", Expected3, [.. Body, 32], at));
    }

    [Fact]
    public void the_documented_signature_is_the_vector_of_github() =>
        Assert.Equal(
            "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
            Signature.Documented(new Secret("It's a Secret to Everybody"), "Hello, World!"u8));

    [Theory]
    [InlineData("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLawdd", "1614265330", 0)]
    [InlineData("v1,", "1614265330", 0)]
    [InlineData("v1,g0hM9", "1614265330", 0)]
    [InlineData(null, "1614265330", 0)]
    [InlineData(Expected1, "hello", 0)]
    [InlineData(Expected1, "1614265330", 301)]
    [InlineData(Expected1, "1614265330", -301)]
    public void a_receiver_refuses_what_we_did_not_sign_or_not_now(string? signature, string timestamp, int secondsLater) =>
        Assert.False(
            Verifier.OfSecret(Secret1)
                .Accepts(Id, timestamp, signature, Body, DateTimeOffset.FromUnixTimeSeconds(Timestamp + secondsLater)));

    [Fact]
    public void a_receiver_finds_its_signature_among_those_of_other_secrets_and_versions()
    {
        var ours = Signature.Standard(
            [Secret.Generate(), new Secret(Secret1), Secret.Generate()], [SigningKey.Parse(SigningKey3)], Id, Timestamp, Body);
        var at = DateTimeOffset.FromUnixTimeSeconds(Timestamp);
        Assert.True(Verifier.OfSecret(Secret1).Accepts(Id, "1614265330", ours, Body, at));
        Assert.True(
            Verifier.OfSecret(Secret1)
                .Accepts(Id, "1614265330", $"v1,{new string('A', 43)}= v2,{Expected1[3..]} {Expected1} v1,x", Body, at));
        Assert.False(Verifier.OfSecret(Secret1).Accepts(Id, "1614265330", $"v1,{new string('A', 43)}= v2,{Expected1[3..]}", Body, at));
    }

    [Fact]
    public void live_secrets_sign_new_then_old_and_keys_after_them()
    {
        Secret[] secrets = [Secret.Generate(), Secret.Generate()];
        var key = SigningKey.Generate();
        Assert.Equal(
            string.Join(
                ' ', Signature.Standard([secrets[0]], [], Id, 1, Body), Signature.Standard([secrets[1]], [], Id, 1, Body),
                Signature.Standard([], [key], Id, 1, Body)),
            Signature.Standard(secrets, [key], Id, 1, Body));
    }

    [Fact]
    public void a_generated_secret_holds_32_bytes_and_is_never_made_twice()
    {
        var (one, two) = (Secret.Generate(), Secret.Generate());
        Assert.Equal(32, Convert.FromBase64String(one.Text["whsec_".Length..]).Length);
        Assert.NotEqual(one.Text, two.Text);
        Assert.Null(Secret.Refuse(one.Text));
    }

    [Fact]
    public void a_free_text_is_the_key_of_both_signatures_as_its_utf8_bytes()
    {
        var secret = new Secret("clé partagée");
        var key = Encoding.UTF8.GetBytes("clé partagée");
        Assert.True(
            new Verifier(key, null)
                .Accepts(
                    Id, "1614265330", Signature.Standard([secret], [], Id, Timestamp, Body), Body,
                    DateTimeOffset.FromUnixTimeSeconds(Timestamp)));
        Assert.Equal(
            "sha256=" + Convert.ToHexStringLower(System.Security.Cryptography.HMACSHA256.HashData(key, Body)),
            Signature.Documented(secret, Body));
    }

    [Fact]
    public void the_documented_signature_takes_a_whsec_secret_as_the_text_it_was_given_as() =>
        Assert.Equal(
            "sha256=" + Convert.ToHexStringLower(System.Security.Cryptography.HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret1), Body)),
            Signature.Documented(new Secret(Secret1), Body));

    [Theory]
    [InlineData("", false)]
    [InlineData("x", true)]
    [InlineData("a phrase, with spaces", true)]
    [InlineData(" leading", false)]
    [InlineData("trailing ", false)]
    [InlineData("line\nbreak", false)]
    [InlineData("whsec_plJ3nmyCDGBKInavdOK15jsl", false)]
    [InlineData("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", true)]
    [InlineData("whsec_not base64 at all, and long enough!", false)]
    [InlineData("whsec_", false)]
    public void a_secret_is_free_text_or_24_to_64_bytes_after_whsec(string text, bool allowed) =>
        Assert.Equal(allowed, Secret.Refuse(text) is null);

    [Fact]
    public void a_secret_of_65_bytes_or_257_characters_is_refused()
    {
        Assert.Null(Secret.Refuse("whsec_" + Convert.ToBase64String(new byte[64])));
        Assert.NotNull(Secret.Refuse("whsec_" + Convert.ToBase64String(new byte[65])));
        Assert.Null(Secret.Refuse(new string('x', 256)));
        Assert.NotNull(Secret.Refuse(new string('x', 257)));
    }

    [Fact]
    public void no_secret_shows_itself_in_a_log()
    {
        Assert.DoesNotContain("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", $"{new Secret(Secret1)}", StringComparison.Ordinal);
        Assert.Equal(PublicKey3, $"{SigningKey.Parse(SigningKey3)}");
    }

    [Fact]
    public void a_signing_key_is_a_pair_whose_halves_belong_together()
    {
        var key = SigningKey.Generate();
        Assert.Equal(key.Text, SigningKey.Parse(key.Text).Text);
        var other = Convert.FromBase64String(SigningKey.Generate().Text[5..]);
        var halves = Convert.FromBase64String(key.Text[5..])[..32].Concat(other[32..]).ToArray();
        Assert.Throws<FormatException>(() => SigningKey.Parse("whsk_" + Convert.ToBase64String(halves)));
        Assert.Throws<FormatException>(() => SigningKey.Parse("whsk_" + Convert.ToBase64String(new byte[32])));
        Assert.Throws<FormatException>(() => SigningKey.Parse("whsk_?"));
        Assert.Throws<FormatException>(() => SigningKey.Parse(PublicKey3));
    }

    [Fact]
    public void a_published_key_is_the_jwk_of_rfc_8037()
    {
        // The key of RFC 8037, appendix A, and its thumbprint there.
        byte[] seed = Convert.FromHexString("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
        byte[] open = Convert.FromHexString("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
        var key = SigningKey.Parse("whsk_" + Convert.ToBase64String([.. seed, .. open]));
        Assert.Equal(
            """{"kty":"OKP","crv":"Ed25519","use":"sig","alg":"EdDSA","kid":"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k","x":"""
            + """ "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}""".Trim(),
            System.Text.Json.JsonSerializer.Serialize(key.PublicJwk));
    }
}
