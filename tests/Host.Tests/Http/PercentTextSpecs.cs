using PixeeEvents.Http.Text;
using Xunit;

namespace PixeeEvents.Host.Tests.Http;

public sealed class PercentTextSpecs
{
    [Theory]
    [InlineData("c%E2ble", "câble")]
    [InlineData("c%c3%a2ble", "câble")]
    [InlineData("%80uro", "€uro")]
    [InlineData("%C3%A2%E2", "Ã¢â")]
    [InlineData("%F0%9F%98%80", "😀")]
    [InlineData("😀%20", "😀 ")]
    [InlineData("%252F", "%2F")]
    [InlineData("%2F%2f", "//")]
    [InlineData("100%", "100%")]
    [InlineData("%2", "%2")]
    [InlineData("%zz%4", "%zz%4")]
    [InlineData("% 1%+1", "% 1%+1")]
    [InlineData("a+b", "a+b")]
    [InlineData("", "")]
    public void text_is_decoded_once_as_utf8_or_else_as_windows_1252(string written, string text) =>
        Assert.Equal(text, PercentText.Decode(written, plusIsSpace: false));

    [Theory]
    [InlineData("a+b%2B", "a b+")]
    [InlineData("a+b", "a b")]
    public void in_a_query_a_plus_is_a_space(string written, string text) =>
        Assert.Equal(text, PercentText.Decode(written, plusIsSpace: true));

    [Theory]
    [InlineData("?search=c%E2ble", true)]
    [InlineData("?a=%", false)]
    [InlineData("?a=%20%7e", false)]
    [InlineData("?a=%8", true)]
    public void bytes_beyond_ascii_are_seen(string query, bool isForeign) => Assert.Equal(isForeign, PercentText.IsForeign(query));
}
