using System.Text;
using System.Text.Json;
using PixeeEvents.Http.Text;
using Xunit;

namespace PixeeEvents.Host.Tests.Text;

public sealed class WireTextSpecs
{
    [Theory]
    [InlineData("windows-1252", "Forme été à 5 €", 1252)]
    [InlineData("cp1252", "été", 1252)]
    [InlineData("ISO-8859-1", "« œuvre » à 5 €", 1252)]
    [InlineData("latin1", "à 5 €", 1252)]
    [InlineData("us-ascii", "à 5 €", 1252)]
    [InlineData("\"iso-8859-15\"", "à 5 €", 28605)]
    [InlineData("macintosh", "Forme été", 10000)]
    [InlineData("ibm850", "Forme été", 850)]
    [InlineData("shift_jis", "日本", 932)]
    [InlineData("utf-8", "été", 65001)]
    [InlineData("UTF8", "été", 65001)]
    [InlineData("utf-16", "[\"été\"]", 1200)]
    [InlineData("utf-16", "[\"été\"]", 1201)]
    [InlineData("utf-16be", "[\"été\"]", 1201)]
    [InlineData("utf-32", "[\"été\"]", 12000)]
    public void a_declared_charset_is_used(string charset, string text, int page) => Assert.Equal(text, Read(Bytes(page, text), charset));

    [Fact]
    public void a_declared_charset_wins_over_bytes_that_happen_to_be_utf_8() =>
        Assert.Equal("CÃ¢ble", Read("Câble"u8.ToArray(), "iso-8859-1"));

    [Theory]
    [InlineData(65001)]
    [InlineData(1200)]
    [InlineData(1201)]
    [InlineData(12000)]
    [InlineData(12001)]
    public void a_byte_order_mark_wins_over_what_is_declared(int page)
    {
        var encoding = Encoding.GetEncoding(page);
        Assert.Equal("[\"é\"]", Read([.. encoding.GetPreamble(), .. encoding.GetBytes("[\"é\"]")], "iso-8859-1"));
        Assert.Equal("[\"é\"]", Read([.. encoding.GetPreamble(), .. encoding.GetBytes("[\"é\"]")], null));
    }

    [Theory]
    [InlineData("Câble « déjà vu »", 65001)]
    [InlineData("Câble « déjà vu » à 5 €", 1252)]
    [InlineData("[\"é\"]", 1200)]
    [InlineData("[\"é\"]", 12001)]
    public void what_declares_nothing_is_utf_8_or_windows_1252_or_shows_that_it_is_wider(string text, int page) =>
        Assert.Equal(text, Read(Bytes(page, text), null));

    [Fact]
    public void utf_8_is_not_copied()
    {
        ReadOnlyMemory<byte> body = "Câble"u8.ToArray();
        Assert.True(body.Equals(WireText.ToUtf8(body, null)));
        Assert.True(body.Equals(WireText.ToUtf8(body, "utf-8")));
    }

    [Theory]
    [InlineData("klingon")]
    [InlineData("utf-7")]
    [InlineData("cp99999")]
    [InlineData("")]
    public void an_unknown_charset_is_named(string charset)
    {
        var refusal = Assert.Throws<WireTextException>(() => Read("{}"u8.ToArray(), charset));
        Assert.Equal((charset, (long?)null), (refusal.Charset, refusal.Position));
        Assert.Contains($"'{charset}'", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("utf-8", new byte[] { (byte)'a', 0xC3, 0xA9, 0xE9, (byte)'b' }, 4, 0xE9)]
    [InlineData("utf-8", new byte[] { (byte)'a', 0xE2, 0x82 }, 2, 0xE2)]
    [InlineData("utf-8", new byte[] { 0xEF, 0xBB, 0xBF, 0xED, 0xA0, 0x80 }, 4, 0xED)]
    [InlineData(null, new byte[] { 0xC3, 0xA9, 0xC3, 0xA8, (byte)'a', 0xE9, (byte)'b' }, 6, 0xE9)]
    [InlineData(null, new byte[] { 0xE9, (byte)'a', 0xE9, 0x81 }, 4, 0x81)]
    [InlineData("windows-1252", new byte[] { (byte)'a', 0x9D }, 2, 0x9D)]
    [InlineData("iso-8859-1", new byte[] { 0x8D }, 1, 0x8D)]
    [InlineData("utf-16le", new byte[] { (byte)'a', 0, 0, 0xD8, (byte)'b', 0 }, 3, 0)]
    [InlineData("utf-16le", new byte[] { (byte)'a', 0, (byte)'b' }, 3, (byte)'b')]
    [InlineData("shift_jis", new byte[] { (byte)'a', (byte)'b', 0x81 }, 3, 0x81)]
    public void what_cannot_be_read_names_the_byte_and_its_place(string? charset, byte[] bytes, int position, byte value)
    {
        var refusal = Assert.Throws<WireTextException>(() => Read(bytes, charset));
        Assert.Equal((position, value), (refusal.Position, refusal.Value));
    }

    [Theory]
    [InlineData("<?xml version=\"1.0\" encoding=\"windows-1252\"?><a>été €</a>", 1252, null)]
    [InlineData("<?xml version='1.0' encoding='ISO-8859-1'?><a>été €</a>", 1252, null)]
    [InlineData("<?xml version=\"1.0\" encoding=\"iso-8859-15\"?><a>été €</a>", 28605, null)]
    [InlineData("<?xml version=\"1.0\" encoding=\"macintosh\"?><a>été</a>", 10000, null)]
    [InlineData("<?xml version=\"1.0\" encoding=\"utf-8\"?><a>été</a>", 1252, "windows-1252")]
    [InlineData("<?xml version=\"1.0\" encoding=\"utf-16\"?><a>été</a>", 1200, null)]
    [InlineData("<?xml version=\"1.0\" encoding=\"utf-16\"?><a>été</a>", 1201, null)]
    [InlineData("<?xml version=\"1.0\" encoding=\"utf-16\"?><a>été</a>", 65001, null)]
    [InlineData("<?xml version=\"1.0\"?><a>été €</a>", 1252, null)]
    [InlineData("<a>été</a>", 1252, null)]
    [InlineData("<a>été</a>", 1200, null)]
    public void xml_is_read_by_its_declaration_unless_the_call_declares_more(string text, int page, string? charset) =>
        Assert.Equal(text, Encoding.UTF8.GetString(WireText.XmlToUtf8(Bytes(page, text), charset).Span));

    [Fact]
    public void xml_that_declares_an_unknown_charset_names_it() =>
        Assert.Equal("klingon", Assert.Throws<WireTextException>(
            () => WireText.XmlToUtf8("<?xml version=\"1.0\" encoding=\"klingon\"?><a/>"u8.ToArray(), null)).Charset);

    [Theory]
    [InlineData("application/json", null)]
    [InlineData("application/json; charset=ISO-8859-1", "ISO-8859-1")]
    [InlineData("application/json;Charset=\"windows-1252\"", "windows-1252")]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void the_charset_stands_in_the_content_type(string? contentType, string? charset) =>
        Assert.Equal(charset, WireText.CharsetOf(contentType));

    [Theory]
    [InlineData("{\n \"é\": x}", 2, 7)]
    [InlineData("[1,]", 1, 4)]
    [InlineData("[", 1, 2)]
    [InlineData("[1]\n\n x", 3, 2)]
    public void json_that_breaks_off_says_where_in_lines_and_characters(string text, int line, int column)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        var error = Assert.ThrowsAny<JsonException>(() => JsonDocument.Parse(utf8));
        Assert.Equal((line, column), JsonText.PlaceOf(error, utf8));
        var sentence = JsonText.Sentence(error, utf8);
        Assert.EndsWith($". Line {line}, column {column}.", sentence, StringComparison.Ordinal);
        Assert.DoesNotContain("BytePosition", sentence, StringComparison.Ordinal);
    }

    private static byte[] Bytes(int page, string text) =>
        (CodePagesEncodingProvider.Instance.GetEncoding(page) ?? Encoding.GetEncoding(page)).GetBytes(text);

    private static string Read(byte[] bytes, string? charset) => Encoding.UTF8.GetString(WireText.ToUtf8(bytes, charset).Span);
}
