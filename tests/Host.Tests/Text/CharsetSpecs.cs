using System.Net.Http.Headers;
using System.Text;
using Xunit;

namespace PixeeEvents.Host.Tests.Text;

/// <summary>Bodies, forms, file names and headers in whatever charset their program writes, on every face.</summary>
public sealed class CharsetSpecs(WinDevServer server) : IClassFixture<WinDevServer>
{
    private const string Product = """[{"reference":"L2","ean":"3760000000002","name":"Câble"}]""";

    [Theory]
    [InlineData(1252, "application/json")]
    [InlineData(1252, "application/json;charset=iso-8859-1")]
    [InlineData(1252, "application/json; charset=\"windows-1252\"")]
    [InlineData(1252, "")]
    [InlineData(10000, "application/json; charset=macintosh")]
    [InlineData(1200, "application/json; charset=utf-16")]
    [InlineData(1201, "application/json")]
    [InlineData(12000, "application/json")]
    public async Task a_batch_and_a_patch_are_read_in_their_charset(int page, string type)
    {
        var erp = await server.Company();
        (await Send(erp, "POST", "products/sync", Bytes(page, Product), type)).AssertOk("Sync terminé : 1 créés, 0 mis à jour, 0 erreurs");
        Assert.Equal("Câble", Name(await erp.Product("L2")));
        (await Send(erp, "PATCH", "products/L2", Bytes(page, """{"name":"Câble doré"}"""), type)).AssertOk("Produit mis à jour");
        Assert.Equal("Câble doré", Name(await erp.Product("L2")));
        const string ignored = """[{"note":"été","ean":"3760000000002","stock":3,"price_ht":1}]""";
        (await Send(erp, "POST", "stock/update", Bytes(page, ignored), type)).AssertOk("Stocks : 1 mis à jour, 0 introuvables, 0 erreurs");
        (await Send(erp, "POST", "prices/update", Bytes(page, ignored), type)).AssertOk("Prix : 1 mis à jour, 0 introuvables, 0 erreurs");
    }

    [Fact]
    public async Task what_is_declared_wins_over_what_the_bytes_look_like()
    {
        var erp = await server.Company();
        (await Send(erp, "POST", "products/sync", Encoding.UTF8.GetBytes(Product), "application/json; charset=iso-8859-1"))
            .AssertOk("Sync terminé : 1 créés, 0 mis à jour, 0 erreurs");
        Assert.Equal("CÃ¢ble", Name(await erp.Product("L2")));
    }

    [Theory]
    [InlineData("products/sync", """[{"reference":"A","name":"a"},{"reference":"B","name":"b?"}]""")]
    [InlineData("stock/update", """[{"ean":"3760000000001","stock":1},{"ean":"?","stock":1}]""")]
    [InlineData("prices/update", """[{"ean":"3760000000001","price_ht":1},{"ean":"?","price_ht":1}]""")]
    [InlineData("products/ART-001", """{"name":"b?"}""")]
    public async Task what_cannot_be_read_refuses_the_whole_call_and_names_the_byte(string path, string text)
    {
        var erp = await server.Company();
        await erp.Given(1);
        var (method, place) = (path == "products/ART-001" ? "PATCH" : "POST", text.IndexOf('?', StringComparison.Ordinal) + 1);
        (await Send(erp, method, path, Broken(text, 0xE9), "application/json; charset=utf-8"))
            .AssertRefused(400, $"Corps illisible : l'octet {place} (0xE9) n'est pas un caractère en utf-8");
        (await Send(erp, method, path, Broken(text, 0x81), "application/json"))
            .AssertRefused(400, $"Corps illisible : l'octet {place} (0x81) n'est pas un caractère en windows-1252");
        (await Send(erp, method, path, Broken(text, 0xE9), "application/json; charset=klingon"))
            .AssertRefused(415, "Jeu de caractères non pris en charge : klingon");
        await erp.AssertNothingHappened();
    }

    [Fact]
    public async Task a_damaged_byte_among_utf_8_does_not_turn_the_other_accents()
    {
        var erp = await server.Company();
        var body = Broken("""[{"reference":"A","name":"Câble doré"},{"reference":"B","name":"?"}]""", 0xE9);
        (await Send(erp, "POST", "products/sync", body, "application/json")).AssertRefused(400);
        await erp.AssertNothingHappened();
    }

    [Theory]
    [InlineData(1252, "application/json", """{"name":"Été à 5 €"}""")]
    [InlineData(1252, "application/json; charset=iso-8859-1", """{"name":"Été à 5 €"}""")]
    [InlineData(1200, "application/json; charset=utf-16", """{"name":"Été à 5 €"}""")]
    [InlineData(1252, "application/x-www-form-urlencoded", "product[name]=%C9t%E9+%E0+5+%80")]
    [InlineData(1252, "application/x-www-form-urlencoded; charset=iso-8859-1", "product[name]=%C9t%E9+%E0+5+%80")]
    [InlineData(1252, "application/x-www-form-urlencoded", "product[name]=Été+à+5+€")]
    [InlineData(1252, "application/x-www-form-urlencoded", "_charset_=iso-8859-15&product[name]=%C9t%E9+%E0+5+%A4")]
    [InlineData(1252, "application/xml", "<?xml version=\"1.0\" encoding=\"windows-1252\"?><product><name>Été à 5 €</name></product>")]
    [InlineData(28605, "application/xml", "<?xml version=\"1.0\" encoding=\"iso-8859-15\"?><product><name>Été à 5 €</name></product>")]
    [InlineData(
        1252, "application/xml; charset=windows-1252",
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><product><name>Été à 5 €</name></product>")]
    [InlineData(1252, "application/xml", "<product><name>Été à 5 €</name></product>")]
    [InlineData(1200, "application/xml", "<?xml version=\"1.0\" encoding=\"utf-16\"?><product><name>Été à 5 €</name></product>")]
    [InlineData(
        65001, "application/xml; charset=utf-8", "<?xml version=\"1.0\" encoding=\"utf-16\"?><product><name>Été à 5 €</name></product>")]
    public async Task a_winddle_body_is_read_in_its_charset(int page, string type, string body)
    {
        var user = await server.User((await server.Company()).Company);
        (await Send(user, "products", Bytes(page, body), type)).AssertStatus(201);
        Assert.Equal("Été à 5 €", (await user.Get("products/1")).Item("product").GetProperty("name").GetString());
    }

    [Theory]
    [InlineData("multipart/form-data; boundary=b", "", "Produit \xE9t\xE9")]
    [InlineData("multipart/form-data; boundary=\"b\"; charset=iso-8859-1", "", "Produit \xE9t\xE9")]
    [InlineData("multipart/form-data; boundary=b", "Content-Type: text/plain; charset=iso-8859-1\r\n", "Produit \xE9t\xE9")]
    [InlineData("multipart/form-data; boundary=b", "", "Produit \xC3\xA9t\xC3\xA9")]
    public async Task a_multipart_field_is_read_in_its_charset(string type, string header, string value)
    {
        var user = await server.User((await server.Company()).Company);
        var body = $"--b\r\nContent-Disposition: form-data; name=\"product[name]\"\r\n{header}\r\n{value}\r\n--b--\r\n";
        (await Send(user, "products", Encoding.Latin1.GetBytes(body), type)).AssertStatus(201);
        Assert.Equal("Produit été", (await user.Get("products/1")).Item("product").GetProperty("name").GetString());
    }

    [Theory]
    [InlineData("application/json; charset=utf-8", "{\"name\":\"\xE9\"}", 400, "Byte 10 (0xE9)")]
    [InlineData("application/json", "{\"name\":\"\x81\"}", 400, "Byte 10 (0x81)")]
    [InlineData("application/x-www-form-urlencoded; charset=utf-8", "a=b&name=%E9", 400, "Byte 10 (0xE9)")]
    [InlineData("application/xml; charset=utf-8", "<a><name>\xE9</name></a>", 400, "Byte 10 (0xE9)")]
    [InlineData("application/xml", "<?xml version=\"1.0\" encoding=\"utf-8\"?><a>\xE9</a>", 400, "Byte 42 (0xE9)")]
    [InlineData(
        "multipart/form-data; boundary=b; charset=utf-8", "--b\r\nContent-Disposition: form-data; name=\"\xE9\"\r\n\r\nx\r\n--b--", 400,
            "Byte 44 (0xE9)")]
    [InlineData("application/json; charset=klingon", "{}", 415, "'klingon'")]
    [InlineData("application/x-www-form-urlencoded; charset=utf-7", "name=x", 415, "'utf-7'")]
    [InlineData("application/xml", "<?xml version=\"1.0\" encoding=\"klingon\"?><product/>", 415, "'klingon'")]
    [InlineData(
        "multipart/form-data; boundary=b; charset=klingon", "--b\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n--b--", 415,
            "'klingon'")]
    public async Task a_winddle_body_that_cannot_be_read_is_refused_whole(string type, string body, int status, string reason)
    {
        var erp = await server.Company();
        var user = await server.User(erp.Company);
        Assert.Contains(reason, (await Send(user, "products", Encoding.Latin1.GetBytes(body), type)).Refusal(status),
            StringComparison.Ordinal);
        await erp.AssertNothingHappened();
    }

    [Theory]
    [InlineData("filename=\"a\\\"b.pdf\"", "a\"b.pdf")]
    [InlineData("filename=\"C:\\docs\\notice \xE9t\xE9.pdf\"", "notice été.pdf")]
    [InlineData("filename=\"/home/x/notice \xC3\xA9t\xC3\xA9.pdf\"", "notice été.pdf")]
    [InlineData("filename=\"x.pdf\"; filename*=UTF-8''notice%20%C3%A9t%C3%A9.pdf", "notice été.pdf")]
    [InlineData("filename*=iso-8859-1''notice%20%E9t%E9.pdf", "notice été.pdf")]
    [InlineData("filename=\"\xF0\x9F\x98\x80.pdf\"", "😀.pdf")]
    public async Task a_file_keeps_its_name(string parameter, string expected)
    {
        var user = await server.User((await server.Company()).Company);
        (await user.Post("products", """{"name":"Chaise"}""")).AssertStatus(201);
        var body = $"--b\r\nContent-Disposition: form-data; name=\"attachment[versions_attributes][][attached]\"; {parameter}\r\n"
            + "Content-Type: application/pdf\r\n\r\n%PDF-1.7\r\n--b--\r\n";
        var answer = await Send(user, "products/1/attachments", Encoding.Latin1.GetBytes(body), "multipart/form-data; boundary=b");
        var attachment = answer.Item("attachment", 201);
        Assert.Equal((expected, "8"), (attachment.GetProperty("filename").GetString(), attachment.GetProperty("size").GetString()));
    }

    [Theory]
    [InlineData(1252, "application/json", 201, null)]
    [InlineData(1252, "application/json; charset=iso-8859-1", 201, null)]
    [InlineData(1200, "application/json; charset=utf-16", 201, null)]
    [InlineData(1252, "application/json; charset=utf-8", 400, "Byte 11 (0xE2) is no character in utf-8.")]
    [InlineData(1252, "application/json; charset=klingon", 415, "The charset 'klingon' is not supported.")]
    public async Task a_webhook_is_read_in_its_charset(int page, string type, int status, string? reason)
    {
        var erp = await server.Company();
        var answer = await Send(erp, "POST", "../webhooks",
            Bytes(page, """{"name":"Câble","url":"https://shop.example/hooks","events":["stock.updated"]}"""), type);
        Assert.Equal((status, reason), ((int)answer.Status, reason is null ? null : answer.Json.GetProperty("detail").GetString()));
        Assert.Equal(reason is null ? "Câble" : null, reason is null ? answer.Json.GetProperty("name").GetString() : null);
    }

    [Theory]
    [InlineData("Câble", 1252)]
    [InlineData("Câble", 65001)]
    public async Task a_header_in_any_charset_does_not_refuse_the_call(string text, int page)
    {
        var erp = await server.Company();
        using var handler = new SocketsHttpHandler();
        handler.RequestHeaderEncodingSelector = (_, _) => CodePagesEncodingProvider.Instance.GetEncoding(page) ?? Encoding.UTF8;
        using var http = new HttpClient(handler) { BaseAddress = erp.Http.BaseAddress };
        using var request = new HttpRequestMessage(HttpMethod.Get, "products");
        request.Headers.Add("X-API-Key", erp.RawKey);
        request.Headers.TryAddWithoutValidation("X-Program", text);
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(200, (int)answer.StatusCode);
    }

    [Theory]
    [InlineData("ren\xE9")]
    [InlineData("ren\xC3\xA9")]
    public async Task a_user_is_named_in_a_header_in_either_charset(string name)
    {
        var company = (await server.Company()).Company;
        var other = await server.Accounts.CreateUser(
            company, "René", "rené@example.com", false, false, TestContext.Current.CancellationToken);
        var answer = await ActFor(company, $"{name}@example.com");
        Assert.Equal((200, other!.Id), (answer.Status, answer.Json.GetProperty("user").GetProperty("id").GetInt64()));
    }

    [Fact]
    public async Task a_user_who_cannot_be_read_refuses_the_call()
    {
        var answer = await ActFor((await server.Company()).Company, "ren\x81@example.com");
        Assert.Equal(400, answer.Status);
        Assert.StartsWith("Byte 4 (0x81)", answer.Json.GetProperty("errors").GetProperty("base")[0].GetString(), StringComparison.Ordinal);
    }

    private async Task<RawAnswer> ActFor(string company, string user)
    {
        var holder = await server.User(company, companyToken: true);
        return await RawCall.Send(
            server.Address, "GET", "/api/v1/user", $"Authorization: Bearer {holder.RawToken}\r\nX-Acting-User: {user}\r\n");
    }

    private static byte[] Bytes(int page, string text) =>
        (CodePagesEncodingProvider.Instance.GetEncoding(page) ?? Encoding.GetEncoding(page)).GetBytes(text);

    /// <summary>UTF-8 with a byte in place of the question mark.</summary>
    private static byte[] Broken(string text, byte value) => [.. Encoding.UTF8.GetBytes(text).Select(b => b == '?' ? value : b)];

    private static string? Name(Answer answer) => answer.Data.GetProperty("name").GetString();

    private static Task<Answer> Send(WinDevClient erp, string method, string path, byte[] body, string type) =>
        erp.Send(new HttpRequestMessage(new HttpMethod(method), path) { Content = Content(body, type) });

    private static Task<Reply> Send(WinddleClient user, string path, byte[] body, string type) =>
        user.Send(new HttpRequestMessage(HttpMethod.Post, path) { Content = Content(body, type) });

    private static ByteArrayContent Content(byte[] body, string type)
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = type.Length == 0 ? null : MediaTypeHeaderValue.Parse(type);
        return content;
    }
}
