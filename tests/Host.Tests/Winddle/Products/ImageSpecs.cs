using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Xunit;

namespace PixeeEvents.Host.Tests.Winddle.Products;

public sealed class ImageSpecs(WinDevServer server) : IClassFixture<WinDevServer>
{
    private static readonly string[] Sizes = ["px40", "px75", "px150", "px500"];

    [Theory]
    [InlineData("image", "name", "jpg", "jpg")]
    [InlineData("product[image]", "product[name]", "png", "png")]
    [InlineData("image", "product[name]", "webp", "png")]
    [InlineData("image", "name", "gif", "png")]
    public async Task a_product_is_created_with_its_picture(string part, string name, string extension, string served)
    {
        var (erp, user) = await Company();
        var reply =
            await Send(user, HttpMethod.Post, "products", Form((name, "Chaise"), (part, await Pictures.Make(extension), "any.txt")));
        var product = reply.Item("product", 201);
        Assert.Equal("product_registered image_set", await erp.NewTypes());
        Assert.Equal("product.created", Assert.Single(await erp.NewMessages()).Type);
        foreach (var size in Sizes)
        {
            var url = product.GetProperty(size).GetString()!;
            Assert.StartsWith($"{server.Address}files/{erp.Company}/", url, StringComparison.Ordinal);
            Assert.EndsWith($"/{size}.{served}", url, StringComparison.Ordinal);
            using var response = await new HttpClient().GetAsync(new Uri(url), TestContext.Current.CancellationToken);
            Assert.Equal("image/" + (served == "jpg" ? "jpeg" : "png"), response.Content.Headers.ContentType?.ToString());
        }

        Assert.Equal(5L, await Blobs(erp.Company));
        Assert.Equal(product.GetProperty("px75").GetString(), (await user.Get("products")).Json.GetProperty("products")[0]
            .GetProperty("px75").GetString());
        await LiveRows.AssertEqualsStored(server, erp.Company);
    }

    [Fact]
    public async Task a_picture_is_set_replaced_and_removed_by_updates()
    {
        var (erp, user) = await Product();
        var first = (await Set(user, await Pictures.Make("png", 60, 40))).Item("product").GetProperty("px40").GetString();
        var set = Assert.Single(await erp.NewEvents());
        Assert.Equal(("image_set", user.User.Email), (set.Type, set.Headers.GetProperty("user").GetString()));
        var message = Assert.Single(await erp.NewMessages());
        Assert.Equal(("product.updated", "image"), (message.Type, message.Data.GetProperty("updated_fields")[0].GetString()));

        var second = (await Set(user, await Pictures.Make("png", 61, 40))).Item("product").GetProperty("px40").GetString();
        Assert.NotEqual(first, second);
        Assert.Equal("image_set", await erp.NewTypes());

        Assert.Equal("", (await user.Put("products/1", """{"remove_image":true}""")).Item("product").GetProperty("px40").GetString());
        Assert.Equal("image_removed", await erp.NewTypes());
        await erp.NewMessages();
        (await user.Put("products/1", """{"remove_image":true}""")).AssertStatus(200);
        (await user.Put("products/1", """{"remove_image":false}""")).AssertStatus(200);
        await erp.AssertNothingHappened();
        await LiveRows.AssertEqualsStored(server, erp.Company);
    }

    [Fact]
    public async Task the_same_picture_again_makes_no_event_and_keeps_its_address()
    {
        var (erp, user) = await Product();
        var picture = await Pictures.Make("jpg");
        var first = (await Set(user, picture)).Item("product");
        await erp.NewEvents();
        await erp.NewMessages();
        var second = (await Set(user, picture)).Item("product");
        await erp.AssertNothingHappened();
        Assert.Equal(first.ToString(), second.ToString());
        Assert.Equal(5L, await Blobs(erp.Company));
    }

    [Fact]
    public async Task a_picture_and_fields_are_one_change()
    {
        var (erp, user) = await Product();
        (await Send(user, HttpMethod.Put, "products/1", Form(("color", "Noir"), ("image", await Pictures.Make("png", 60, 40), "a.png"))))
            .AssertStatus(200);
        Assert.Equal("product_details_changed image_set", await erp.NewTypes());
        Assert.Equal(
            """["color","image"]""", JsonSerializer.Serialize(Assert.Single(await erp.NewMessages()).Data.GetProperty("updated_fields")));
    }

    [Fact]
    public async Task a_new_picture_wins_over_its_removal()
    {
        var (erp, user) = await Product();
        (await Send(user, HttpMethod.Put, "products/1",
            Form(("remove_image", "true"), ("image", await Pictures.Make("png", 60, 40), "a.png")))).AssertStatus(200);
        Assert.Equal("image_set", await erp.NewTypes());
    }

    public static TheoryData<string, byte[], string> Refusals => new()
    {
        { "drawing.png", Encoding.UTF8.GetBytes("<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>"),
            "image: is not a JPEG, PNG, WebP or GIF picture" },
        { "page.jpg", Encoding.UTF8.GetBytes("<!DOCTYPE html><script>alert(1)</script>"),
            "image: is not a JPEG, PNG, WebP or GIF picture" },
        { "script.gif", [.. "GIF89a/*"u8, 1, 0, 0, 0, 0, .. "*/=1;alert(1)"u8], "image: holds a page or a script" },
        { "bomb.png", Pictures.Flat(30_000, 30_000), "image: has too many pixels" },
        { "broken.png", Pictures.Flat(500, 500)[..60], "image: is broken" },
        { "cut.jpg", [0xFF, 0xD8, 0xFF, 0xE0, 0, 16, .. "JFIF"u8], "image: is broken" },
        { "empty.jpg", [], "image: is empty" },
        { "large.jpg", new byte[15 * 1024 * 1024 + 1], "image: is larger than 15 MB" },
    };

    [Theory]
    [MemberData(nameof(Refusals), DisableDiscoveryEnumeration = true)]
    public async Task what_is_no_good_picture_is_refused_and_nothing_is_stored(string name, byte[] content, string refusal)
    {
        var (erp, user) = await Product();
        Assert.Equal(
            refusal, (await Send(user, HttpMethod.Put, "products/1", Form(("color", "Noir"), ("image", content, name)))).Refusal(422));
        Assert.Equal(
            refusal, (await Send(user, HttpMethod.Post, "products", Form(("name", "Table"), ("image", content, name)))).Refusal(422));
        await erp.AssertNothingHappened();
        Assert.Equal(0L, await Blobs(erp.Company));
    }

    [Fact]
    public async Task a_body_beyond_the_bound_is_not_read()
    {
        var (erp, user) = await Product();
        using var connection = new TcpClient(server.Address.Host, server.Address.Port);
        await using var stream = connection.GetStream();
        var head =
            $"PUT /api/v1/products/1 HTTP/1.1\r\nHost: {server.Address.Authority}\r\nAuthorization: Bearer {user.RawToken}\r\n"
            + $"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {17 * 1024 * 1024}\r\n\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(stream);
        Assert.StartsWith("HTTP/1.1 413 ", await reader.ReadLineAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        await erp.AssertNothingHappened();
    }

    [Fact]
    public async Task whoever_may_not_manage_the_product_sets_no_picture()
    {
        var (erp, _) = await Product();
        var other = await server.User(erp.Company);
        (await Set(other, await Pictures.Make("png", 60, 40))).Refusal(403);
        (await other.Put("products/1", """{"remove_image":true}""")).Refusal(403);
        await erp.AssertNothingHappened();
        Assert.Equal(0L, await Blobs(erp.Company));
    }

    [Fact]
    public async Task without_libvips_a_picture_is_refused_and_everything_else_works()
    {
        await using var bare = await WinDevServer.Start(("Images:Tool", "no-such-tool"));
        var erp = await bare.Company();
        var user = await bare.User(erp.Company, admin: true);
        (await user.Post("products", """{"name":"Chaise"}""")).AssertStatus(201);
        await erp.NewEvents();
        await erp.NewMessages();
        var refused = await Set(user, await Pictures.Make("png", 60, 40));
        Assert.Equal("base: No picture can be taken: libvips is not installed on the server.", refused.Refusal(503));
        Assert.Equal("3600", refused.Header("Retry-After"));
        await erp.AssertNothingHappened();
        (await user.Put("products/1", """{"color":"Noir"}""")).AssertStatus(200);
    }

    [Fact]
    public async Task an_answer_in_xml_tells_the_sizes_too()
    {
        var (_, user) = await Product();
        var request = new HttpRequestMessage(HttpMethod.Put, "products/1.xml")
        {
            Content = Form(("image", await Pictures.Make("png", 60, 40), "a.png")),
        };
        var product = (await user.Send(request)).AssertStatus(200).Xml.Element("product")!;
        Assert.EndsWith("/px40.png", product.Element("px40")!.Value, StringComparison.Ordinal);
    }

    internal static MultipartFormDataContent Form(params object[] parts)
    {
        var form = new MultipartFormDataContent();
        foreach (var part in parts)
        {
            switch (part)
            {
                case ValueTuple<string, string>(var name, var text):
                    form.Add(new StringContent(text), name);
                    break;
                case ValueTuple<string, byte[], string>(var name, var content, var filename):
                    var file = new ByteArrayContent(content);
                    file.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
                    form.Add(file, name, filename);
                    break;
            }
        }

        return form;
    }

    internal static Task<Reply> Send(WinddleClient user, HttpMethod method, string path, HttpContent content) =>
        user.Send(new HttpRequestMessage(method, path) { Content = content });

    private static Task<Reply> Set(WinddleClient user, byte[] picture) =>
        Send(user, HttpMethod.Put, "products/1", Form(("image", picture, "a.bin")));

    private async Task<long> Blobs(string company) =>
        await server.Scalar<long>("select count(*) from catalog.blobs where tenant_id = $1", company);

    private async Task<(WinDevClient Erp, WinddleClient User)> Company()
    {
        var erp = await server.Company();
        return (erp, await server.User(erp.Company));
    }

    private async Task<(WinDevClient Erp, WinddleClient User)> Product()
    {
        var (erp, user) = await Company();
        (await user.Post("products", """{"name":"Chaise"}""")).AssertStatus(201);
        await erp.NewEvents();
        await erp.NewMessages();
        return (erp, user);
    }
}
