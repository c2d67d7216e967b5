using System.IO.Compression;
using System.Net.Http.Headers;
using Xunit;

namespace PixeeEvents.Host.Tests.Http;

/// <summary>A packed body is taken whole or not at all.</summary>
public sealed class PackedBodySpecs(SharedServer server)
{
    private static readonly byte[] Sync = [.. """[{"reference":"A","name":"a"},{"reference":"B","name":"b"}]"""u8];

    public static TheoryData<string> Encodings { get; } = ["gzip", "x-gzip", "deflate", "br"];

    [Theory]
    [MemberData(nameof(Encodings))]
    public async Task a_packed_body_is_read(string encoding)
    {
        var erp = await server.Company();
        (await Send(erp, "products/sync", Packed(encoding, Sync), encoding)).AssertOk("Sync terminé : 2 créés, 0 mis à jour, 0 erreurs");
    }

    [Theory]
    [MemberData(nameof(Encodings))]
    public async Task a_packed_body_cut_short_anywhere_is_refused_whole(string encoding)
    {
        var erp = await server.Company();
        var body = Packed(encoding, Sync);
        for (var cut = 1; cut < body.Length; cut++)
        {
            (await Send(erp, "products/sync", body[..^cut], encoding)).AssertRefused(400, "Corps compressé illisible");
        }

        await erp.AssertNothingHappened();
    }

    [Theory]
    [MemberData(nameof(Encodings))]
    public async Task what_follows_a_packed_body_refuses_it(string encoding)
    {
        var erp = await server.Company();
        var body = Packed(encoding, Sync);
        foreach (var garbage in new byte[][] { [0], [0x1f], [0x1f, 0x8b], [1, 2, 3, 4, 5, 6, 7, 8], new byte[100] })
        {
            (await Send(erp, "products/sync", [.. body, .. garbage], encoding)).AssertRefused(400, "Corps compressé illisible");
        }

        await erp.AssertNothingHappened();
    }

    [Fact]
    public async Task a_gzip_body_of_several_members_is_read()
    {
        var erp = await server.Company();
        var body = (byte[])[.. Packed("gzip", Sync.AsSpan(0, 20)), .. Packed("gzip", []), .. Packed("gzip", Sync.AsSpan(20))];
        (await Send(erp, "products/sync", body, "gzip")).AssertOk("Sync terminé : 2 créés, 0 mis à jour, 0 erreurs");
        (await Send(erp, "products/sync", body[..^6], "gzip")).AssertRefused(400, "Corps compressé illisible");
    }

    [Theory]
    [MemberData(nameof(Encodings))]
    public async Task every_face_refuses_it_in_its_own_words(string encoding)
    {
        var erp = await server.Company();
        var user = await server.User(erp.Company, admin: true);
        var product = Packed(encoding, """{"name":"Chaise"}"""u8);
        Assert.Equal("name: Chaise", "name: " + (await Winddle(product)).Item("product", 201).GetProperty("name").GetString());
        Assert.NotEmpty((await Winddle(product[..^1])).Refusal(400));
        var webhook = Packed(encoding, """{"name":"shop","url":"https://shop.example/hooks","events":["*"]}"""u8);
        Assert.Equal(201, (int)(await Send(erp, "/api/v1/webhooks", webhook, encoding)).Status);
        var refused = await Send(erp, "/api/v1/webhooks", webhook[..^1], encoding);
        Assert.Equal((400, "BAD_REQUEST"), ((int)refused.Status, refused.Json.GetProperty("error_code").GetString()));

        Task<Reply> Winddle(byte[] body) => user.Send(Request("products", body, encoding));
    }

    private static Task<Answer> Send(WinDevClient erp, string path, byte[] body, string encoding) =>
        erp.Send(Request(path, body, encoding));

    private static HttpRequestMessage Request(string path, byte[] body, string encoding)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse("application/json");
        request.Content.Headers.ContentEncoding.Add(encoding);
        return request;
    }

    private static byte[] Packed(string encoding, ReadOnlySpan<byte> body)
    {
        using var packed = new MemoryStream();
        using (Stream pack = encoding switch
        {
            "br" => new BrotliStream(packed, CompressionLevel.SmallestSize, leaveOpen: true),
            "deflate" => new ZLibStream(packed, CompressionLevel.SmallestSize, leaveOpen: true),
            _ => new GZipStream(packed, CompressionLevel.SmallestSize, leaveOpen: true),
        })
        {
            pack.Write(body);
        }

        return packed.ToArray();
    }
}
