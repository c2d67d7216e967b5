using System.IO.Compression;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Xunit;

namespace PixeeEvents.Host.Tests.WinDev.Batches;

public sealed class BodySpecs(WinDevServer server) : IClassFixture<WinDevServer>
{
    private const int SixteenMiB = 16 * 1024 * 1024;

    public static TheoryData<string> Batches { get; } = ["products/sync", "stock/update", "prices/update"];

    [Theory]
    [InlineData("", "Un tableau JSON est attendu à la racine")]
    [InlineData(" ", "Un tableau JSON est attendu à la racine")]
    [InlineData("\r\n\tnull\r\n", "Un tableau JSON est attendu à la racine")]
    [InlineData("null", "Un tableau JSON est attendu à la racine")]
    [InlineData("{}", "Un tableau JSON est attendu à la racine")]
    [InlineData("""{"products":[]}""", "Un tableau JSON est attendu à la racine")]
    [InlineData("\n  {\"a\":1}", "Un tableau JSON est attendu à la racine")]
    [InlineData("\"[]\"", "Un tableau JSON est attendu à la racine")]
    [InlineData("42", "Un tableau JSON est attendu à la racine")]
    [InlineData("true", "Un tableau JSON est attendu à la racine")]
    [InlineData("[", "JSON invalide : ligne 1, colonne 2")]
    [InlineData("[{]", "JSON invalide : ligne 1, colonne 3")]
    [InlineData("[1,]", "JSON invalide : ligne 1, colonne 4")]
    [InlineData("x", "Un tableau JSON est attendu à la racine")]
    [InlineData("[] x", "JSON invalide : ligne 1, colonne 4")]
    [InlineData("[][]", "JSON invalide : ligne 1, colonne 3")]
    [InlineData("[NaN]", "JSON invalide : ligne 1, colonne 2")]
    [InlineData("[{'a':1}]", "JSON invalide : ligne 1, colonne 3")]
    [InlineData("[{\"a\":\"\u0001\"}]", "JSON invalide : ligne 1, colonne 8")]
    public async Task a_body_that_is_no_array_is_refused_whole(string body, string? message)
    {
        var erp = await server.Company();
        foreach (var path in Batches)
        {
            (await erp.Post(path, body)).AssertRefused(422, message);
        }

        await erp.AssertNothingHappened();
    }

    [Theory]
    [MemberData(nameof(Batches))]
    public async Task a_body_nested_too_deep_is_refused(string path)
    {
        var erp = await server.Company();
        (await erp.Post(path, "[" + string.Concat(Enumerable.Repeat("[", 500)) + string.Concat(Enumerable.Repeat("]", 500)) + "]"))
            .AssertRefused(422, "JSON imbriqué trop profondément : ligne 1, colonne 65");
    }

    [Fact]
    public async Task a_batch_broken_in_its_last_byte_stores_nothing()
    {
        var erp = await server.Company();
        await erp.Given(1);
        var products = JsonSerializer.Serialize(Enumerable.Range(1, 900).Select(n => new { reference = $"N-{n}", name = "n" }));
        (await erp.Sync(products[..^1])).AssertRefused(422, $"JSON invalide : ligne 1, colonne {products.Length}");
        (await erp.Sync(products[..^1] + "}")).AssertRefused(422, $"JSON invalide : ligne 1, colonne {products.Length}");
        (await erp.Sync(products + "x")).AssertRefused(422, $"JSON invalide : ligne 1, colonne {products.Length + 1}");
        var stocks = JsonSerializer.Serialize(Enumerable.Range(1, 900).Select(n => new { ean = WinDevClient.Ean(1), stock = n }));
        (await erp.Stock(stocks[..^1] + ",")).AssertRefused(422, $"JSON invalide : ligne 1, colonne {stocks.Length}");
        await erp.AssertNothingHappened();
        (await erp.Get("products")).AssertOk("1 produits trouvés");
    }

    [Fact]
    public async Task one_product_above_a_thousand_refuses_the_whole_sync()
    {
        var erp = await server.Company();
        (await erp.Sync(JsonSerializer.Serialize(Enumerable.Range(1, 1001).Select(n => new { reference = $"N-{n}", name = "n" }))))
            .AssertRefused(422, "Trop d'éléments : 1000 maximum par appel");
        await erp.AssertNothingHappened();
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/xml")]
    [InlineData("application/x-www-form-urlencoded")]
    public async Task another_content_type_is_refused(string type)
    {
        var erp = await server.Company();
        await erp.Given(1);
        foreach (var path in Batches)
        {
            (await Send(erp, HttpMethod.Post, path, "[]"u8.ToArray(), type)).AssertRefused(415);
        }

        (await Send(erp, HttpMethod.Patch, "products/ART-001", "{}"u8.ToArray(), type)).AssertRefused(415);
    }

    [Theory]
    [InlineData("")]
    [InlineData("application/json")]
    [InlineData("application/json; charset=utf-8")]
    [InlineData("application/vnd.api+json")]
    public async Task json_is_taken_with_or_without_a_content_type(string type)
    {
        var erp = await server.Company();
        (await Send(erp, HttpMethod.Post, "products/sync", """[{"reference":"A","name":"é"}]"""u8.ToArray(), type))
            .AssertOk("Sync terminé : 1 créés, 0 mis à jour, 0 erreurs");
    }

    [Fact]
    public async Task a_byte_order_mark_is_passed_over()
    {
        var erp = await server.Company();
        (
            await Send(
                erp, HttpMethod.Post, "products/sync", [0xEF, 0xBB, 0xBF, .. """[{"reference":"A","name":"é"}]"""u8], "application/json"))
            .AssertOk("Sync terminé : 1 créés, 0 mis à jour, 0 erreurs");
    }

    [Fact]
    public async Task bytes_that_are_no_utf8_are_windows_1252()
    {
        var erp = await server.Company();
        (
            await Send(
                erp, HttpMethod.Post, "products/sync",
                [.. "[{\"reference\":\"A\",\"name\":\""u8, 0xE9, .. "\"},{\"reference\":\"B\",\"name\":\"b\"}]"u8], "application/json"))
            .AssertOk("Sync terminé : 2 créés, 0 mis à jour, 0 erreurs");
        Assert.Equal("é", (await erp.Product("A")).Data.GetProperty("name").GetString());
    }

    [Fact]
    public async Task a_gzip_body_is_read_and_a_broken_one_refused()
    {
        var erp = await server.Company();
        var body = Zipped("""[{"reference":"A","name":"a"}]"""u8);
        (await Send(erp, HttpMethod.Post, "products/sync", body, "application/json", "gzip"))
            .AssertOk("Sync terminé : 1 créés, 0 mis à jour, 0 erreurs");
        await erp.NewEvents();
        await erp.NewMessages();
        (await Send(erp, HttpMethod.Post, "products/sync", "no gzip at all"u8.ToArray(), "application/json", "gzip"))
            .AssertRefused(400, "Corps compressé illisible");
        (await Send(erp, HttpMethod.Patch, "products/A", "no gzip at all"u8.ToArray(), "application/json", "gzip"))
            .AssertRefused(400, "Corps compressé illisible");
        (await Send(erp, HttpMethod.Patch, "products/A", "no brotli at all"u8.ToArray(), "application/json", "br"))
            .AssertRefused(400, "Corps compressé illisible");
        Assert.InRange((int)(await Send(erp, HttpMethod.Post, "products/sync", body[..^12], "application/json", "gzip")).Status, 400, 422);
        (await Send(erp, HttpMethod.Post, "products/sync", body, "application/json", "zstd"))
            .AssertRefused(415, "Encodage du corps non pris en charge : gzip, br ou deflate attendu");
        await erp.AssertNothingHappened();
    }

    [Fact]
    public async Task a_small_body_that_unpacks_beyond_16_MiB_is_refused()
    {
        var erp = await server.Company();
        await erp.Given(1);
        var bomb = Zipped(
            Encoding.UTF8.GetBytes(
                "[{\"reference\":\"A\",\"name\":\"a\"}," + new string(' ', SixteenMiB) + "{\"reference\":\"B\",\"name\":\"b\"}]"));
        Assert.InRange(bomb.Length, 1, 100_000);
        foreach (var path in Batches)
        {
            (await Send(erp, HttpMethod.Post, path, bomb, "application/json", "gzip"))
                .AssertRefused(413, "Corps de requête trop volumineux : 16 Mio maximum");
        }

        (await Send(erp, HttpMethod.Patch, "products/ART-001", bomb, "application/json", "gzip")).AssertRefused(413);
        await erp.AssertNothingHappened();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task a_body_above_16_MiB_is_refused_and_one_of_16_MiB_read(bool chunked)
    {
        var erp = await server.Company();
        var head = """[{"reference":"A","name":"a"}"""u8.ToArray();
        byte[] Body(int length) => [.. head, .. Enumerable.Repeat((byte)' ', length - head.Length - 1), (byte)']'];
        (await Send(erp, HttpMethod.Post, "products/sync", Body(SixteenMiB + 1), "application/json", chunked: chunked))
            .AssertRefused(413, "Corps de requête trop volumineux : 16 Mio maximum");
        await erp.AssertNothingHappened();

        // The marks between chunks count as body.
        (
            await Send(
                erp, HttpMethod.Post, "products/sync", Body(chunked ? SixteenMiB - 65_536 : SixteenMiB), "application/json",
                chunked: chunked)).AssertOk("Sync terminé : 1 créés, 0 mis à jour, 0 erreurs");
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task an_answer_is_compressed_when_asked_for(string encoding)
    {
        var erp = await server.Company();
        await erp.Given([.. Enumerable.Range(1, 50)]);
        using var request = new HttpRequestMessage(HttpMethod.Get, "products");
        request.Headers.AcceptEncoding.ParseAdd(encoding);
        using var response = await erp.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal([encoding], response.Content.Headers.ContentEncoding);
        var packed = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        await using Stream unpacked = encoding == "br"
            ? new BrotliStream(packed, CompressionMode.Decompress)
            : new GZipStream(packed, CompressionMode.Decompress);
        var json = await JsonSerializer.DeserializeAsync<JsonElement>(unpacked, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(50, json.GetProperty("count").GetInt32());
    }

    private static byte[] Zipped(ReadOnlySpan<byte> body)
    {
        using var packed = new MemoryStream();
        using (var zip = new GZipStream(packed, CompressionLevel.SmallestSize))
        {
            zip.Write(body);
        }

        return packed.ToArray();
    }

    private static Task<Answer> Send(
        WinDevClient erp, HttpMethod method, string path, byte[] body, string type, string? encoding = null, bool chunked = false)
    {
        var request = new HttpRequestMessage(method, path) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = type.Length == 0 ? null : MediaTypeHeaderValue.Parse(type);
        request.Headers.TransferEncodingChunked = chunked;
        request.Headers.ExpectContinue = body.Length > SixteenMiB;
        if (encoding is not null)
        {
            request.Content.Headers.ContentEncoding.Add(encoding);
        }

        return erp.Send(request);
    }
}
