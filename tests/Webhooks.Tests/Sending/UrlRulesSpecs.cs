using System.Net;
using PixeeEvents.Webhooks.Sending;
using Xunit;

namespace PixeeEvents.Webhooks.Tests.Sending;

public sealed class UrlRulesSpecs
{
    private static readonly SenderOptions Strict = new();
    private static readonly SenderOptions Development = new() { AllowHttp = true };

    [Theory]
    [InlineData("https://erp.example/hook")]
    [InlineData("https://erp.example:8443/hook?tenant=1")]
    [InlineData("https://8.8.8.8/")]
    [InlineData("https://[2606:4700::1111]:444/")]
    [InlineData("HTTPS://ERP.EXAMPLE")]
    [InlineData("https://bücher.example/")]
    public void an_https_url_on_the_public_internet_is_taken(string text)
    {
        Assert.NotNull(UrlRules.Parse(text, Strict, out var refusal));
        Assert.Null(refusal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/hook")]
    [InlineData("erp.example/hook")]
    [InlineData("ftp://erp.example/")]
    [InlineData("file:///etc/passwd")]
    [InlineData("gopher://erp.example/")]
    [InlineData("https:///hook")]
    [InlineData("https://erp.example:0/")]
    [InlineData("https://erp.example:99999/")]
    [InlineData("https://erp.example/a b")]
    [InlineData("https://erp.example/\r\nHost: evil")]
    [InlineData("\thttps://erp.example/")]
    public void what_is_not_an_https_url_is_refused(string text) => Refused(text, Strict);

    [Fact]
    public void plain_http_is_taken_in_development_alone()
    {
        Refused("http://erp.example/hook", Strict);
        Assert.NotNull(UrlRules.Parse("http://erp.example/hook", Development, out _));
    }

    [Theory]
    [InlineData("https://user:password@erp.example/")]
    [InlineData("https://user@erp.example/")]
    [InlineData("https://erp.example@127.0.0.1/")]
    public void credentials_belong_in_a_header(string text) =>
        Assert.Contains("header", Refused(text, Strict), StringComparison.Ordinal);

    [Fact]
    public void a_fragment_is_refused() =>
        Assert.Contains("fragment", Refused("https://erp.example/#top", Strict), StringComparison.Ordinal);

    [Fact]
    public void a_url_has_at_most_2048_characters()
    {
        const string Base = "https://erp.example/";
        Assert.NotNull(UrlRules.Parse(Base + new string('a', 2048 - Base.Length), Strict, out _));
        Refused(Base + new string('a', 2049 - Base.Length), Strict);
    }

    [Theory]
    [InlineData("http://127.0.0.1/")]
    [InlineData("http://2130706433/")]
    [InlineData("http://0x7f000001/")]
    [InlineData("http://0x7f.1/")]
    [InlineData("http://0177.0.0.1/")]
    [InlineData("http://017700000001/")]
    [InlineData("http://127.1/")]
    [InlineData("http://0/")]
    [InlineData("http://127.0.0.1./")]
    [InlineData("http://127%2e0.0.1/")]
    [InlineData("http://①②⑦.⓪.⓪.①/")]
    [InlineData("http://127。0。0。1/")]
    [InlineData("http://localhost/")]
    [InlineData("http://LOCALHOST./")]
    [InlineData("http://db.localhost/")]
    [InlineData("http://[::1]/")]
    [InlineData("http://[::]/")]
    [InlineData("http://[::ffff:127.0.0.1]/")]
    [InlineData("http://[0:0:0:0:0:ffff:7f00:1]/")]
    [InlineData("http://[::127.0.0.1]/")]
    [InlineData("http://[64:ff9b::7f00:1]/")]
    [InlineData("http://[2002:7f00:1::]/")]
    [InlineData("http://[fe80::1%25eth0]/")]
    [InlineData("http://169.254.169.254/latest/meta-data/")]
    [InlineData("http://2852039166/")]
    [InlineData("http://[fd00:ec2::254]/")]
    public void every_notation_of_a_refused_address_is_refused(string text) => Refused(text, Development);

    [Fact]
    public void an_operators_network_may_be_named()
    {
        var options = Development with { AllowedNetworks = [IPNetwork.Parse("127.0.0.0/8")] };
        Assert.Equal("127.0.0.1", UrlRules.Parse("http://2130706433/hook", options, out _)!.Host);
        Assert.NotNull(UrlRules.Parse("http://localhost/", options, out _));
        Refused("http://[::1]/", options);
    }

    [Theory]
    [InlineData("https://user:password@erp.example:8443/hook?token=secret#x", "https://erp.example:8443/hook?…")]
    [InlineData("https://erp.example/hook", "https://erp.example/hook")]
    [InlineData("http://erp.example", "http://erp.example/")]
    public void a_log_shows_neither_credentials_nor_query(string text, string shown) =>
        Assert.Equal(shown, UrlRules.Redacted(new Uri(text)));

    private static string Refused(string text, SenderOptions options)
    {
        Assert.Null(UrlRules.Parse(text, options, out var refusal));
        Assert.Equal("invalid_url", refusal!.Code);
        return refusal.Reason;
    }
}
