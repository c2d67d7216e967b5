using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Xunit;

namespace PixeeEvents.Host.Tests.Winddle.Products;

public sealed class AttachmentSpecs(WinDevServer server) : IClassFixture<WinDevServer>
{
    private const string Path = "products/1/attachments";

    private static readonly byte[] Pdf = "%PDF-1.7 notice"u8.ToArray();

    [Fact]
    public async Task a_file_of_a_form_is_attached_and_shown_with_every_key()
    {
        var (erp, user) = await Product();
        var attachment =
            (await Upload(user, ("attachment[name]", "Notice"), ("attachment[source_id]", "DOC-1"), ("attachment[folder]", "Notices"),
            ("attachment[versions_attributes][][note]", "First"),
            ("attachment[versions_attributes][][attached]", Pdf, "C:\\docs\\notice.pdf"))).Item("attachment", 201);
        Assert.Equal(
            ["created_at", "filename", "folder", "id", "mime_type", "name", "nc1000", "note", "px150", "px40", "px75", "size", "source_id",
                "storage", "updatable", "updated_at", "url", "versions"],
            Answer.Keys(attachment));
        Assert.Equal(("Notice", "DOC-1", "Notices", "notice.pdf", "First", "15", "application/pdf", "local", "", true), (
            Text(attachment, "name"), Text(attachment, "source_id"), Text(attachment, "folder"), Text(attachment, "filename"),
            Text(attachment, "note"), Text(attachment, "size"),
            Text(attachment, "mime_type"), Text(attachment, "storage"), Text(attachment, "px40"),
            attachment.GetProperty("updatable").GetBoolean()));
        Assert.Equal(JsonValueKind.Number, attachment.GetProperty("id").ValueKind);
        Assert.Equal(Pdf, await Fetch(attachment));
        var version = Assert.Single(attachment.GetProperty("versions").EnumerateArray());
        Assert.Equal(
            ["created_at", "filename", "id", "mime_type", "nc1000", "note", "px150", "px40", "px75", "size", "storage", "url"],
            Answer.Keys(version));
        var added = Assert.Single(await erp.NewEvents());
        Assert.Equal(("attachment_added", user.User.Email), (added.Type, added.Headers.GetProperty("user").GetString()));
        var message = Assert.Single(await erp.NewMessages());
        Assert.Equal(("product.updated", "attachments"), (message.Type, message.Data.GetProperty("updated_fields")[0].GetString()));
        Assert.Equal(1L, await Blobs(erp.Company));
        await LiveRows.AssertEqualsStored(server, erp.Company);
    }

    [Theory]
    [InlineData("""{"name":"a.txt","base64_data":"SGVsbG8="}""")]
    [InlineData("""{"attachment":{"name":"a.txt","versions_attributes":[{"base64_data":"SGVs\nbG8="}]}}""")]
    [InlineData("""{"name":"a.txt","versions_attributes":{"0":{"base64_data":"data:text/plain;base64,SGVsbG8="}}}""")]
    [InlineData(
        "<attachment><name>a.txt</name><versions-attributes type=\"array\"><version><base64-data>SGVsbG8=</base64-data></version>"
        + "</versions-attributes></attachment>")]
    public async Task a_base64_text_is_attached(string body)
    {
        var (erp, user) = await Product();
        (await user.Send(HttpMethod.Post, Path, body)).AssertStatus(201);
        var attachment = (await user.Get(Path + ".json")).Json.GetProperty("attachments")[0];
        Assert.Equal(
            ("a.txt", "a.txt", "text/plain", "5"),
            (Text(attachment, "name"), Text(attachment, "filename"), Text(attachment, "mime_type"), Text(attachment, "size")));
        Assert.Equal("Hello", Encoding.UTF8.GetString(await Fetch(attachment)));
        Assert.Equal("attachment_added", await erp.NewTypes());
    }

    [Theory]
    [InlineData("""{"base64_data":"****"}""", "base64_data: is not Base64")]
    [InlineData("""{"base64_data":17}""", "base64_data: is invalid")]
    [InlineData("""{"base64_data":""}""", "base64_data: is empty")]
    [InlineData("""{"name":"a"}""", "attached: can't be blank")]
    [InlineData("""{}""", "attached: can't be blank")]
    [InlineData(
        """{"versions_attributes":[{"base64_data":"SGk="},{"base64_data":"SGk="}]}""", "versions_attributes: takes one version per call")]
    [InlineData("""{"versions_attributes":["x"]}""", "versions_attributes: is invalid")]
    [InlineData("""{"remote_attached_url":"not an address"}""", "remote_attached_url: is invalid")]
    [InlineData("""{"remote_attached_url":"http://127.0.0.1/x"}""", "remote_attached_url: is not an https address of the public internet")]
    [InlineData("""{"remote_attached_url":"https://169.254.169.254/latest/meta-data"}""",
        "remote_attached_url: is not an https address of the public internet")]
    [InlineData("""{"remote_attached_url":"https://user:p@example.com/x"}""", "remote_attached_url: carries credentials")]
    [InlineData("""{"remote_attached_url":"https://user@example.com/x"}""", "remote_attached_url: carries credentials")]
    [InlineData("""{"remote_attached_url":"file:///etc/passwd"}""", "remote_attached_url: is not an https address of the public internet")]
    public async Task a_call_without_a_good_file_is_refused(string body, string refusal)
    {
        var (erp, user) = await Product();
        Assert.Equal(refusal, (await user.Post(Path, body)).Refusal(422));
        await erp.AssertNothingHappened();
        Assert.Equal(0L, await Blobs(erp.Company));
    }

    [Fact]
    public async Task fifteen_megabytes_are_taken_and_no_byte_more()
    {
        var (erp, user) = await Product();
        var largest = new byte[15 * 1024 * 1024];
        var attachment =
            (await user.Post(Path, JsonSerializer.Serialize(new { name = "a.bin", base64_data = Convert.ToBase64String(largest) })))
            .Item("attachment", 201);
        Assert.Equal("15728640", Text(attachment, "size"));
        Assert.Equal(largest, await Fetch(attachment));
        (await Upload(user, ("attached", largest, "b.bin"))).AssertStatus(201);
        Assert.Equal(1L, await Blobs(erp.Company));
        Assert.Equal(
            "attached: is larger than 15 MB", (await Upload(user, ("attached", new byte[largest.Length + 1], "c.bin"))).Refusal(422));
        Assert.Equal(
            "base64_data: is larger than 15 MB",
            (await user.Post(Path, JsonSerializer.Serialize(new { base64_data = Convert.ToBase64String(new byte[largest.Length + 1]) })))
                .Refusal(422));
        Assert.Equal("attached: is empty", (await Upload(user, ("attached", Array.Empty<byte>(), "c.bin"))).Refusal(422));
    }

    [Fact]
    public async Task an_address_is_downloaded_and_kept_as_a_copy()
    {
        await using var elsewhere = await Elsewhere();
        await using var open = await WinDevServer.Start(("Webhooks:AllowHttp", "true"), ("Webhooks:AllowedNetworks", "127.0.0.0/8"));
        var erp = await open.Company();
        var user = await open.User(erp.Company, admin: true);
        await user.Post("products", """{"name":"Chaise"}""");
        await erp.NewEvents();
        var root = elsewhere.Urls.Single();
        var attachment = (await user.Post(Path, $$"""{"remote_attached_url":"{{root}}/docs/notice%20v2.pdf?x=1"}"""))
            .Item("attachment", 201);
        Assert.Equal(
            ("notice v2.pdf", "notice v2.pdf", "application/pdf"),
            (Text(attachment, "name"), Text(attachment, "filename"), Text(attachment, "mime_type")));
        Assert.Equal(Pdf, await Fetch(attachment));
        Assert.Equal("attachment_added", await erp.NewTypes());
        Assert.Equal("remote_attached_url: is larger than 15 MB", (await user.Post(Path, $$"""{"remote_attached_url":"{{root}}/large"}"""))
            .Refusal(422));
        Assert.Equal(
            "remote_attached_url: answered 302", (await user.Post(Path, $$"""{"remote_attached_url":"{{root}}/moved"}""")).Refusal(422));
        Assert.Equal(
            "remote_attached_url: is empty", (await user.Post(Path, $$"""{"remote_attached_url":"{{root}}/empty"}""")).Refusal(422));
        Assert.Equal("", await erp.NewTypes());
    }

    [Fact]
    public async Task a_base64_text_comes_before_an_address_and_an_address_before_a_form()
    {
        var (_, user) = await Product();
        var both = await user.Post(Path, """{"name":"a.txt","base64_data":"SGVsbG8=","remote_attached_url":"https://127.0.0.1/"}""");
        Assert.Equal("a.txt", Text(both.Item("attachment", 201), "filename"));
        Assert.StartsWith(
            "remote_attached_url: ",
            (await Upload(user, ("remote_attached_url", "https://127.0.0.1/"), ("attached", Pdf, "a.pdf"))).Refusal(422),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_picture_has_sizes_whatever_it_is_called()
    {
        var (erp, user) = await Product();
        var attachment = (await Upload(user, ("attached", await Pictures.Make("webp", 1500, 800), "plan.pdf"))).Item("attachment", 201);
        Assert.Equal("image/webp", Text(attachment, "mime_type"));
        foreach (var size in new[] { "px40", "px75", "px150", "nc1000" })
        {
            using var response = await new HttpClient().GetAsync(new Uri(Text(attachment, size)), TestContext.Current.CancellationToken);
            Assert.Equal("image/png", response.Content.Headers.ContentType?.ToString());
        }

        Assert.Equal(5L, await Blobs(erp.Company));
    }

    [Theory]
    [InlineData("page.html", "text/html")]
    [InlineData("drawing.svg", "image/svg+xml")]
    [InlineData("bomb.png", "image/png")]
    public async Task a_file_that_no_picture_is_made_of_is_a_download(string filename, string type)
    {
        var (_, user) = await Product();
        var content = type == "image/png" ? Pictures.Flat(30_000, 30_000) : Encoding.UTF8.GetBytes("<svg><script>alert(1)</script></svg>");
        var attachment = (await Upload(user, ("attached", content, filename))).Item("attachment", 201);
        Assert.Equal((type, ""), (Text(attachment, "mime_type"), Text(attachment, "px40")));
        using var response = await new HttpClient().GetAsync(new Uri(Text(attachment, "url")), TestContext.Current.CancellationToken);
        Assert.Equal(
            ("application/octet-stream", "attachment", "nosniff"),
            (response.Content.Headers.ContentType?.ToString(), response.Content.Headers.ContentDisposition?.DispositionType,
                string.Join(',', response.Headers.GetValues("X-Content-Type-Options"))));
    }

    [Fact]
    public async Task a_new_version_is_current_and_the_earlier_ones_stay()
    {
        var (erp, user) = await Product();
        var first = (await Upload(user, ("name", "Notice"), ("attached", Pdf, "v1.pdf"))).Item("attachment", 201);
        await erp.NewEvents();
        await erp.NewMessages();
        var second =
            (await ImageSpecs.Send(user, HttpMethod.Put, $"{Path}/{Id(first)}",
                ImageSpecs.Form(("note", "Corrected"), ("attached", "%PDF 2"u8.ToArray(), "v2.pdf")))).Item("attachment");
        Assert.Equal("attachment_version_added", await erp.NewTypes());
        Assert.Equal("product.updated", Assert.Single(await erp.NewMessages()).Type);
        Assert.Equal(("Notice", "v2.pdf", "Corrected", "v1.pdf v2.pdf"), (
            Text(second, "name"), Text(second, "filename"), Text(second, "note"),
            string.Join(' ', second.GetProperty("versions").EnumerateArray().Select(v => Text(v, "filename")))));
        Assert.Equal("%PDF 2", Encoding.UTF8.GetString(await Fetch(second)));
        Assert.Equal(Pdf, await Fetch(second.GetProperty("versions")[0]));
        (await ImageSpecs.Send(user, HttpMethod.Put, $"{Path}/{Id(first)}", ImageSpecs.Form(("attached", "%PDF 2"u8.ToArray(), "v2.pdf"))))
            .AssertStatus(200);
        await erp.AssertNothingHappened();
        await LiveRows.AssertEqualsStored(server, erp.Company);
    }

    [Fact]
    public async Task words_change_without_a_file_and_the_same_words_leave_no_event()
    {
        var (erp, user) = await Product();
        var attachment = (await Upload(user, ("name", "Notice"), ("source_id", "DOC-1"), ("folder", "A"), ("attached", Pdf, "v1.pdf")))
            .Item("attachment", 201);
        await erp.NewEvents();
        await erp.NewMessages();
        var renamed = (await user.Patch($"{Path}/DOC-1", """{"name":"Mode d'emploi","folder":null}""")).Item("attachment");
        Assert.Equal(
            ("Mode d'emploi", "DOC-1", JsonValueKind.Null),
            (Text(renamed, "name"), Text(renamed, "source_id"), renamed.GetProperty("folder").ValueKind));
        Assert.Equal("attachment_renamed", await erp.NewTypes());
        await erp.NewMessages();
        (await user.Put($"{Path}/{Id(attachment)}", """{"name":"Mode d'emploi","source_id":"DOC-1"}""")).AssertStatus(200);
        (await user.Put($"{Path}/{Id(attachment)}", "{}")).AssertStatus(200);
        await erp.AssertNothingHappened();
    }

    [Fact]
    public async Task a_removed_attachment_is_gone_with_its_addresses()
    {
        var (erp, user) = await Product();
        var attachment = (await Upload(user, ("attached", Pdf, "v1.pdf"))).Item("attachment", 201);
        await erp.NewEvents();
        await erp.NewMessages();
        Assert.Equal(Id(attachment), Id((await user.Delete($"{Path}/{Id(attachment)}")).Item("attachment")));
        Assert.Equal("attachment_removed", await erp.NewTypes());
        Assert.Equal("product.updated", Assert.Single(await erp.NewMessages()).Type);
        Assert.Empty((await user.Get(Path)).Json.GetProperty("attachments").EnumerateArray());
        using var response = await new HttpClient().GetAsync(new Uri(Text(attachment, "url")), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        foreach (var method in new[] { HttpMethod.Get, HttpMethod.Put, HttpMethod.Delete })
        {
            (await user.Send(method, $"{Path}/{Id(attachment)}", method == HttpMethod.Get ? null : "{}")).Refusal(404);
        }

        await erp.AssertNothingHappened();
    }

    [Fact]
    public async Task attachments_are_shown_in_the_detail_of_a_product_and_not_in_the_list()
    {
        var (_, user) = await Product();
        await Upload(user, ("name", "One"), ("attached", Pdf, "1.pdf"));
        await Upload(user, ("name", "Two"), ("attached", Pdf, "2.pdf"));
        Assert.Equal(
            "One Two",
            string.Join(' ',
                (await user.Get("products/1")).Item("product").GetProperty("attachments").EnumerateArray().Select(a => Text(a, "name"))));
        Assert.False((await user.Get("products")).Json.GetProperty("products")[0].TryGetProperty("attachments", out _));
        var xml = (await user.Get("product/1/attachments.xml")).AssertStatus(200).Xml;
        Assert.Equal("One Two", string.Join(' ', xml.Element("attachments")!.Elements("attachment").Select(a => a.Element("name")!.Value)));
        Assert.Equal("integer", xml.Element("attachments")!.Element("attachment")!.Element("id")!.Attribute("type")!.Value);
    }

    [Fact]
    public async Task whoever_may_not_manage_the_product_reads_and_changes_nothing()
    {
        var (erp, user) = await Product();
        var attachment = (await Upload(user, ("attached", Pdf, "1.pdf"))).Item("attachment", 201);
        await erp.NewEvents();
        await erp.NewMessages();
        var other = await server.User(erp.Company);
        Assert.False((await other.Get($"{Path}/{Id(attachment)}")).Item("attachment").GetProperty("updatable").GetBoolean());
        (await Upload(other, ("attached", Pdf, "1.pdf"))).Refusal(403);
        (await other.Put($"{Path}/{Id(attachment)}", """{"name":"x"}""")).Refusal(403);
        (await other.Delete($"{Path}/{Id(attachment)}")).Refusal(403);
        await erp.AssertNothingHappened();
        var admin = await server.User(erp.Company, admin: true);
        (await admin.Delete($"{Path}/{Id(attachment)}")).AssertStatus(200);
    }

    [Fact]
    public async Task a_stranger_finds_neither_the_product_nor_the_attachment()
    {
        var (_, user) = await Product();
        var attachment = (await Upload(user, ("attached", Pdf, "1.pdf"))).Item("attachment", 201);
        var (erp, stranger) = await Product();
        (await stranger.Get($"{Path}/{Id(attachment)}")).Refusal(404);
        (await stranger.Put($"{Path}/{Id(attachment)}", """{"name":"x"}""")).Refusal(404);
        (await stranger.Delete($"{Path}/{Id(attachment)}")).Refusal(404);
        await erp.AssertNothingHappened();
    }

    [Fact]
    public async Task writers_of_one_product_at_once_lose_nothing()
    {
        var (erp, user) = await Product();
        var replies =
            await Task.WhenAll(Enumerable.Range(0, 8).Select(n => user.Post(Path, $$"""{"name":"{{n}}.txt","base64_data":"SGVsbG8="}""")));
        Assert.All(replies, r => r.AssertStatus(201));
        Assert.Equal(8, (await user.Get(Path)).Json.GetProperty("attachments").EnumerateArray().Select(Id).Distinct().Count());
        Assert.Equal(8, (await erp.NewEvents()).Count);
        Assert.Equal(1L, await Blobs(erp.Company));
    }

    private static async Task<WebApplication> Elsewhere()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapGet("/docs/{name}", () => Results.Bytes(Pdf, "application/pdf"));
        app.MapGet("/large", () => Results.Bytes(new byte[15 * 1024 * 1024 + 1]));
        app.MapGet("/moved", () => Results.Redirect("/docs/x"));
        app.MapGet("/empty", () => Results.Bytes([]));
        await app.StartAsync(TestContext.Current.CancellationToken);
        return app;
    }

    private static Task<Reply> Upload(WinddleClient user, params object[] parts) =>
        ImageSpecs.Send(user, HttpMethod.Post, Path, ImageSpecs.Form(parts));

    private static async Task<byte[]> Fetch(JsonElement attachment)
    {
        using var http = new HttpClient();
        return await http.GetByteArrayAsync(new Uri(Text(attachment, "url")), TestContext.Current.CancellationToken);
    }

    private static string Text(JsonElement item, string name) => item.GetProperty(name).GetString()!;

    private static string Id(JsonElement item) => item.GetProperty("id").GetInt64().ToString(CultureInfo.InvariantCulture);

    private async Task<long> Blobs(string company) =>
        await server.Scalar<long>("select count(*) from catalog.blobs where tenant_id = $1", company);

    private async Task<(WinDevClient Erp, WinddleClient User)> Product()
    {
        var erp = await server.Company();
        var user = await server.User(erp.Company);
        (await user.Post("products", """{"name":"Chaise"}""")).AssertStatus(201);
        await erp.NewEvents();
        await erp.NewMessages();
        return (erp, user);
    }
}
