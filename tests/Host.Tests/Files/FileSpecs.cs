using System.Net;
using System.Text.Json;
using Npgsql;
using PixeeEvents.Catalog;
using PixeeEvents.EventLog;
using PixeeEvents.Winddle.Images;
using Xunit;

namespace PixeeEvents.Host.Tests.Files;

public sealed class FileSpecs(WinDevServer server) : IClassFixture<WinDevServer>, IDisposable
{
    private static readonly IReadOnlyDictionary<string, StoredFile> NoSizes = new Dictionary<string, StoredFile>();

    private readonly HttpClient _http = new() { BaseAddress = server.Address };

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task a_size_is_served_for_ever_as_what_it_is()
    {
        var (company, _, image) = await Illustrated(await Pictures.Make("png", 60, 40));
        var size = image.Blobs[^1];
        using var response = await Get($"/files/{company}/{image.Command.Key}/px40.png");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(size.Content.ToArray(), await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        Assert.Equal(
            ("image/png", (long?)size.File.Size, $"\"{size.File.Sha256}\"", "nosniff", "default-src 'none'; sandbox"),
            (response.Content.Headers.ContentType?.ToString(), response.Content.Headers.ContentLength, response.Headers.ETag?.ToString(), Header(response, "X-Content-Type-Options"),
                Header(response, "Content-Security-Policy")));
        Assert.Equal((true, TimeSpan.FromDays(365), "immutable"), (
            response.Headers.CacheControl!.Public, response.Headers.CacheControl.MaxAge,
            response.Headers.CacheControl.Extensions.Single().Name));
        Assert.Null(response.Content.Headers.ContentDisposition);
    }

    [Fact]
    public async Task who_has_it_already_is_not_sent_it_again()
    {
        var (company, _, image) = await Illustrated(await Pictures.Make("png", 60, 40));
        foreach (var tag in new[] { $"\"{image.Blobs[^1].File.Sha256}\"", $"W/\"{image.Blobs[^1].File.Sha256}\"", "\"other\", *", "*" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/files/{company}/{image.Command.Key}/px40.png");
            request.Headers.TryAddWithoutValidation("If-None-Match", tag);
            using var response = await _http.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.NotModified, response.StatusCode);
            Assert.NotNull(response.Headers.ETag);
        }
    }

    [Fact]
    public async Task the_head_says_what_the_body_would_be()
    {
        var (company, _, image) = await Illustrated(await Pictures.Make("png", 60, 40));
        using var response = await _http.SendAsync(
            new HttpRequestMessage(HttpMethod.Head, $"/files/{company}/{image.Command.Key}/px500.png"),
            TestContext.Current.CancellationToken);
        Assert.Equal((HttpStatusCode.OK, image.Command.Sizes["px500"].Size), (response.StatusCode, response.Content.Headers.ContentLength));
    }

    [Fact]
    public async Task a_page_that_was_attached_never_runs_in_our_origin()
    {
        var page = Blob.Of("<script>alert(document.domain)</script>"u8.ToArray(), "text/html");
        var (company, _) = await Attached(page, "Été \"1\"\r\n.html");
        using var response = await Get($"/files/{company}/key-{company}/original");
        Assert.Equal("application/octet-stream", response.Content.Headers.ContentType?.ToString());
        Assert.Equal(
            ("attachment", "Été \"1\"__.html"),
            (
                response.Content.Headers.ContentDisposition!.DispositionType,
                response.Content.Headers.ContentDisposition.FileNameStar?.Replace("\r\n", "__", StringComparison.Ordinal)));
        Assert.Equal("nosniff", Header(response, "X-Content-Type-Options"));
        Assert.Equal("default-src 'none'; sandbox", Header(response, "Content-Security-Policy"));
        Assert.Equal(page.Content.ToArray(), await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task a_file_of_many_pieces_comes_back_whole()
    {
        var content = new byte[3 * 256 * 1024 + 17];
        new Random(1).NextBytes(content);
        var (company, _) = await Attached(Blob.Of(content, "application/pdf"), "x.pdf");
        using var response = await Get($"/files/{company}/key-{company}/original");
        Assert.Equal(content, await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        Assert.Equal(4, await server.Scalar<long>("select count(*) from catalog.blob_chunks where tenant_id = $1", company));
    }

    [Fact]
    public async Task what_nobody_was_told_is_not_found()
    {
        var (company, _, image) = await Illustrated(await Pictures.Make("png", 60, 40));
        var other = (await server.Company()).Company;
        foreach (var path in new[]
                 {
                     $"{other}/{image.Command.Key}/px40.png", $"{company}/{ImageScaler.NewKey()}/px40.png",
                     $"{company}/{image.Command.Key}/original",
                     $"{company}/{image.Command.Key}/px40.jpg", $"{company}/{image.Command.Key}/%20",
                 })
        {
            using var response = await Get("/files/" + path);
            Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
            Assert.True(response.Headers.CacheControl?.NoStore);
            Assert.Empty(await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public async Task what_was_removed_replaced_or_destroyed_is_served_no_more()
    {
        var (company, product, image) = await Illustrated(await Pictures.Make("png", 60, 40));
        var second = await Prepared(await Pictures.Make("png", 61, 40));
        await Change(company, product, state => second.Command.Decide(state), [.. second.Blobs]);
        Assert.Equal(HttpStatusCode.NotFound, await Status(company, image.Command.Key));
        Assert.Equal(HttpStatusCode.OK, await Status(company, second.Command.Key));
        await Change(company, product, RemoveImage.Decide);
        Assert.Equal(HttpStatusCode.NotFound, await Status(company, second.Command.Key));
        await Change(company, product, state => image.Command.Decide(state), [.. image.Blobs]);
        Assert.Equal(HttpStatusCode.OK, await Status(company, image.Command.Key));
        await Change(company, product, new DestroyProduct().Decide);
        Assert.Equal(HttpStatusCode.NotFound, await Status(company, image.Command.Key));
        Assert.Equal(
            10L, await server.Scalar<long>("select count(*) from catalog.blobs where tenant_id = $1", company) + Shared(image, second));
    }

    [Fact]
    public async Task equal_contents_are_kept_once_per_company()
    {
        var content = Blob.Of("the same"u8.ToArray(), "text/plain");
        var (company, product) = await Attached(content, "a.txt");
        var version = new AttachmentVersion(12, "another-" + company, "b.txt", null, content.File, NoSizes);
        await Change(
            company, product, state => new AddAttachment(11, new AttachmentDetails("b", null, null), version).Decide(state), content);
        Assert.Equal(1L, await server.Scalar<long>("select count(*) from catalog.blobs where tenant_id = $1", company));
        Assert.Equal(2L, await server.Scalar<long>("select count(*) from catalog.files where tenant_id = $1", company));
        var (other, _) = await Attached(content, "a.txt");
        Assert.Equal(1L, await server.Scalar<long>("select count(*) from catalog.blobs where tenant_id = $1", other));
    }

    [Fact]
    public async Task a_content_is_stored_with_its_event_or_not_at_all()
    {
        var content = Blob.Of("never"u8.ToArray(), "text/plain");
        var company = (await server.Company()).Company;
        await using (var session = server.Store.Open(new Caller(company)))
        {
            await Blob.Keep(session, [content], CancellationToken.None);
        }

        Assert.Equal(0L, await server.Scalar<long>("select count(*) from catalog.blobs where tenant_id = $1", company));
    }

    [Fact]
    public async Task calls_that_keep_the_same_contents_at_once_do_not_hinder_each_other()
    {
        var company = (await server.Company()).Company;
        var blobs = Enumerable.Range(0, 5).Select(n => Blob.Of([(byte)n], "text/plain")).ToList();
        await Parallel.ForEachAsync(Enumerable.Range(0, 20), async (n, cancellationToken) =>
        {
            await using var session = server.Store.Open(new Caller(company));
            await Blob.Keep(session, [.. blobs.OrderBy(_ => Random.Shared.Next())], cancellationToken);
            await session.SaveChanges(cancellationToken);
        });
        Assert.Equal(5L, await server.Scalar<long>("select count(*) from catalog.blobs where tenant_id = $1", company));
    }

    [Theory]
    [InlineData("update catalog.blob_chunks set bytes = 'x' where tenant_id = $1")]
    [InlineData("delete from catalog.blob_chunks where tenant_id = $1")]
    [InlineData("delete from catalog.blobs where tenant_id = $1")]
    public async Task a_stored_content_is_never_changed(string sql)
    {
        var (company, _) = await Attached(Blob.Of("kept"u8.ToArray(), "text/plain"), "a.txt");
        var refused = await Assert.ThrowsAsync<PostgresException>(() => server.Scalar<object>(sql, company));
        Assert.Equal("PE002", refused.SqlState);
    }

    [Fact]
    public async Task files_and_attachments_rebuilt_from_zero_equal_the_running_ones()
    {
        var (company, product, _) = await Illustrated(await Pictures.Make("png", 60, 40));
        var content = Blob.Of("a"u8.ToArray(), "text/plain");
        await Change(
            company, product, state => new AddAttachment(1, new AttachmentDetails("a", "S", null), Version(2, company)).Decide(state),
            content);
        await Change(
            company, product, state => new AddAttachment(3, new AttachmentDetails("b", null, "F"), Version(4, company)).Decide(state),
            content);
        await Change(
            company, product, state => new ReviseAttachment(3, new AttachmentDetails("c", null, null), Version(5, company)).Decide(state),
            content);
        await Change(company, product, state => new RemoveAttachment(1).Decide(state));
        var before = await Rows(company);
        Assert.Equal(2, before.Count(r => r.Contains("\"c\"", StringComparison.Ordinal) || r.Contains("key5", StringComparison.Ordinal)));
        var rebuild = server.Rebuild;
        foreach (var projection in new RowProjection[] { new ServedFiles(), new AttachmentRows() })
        {
            await rebuild.Projection(projection, null, CancellationToken.None);
        }

        Assert.Equal(before, await Rows(company));
        await LiveRows.AssertEqualsStored(server, company);

        AttachmentVersion Version(long id, string of) =>
            new(id, $"key{id}-{of}", "a.txt", id == 5 ? "second" : null, Blob.Of([(byte)id], "text/plain").File, NoSizes);
    }

    private async Task<string[]> Rows(string company) =>
    [
        .. (
            await server.Scalar<string[]>(
                "select coalesce(array_agg(to_jsonb(f)::text order by key, name), '{}') from catalog.files f where tenant_id = $1",
                company))!,
        .. (
            await server.Scalar<string[]>(
                "select coalesce(array_agg(to_jsonb(a)::text order by id), '{}') from catalog.attachments a where tenant_id = $1",
                company))!,
    ];

    private static int Shared(PreparedImage one, PreparedImage other) =>
        10 - one.Blobs.Concat(other.Blobs).DistinctBy(b => b.File.Sha256).Count();

    private async Task<(string Company, Guid Product, PreparedImage Image)> Illustrated(byte[] picture)
    {
        var image = await Prepared(picture);
        var (company, product) = await Product();
        await Change(company, product, state => image.Command.Decide(state), [.. image.Blobs]);
        return (company, product, image);
    }

    private async Task<(string Company, Guid Product)> Attached(Blob content, string filename)
    {
        var (company, product) = await Product();
        var version = new AttachmentVersion(2, "key-" + company, filename, null, content.File, NoSizes);
        await Change(
            company, product, state => new AddAttachment(1, new AttachmentDetails("a", null, null), version).Decide(state), content);
        return (company, product);
    }

    private async Task<(string Company, Guid Product)> Product()
    {
        var company = await server.Company();
        await company.Given(1);
        return (company.Company, (await company.Product("ART-001")).Data.GetProperty("id").GetGuid());
    }

    private async Task Change(string company, Guid product, Func<Product, Decision> decide, params Blob[] blobs)
    {
        await using var session = server.Store.Open(new Caller(company));
        var stream = (await session.FetchForWriting(Catalog.Products.Product.Aggregate, [product], CancellationToken.None))[product];
        Assert.True(stream.Append(decide(stream.State)));
        await Blob.Keep(session, blobs, CancellationToken.None);
        Assert.True(await session.SaveChanges(CancellationToken.None));
    }

    private static async Task<PreparedImage> Prepared(byte[] picture)
    {
        var (image, problem) = await new ImageScaler(Microsoft.Extensions.Options.Options.Create(new ImageOptions()))
            .Prepare(picture, CancellationToken.None);
        Assert.Equal(ImageProblem.None, problem);
        return image!;
    }

    private async Task<HttpStatusCode> Status(string company, string key)
    {
        using var response = await Get($"/files/{company}/{key}/px40.png");
        return response.StatusCode;
    }

    private Task<HttpResponseMessage> Get(string path) =>
        _http.GetAsync(new Uri(server.Address, path), TestContext.Current.CancellationToken);

    private static string Header(HttpResponseMessage response, string name) => string.Join(',', response.Headers.GetValues(name));
}
