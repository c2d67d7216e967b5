using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using PixeeEvents.Http.Forms;
using PixeeEvents.Http.Text;
using Xunit;

namespace PixeeEvents.Host.Tests.Text;

public sealed class FormSpecs
{
    [Theory]
    [InlineData("name=Forme+%E9t%E9", null, "name=Forme été")]
    [InlineData("name=Forme+%C3%A9t%C3%A9&a", null, "name=Forme été;a=")]
    [InlineData("name=%80", "iso-8859-1", "name=€")]
    [InlineData("name=%A4", "iso-8859-15", "name=€")]
    [InlineData("_charset_=iso-8859-15&name=%A4", null, "name=€")]
    [InlineData("_charset_=&name=%E9", null, "name=é")]
    [InlineData("na%E9me=x%&a=%zz%4&%=1%2B1", null, "naéme=x%;a=%zz%4;%=1+1")]
    [InlineData("a=1&A=2&&b=", null, "a=1,2;b=")]
    [InlineData("a=%C9%A0&b=%E9t%E9", null, "a=É\u00A0;b=été")]
    public void an_urlencoded_form_is_bytes_before_it_is_text(string body, string? charset, string expected) =>
        Assert.Equal(expected, Shown(UrlEncodedForm.Read(Encoding.Latin1.GetBytes(body), charset)));

    [Fact]
    public void bytes_that_are_not_escaped_are_read_alike() =>
        Assert.Equal("name=Câble", Shown(UrlEncodedForm.Read(Encoding.Latin1.GetBytes("name=Câble"), null)));

    [Fact]
    public void a_wide_form_is_read() =>
        Assert.Equal("name=é à", Shown(UrlEncodedForm.Read(Encoding.Unicode.GetBytes("name=%C3%A9+à"), "utf-16")));

    [Theory]
    [InlineData("a=b&name=%C3%A9x%E9", "utf-8", 17)]
    [InlineData("name=%E9t%E9+%81", null, 14)]
    [InlineData("name=%C3%A9%C3%A9&b=%FF", null, 21)]
    public void a_byte_that_cannot_be_read_is_named_by_its_place_in_the_body(string body, string? charset, int position) =>
        Assert.Equal(position,
            Assert.Throws<WireTextException>(() => UrlEncodedForm.Read(Encoding.Latin1.GetBytes(body), charset)).Position);

    [Fact]
    public void a_form_of_too_many_fields_is_refused() =>
        Assert.Throws<InvalidDataException>(() => UrlEncodedForm.Read(
            Encoding.Latin1.GetBytes(string.Join('&', Enumerable.Range(0, 1025))), null));

    [Fact]
    public async Task the_parts_of_a_form_say_their_charset_or_are_looked_at_together()
    {
        Assert.Equal("a=été;b=€;c=é", Shown(await Multipart(
            Field("a", "\xE9t\xE9"), Field("b", "\xA4", "text/plain; charset=iso-8859-15"),
                Field("c", "\xC3\xA9", "text/plain; charset=utf-8"))));
        Assert.Equal("a=É\u00A0;b=été", Shown(await Multipart(Field("a", "\xC9\xA0"), Field("b", "\xE9t\xE9"))));
        Assert.Equal("b=€", Shown(await Multipart(Field("b", "\xA4"), Field("_charset_", "iso-8859-15"))));
        Assert.Equal("été=x", Shown(await Multipart(Field("\xE9t\xE9", "x"))));
        Assert.Equal("a=é", Shown(await Multipart(Field("a", "\xFF\xFE\xE9\0"))));
    }

    [Fact]
    public async Task a_byte_of_a_part_is_named_by_its_place_in_the_body()
    {
        var body = Body(Field("a", "x\xE9", "text/plain; charset=utf-8"));
        var refusal = await Assert.ThrowsAsync<WireTextException>(() => Read(body));
        Assert.Equal(Array.IndexOf(body, (byte)0xE9) + 1, refusal.Position);
    }

    [Theory]
    [InlineData("filename=\"a\\\"b.pdf\"", "a\"b.pdf")]
    [InlineData("filename=\"a%22b.pdf\"", "a\"b.pdf")]
    [InlineData("filename=\"C:\\dir\\sous dossier\\\xE9t\xE9.pdf\"", "C:\\dir\\sous dossier\\été.pdf")]
    [InlineData("filename=\"C:\\\\dir\\\\x.pdf\"", "C:\\dir\\x.pdf")]
    [InlineData("filename=\"fiche \xE9t\xE9.pdf\"", "fiche été.pdf")]
    [InlineData("filename=\"fiche \xC3\xA9t\xC3\xA9.pdf\"", "fiche été.pdf")]
    [InlineData("filename=\"a;b=c.pdf\"; x=y", "a;b=c.pdf")]
    [InlineData("filename=plain.pdf ; x=y", "plain.pdf")]
    [InlineData("filename=\"x.pdf\"; filename*=UTF-8''fiche%20%C3%A9t%C3%A9.pdf", "fiche été.pdf")]
    [InlineData("filename*=iso-8859-1'fr'%80.pdf; filename=\"x.pdf\"", "€.pdf")]
    [InlineData("FileName*=broken; filename=\"x.pdf\"", "x.pdf")]
    [InlineData("filename=\"=?utf-8?B?w6l0w6kucGRm?=\"", "été.pdf")]
    public async Task a_file_keeps_its_name(string parameter, string expected)
    {
        var form = await Multipart(
            $"Content-Disposition: form-data; name=\"attached\"; {parameter}\r\nContent-Type: application/pdf\r\n\r\n%PDF");
        var file = Assert.Single(form.Files);
        Assert.Equal(("attached", expected, "application/pdf", 4L), (file.Name, file.FileName, file.ContentType, file.Length));
        using var content = new StreamReader(file.OpenReadStream());
        Assert.Equal("%PDF", await content.ReadToEndAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("x\r\n--b\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--b--\r\nx", "a=1")]
    [InlineData(
        "--b\r\nContent-Disposition: form-data; name=\"a\"; filename=\"\"\r\n\r\n\r\n--b\r\nContent-Disposition: form-data; name=\"b\"\r\n\r\n2\r\n--b--", "a=;b=2")]
    public async Task what_stands_around_the_parts_is_passed_over(string body, string expected) =>
        Assert.Equal(expected, Shown(await Read(Encoding.Latin1.GetBytes(body))));

    [Theory]
    [InlineData("")]
    [InlineData("--b\r\nContent-Disposition: form-data; name=a\r\n\r\n1")]
    [InlineData("--b\r\nContent-Disposition: attachment; name=a\r\n\r\n1\r\n--b--")]
    [InlineData("--b\r\nX: y\r\n\r\n1\r\n--b--")]
    public async Task what_is_no_form_is_refused(string body) =>
        Assert.True(
            await Assert.ThrowsAnyAsync<Exception>(() => Read(Encoding.Latin1.GetBytes(body))) is IOException or InvalidDataException);

    [Theory]
    [InlineData(new byte[] { (byte)'a', 0xE9 }, "aé")]
    [InlineData(new byte[] { (byte)'a', 0xC3, 0xA9 }, "aé")]
    [InlineData(new byte[] { (byte)'a', 0x80 }, "a€")]
    public void a_header_is_utf_8_or_windows_1252(byte[] bytes, string expected) =>
        Assert.Equal(expected, HeaderText.Read(HeaderText.AsItCame.GetString(bytes)));

    [Theory]
    [InlineData(new byte[] { (byte)'a', 0x81 })]
    [InlineData(new byte[] { (byte)'a', 0 })]
    public void a_header_that_cannot_be_read_is_refused(byte[] bytes) =>
        Assert.Equal(
            StatusCodes.Status400BadRequest,
            Assert.Throws<RefusedCallException>(() => HeaderText.Read(HeaderText.AsItCame.GetString(bytes))).Status);

    private static string Shown(IFormCollection form) =>
        string.Join(';', form.Select(f => $"{f.Key}={string.Join(',', f.Value.ToArray())}"));

    private static string Field(string name, string value, string? type = null) =>
        $"Content-Disposition: form-data; name=\"{name}\"{(type is null ? "" : "\r\nContent-Type: " + type)}\r\n\r\n{value}";

    private static Task<FormCollection> Multipart(params string[] parts) => Read(Body(parts));

    private static byte[] Body(params string[] parts) =>
        Encoding.Latin1.GetBytes(string.Concat(parts.Select(p => $"--b\r\n{p}\r\n")) + "--b--\r\n");

    private static Task<FormCollection> Read(byte[] body) =>
        MultipartForm.Read(body, MediaTypeHeaderValue.Parse("multipart/form-data; boundary=b"), TestContext.Current.CancellationToken);
}
