using Npgsql;
using PixeeEvents.Catalog;
using PixeeEvents.EventLog;
using Xunit;
using static PixeeEvents.Host.Tests.Testing.Answer;

namespace PixeeEvents.Host.Tests.WinDev.Catalogue;

public sealed class SinceSpecs(WinDevServer server) : IClassFixture<WinDevServer>
{
    private static long Now => DateTimeOffset.UtcNow.ToUnixTimeSeconds();

    [Fact]
    public async Task the_last_change_comes_first_whatever_it_touched()
    {
        var erp = await server.Company();
        await erp.Given(1, 2, 3, 4, 5);
        await erp.Stock("""[{"ean":"3760000000003","stock":1}]""");
        await erp.Prices("""[{"ean":"3760000000001","price_ht":1}]""");
        await erp.Post("products/ART-004/deactivate");
        var answer = (await erp.Get($"products/since/{Now - 3600}")).AssertOk("5 produits trouvés");
        Assert.Equal("ART-004 ART-001 ART-003 ART-005 ART-002", answer.Column("reference"));
        Assert.Equal(["code", "count", "cursor", "data", "message", "next_since", "page", "pages", "success", "total"], Keys(answer.Json));
        Assert.Equal(
            ["brand", "ean", "id", "is_active", "name", "price_ht", "price_ttc", "reference", "stock", "updated_at"], Keys(answer.Item(0)));
        Assert.InRange(answer.Json.GetProperty("next_since").GetInt64(), Now - 120, Now);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("1.5")]
    [InlineData("abc")]
    [InlineData("1750291200Z")]
    [InlineData("99999999999999999999")]
    [InlineData("%20")]
    public async Task a_timestamp_that_is_no_whole_number_of_seconds_is_refused(string timestamp)
    {
        var erp = await server.Company();
        (await erp.Get("products/since/" + timestamp)).AssertRefused(400, "Paramètre timestamp invalide : secondes Unix ≥ 0 attendues");
    }

    [Theory]
    [InlineData("page=0")]
    [InlineData("limit=501")]
    [InlineData("cursor=x")]
    [InlineData("cursor=-1")]
    public async Task bad_query_values_are_refused(string query)
    {
        var erp = await server.Company();
        (await erp.Get("products/since/0?" + query)).AssertRefused(400);
    }

    [Theory]
    [InlineData("4102444800")]
    [InlineData("1750291200000")]
    [InlineData("9223372036854775807")]
    public async Task a_time_to_come_gets_an_empty_list(string timestamp)
    {
        var erp = await server.Company();
        await erp.Given(1);
        var answer = (await erp.Get("products/since/" + timestamp)).AssertOk("0 produits trouvés");
        Assert.Equal((0, 0), (answer.Json.GetProperty("pages").GetInt32(), answer.Json.GetProperty("total").GetInt32()));
    }

    [Fact]
    public async Task rows_older_than_the_timestamp_stay_away_from_a_new_client()
    {
        var erp = await server.Company();
        await erp.Given(1);
        (await erp.Get($"products/since/{Now + 2}")).AssertOk("0 produits trouvés");
        var other = await server.Client(erp.Company);
        (await other.Get($"products/since/{Now - 2}")).AssertOk("1 produits trouvés");
    }

    [Fact]
    public async Task a_client_whose_clock_is_ahead_loses_nothing()
    {
        var erp = await server.Company();
        await erp.Given(1, 2, 3);
        (await erp.Get("products/since/0")).AssertOk("3 produits trouvés");
        await erp.Stock("""[{"ean":"3760000000002","stock":1}]""");
        Assert.Equal("ART-002", (await erp.Get($"products/since/{Now + 3600}")).AssertOk("1 produits trouvés").Column("reference"));
        await erp.Stock("""[{"ean":"3760000000003","stock":1}]""");
        Assert.Equal("ART-003", (await erp.Get($"products/since/{Now + 7200}")).Column("reference"));
        (await erp.Get($"products/since/{Now + 7300}")).AssertOk("0 produits trouvés");
    }

    [Fact]
    public async Task a_client_that_loaded_by_list_with_its_clock_ahead_loses_nothing()
    {
        var erp = await server.Company();
        await erp.Given(1, 2, 3);
        (await erp.Get("products")).AssertOk("3 produits trouvés");
        await erp.Stock("""[{"ean":"3760000000002","stock":1}]""");
        Assert.Equal("ART-002", (await erp.Get($"products/since/{Now + 3600}")).AssertOk("1 produits trouvés").Column("reference"));
        (await erp.Get("products")).AssertOk("3 produits trouvés");
        (await erp.Get($"products/since/{Now + 7200}")).AssertOk("0 produits trouvés");
    }

    [Fact]
    public async Task P3_a_change_during_a_walk_is_in_the_walk_or_in_the_next_one()
    {
        var erp = await server.Company();
        await erp.Given(1, 2, 3, 4, 5, 6);
        var seen = new List<string>();
        async Task<int> Page(long since, int page)
        {
            var answer = await erp.Get($"products/since/{since}?limit=2&page={page}");
            seen.AddRange(answer.Column("reference").Split(' '));
            return answer.Json.GetProperty("pages").GetInt32();
        }

        Assert.Equal(3, await Page(0, 1));
        await erp.Stock("""[{"ean":"3760000000001","stock":9},{"ean":"3760000000006","stock":9}]""");
        await erp.Sync("""[{"reference":"NEW","name":"n"}]""");
        await Page(0, 2);
        await Page(0, 3);
        Assert.Empty(new[] { "ART-002", "ART-003", "ART-004", "ART-005" }.Except(seen));
        seen.Clear();
        await Page(Now + 3600, 1);
        await Page(Now + 3600, 2);
        Assert.Equal(["ART-001", "ART-006", "NEW"], seen.Where(r => r.Length > 0).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task a_page_out_of_order_is_what_stands_there_now()
    {
        var erp = await server.Company();
        foreach (var numbers in Enumerable.Range(1, 3200).Chunk(1000))
        {
            await erp.Given(numbers);
        }

        (await erp.Get("products/since/0?limit=100")).AssertOk("3200 produits trouvés");
        await Agrees([30, 22, 32, 25, 30]);
        // From before and from behind the marks, and twice.
        foreach (var moved in (int[])[3200, 700, 700, 1])
        {
            await erp.Stock($$"""[{"ean":"{{WinDevClient.Ean(moved)}}","stock":{{Random.Shared.Next(1, 1_000_000)}}}]""");
            await Agrees([22, 32, 31]);
        }

        await erp.Sync("""[{"reference":"NEW","name":"n"}]""");
        await Agrees([32, 23]);
        var walks = await server.Scalar<long[]>("select walk_marks from sync.bookmarks where key_id = $1", erp.KeyId);
        Assert.Equal(3, walks!.Length);

        async Task Agrees(int[] pages)
        {
            foreach (var page in pages)
            {
                var there = await server.Scalar<string>(
                    """
                    select string_agg(p.reference, ' ' order by f.seq_id desc) from (
                        select * from windev.figures where tenant_id = $1 order by seq_id desc offset $2 limit 100) f
                    join windev.products p using (tenant_id, product_id)
                    """, erp.Company, (page - 1) * 100);
                Assert.Equal(there, (await erp.Get($"products/since/0?limit=100&page={page}")).Column("reference"));
            }
        }
    }

    [Fact]
    public async Task an_abandoned_walk_leaves_the_bookmark_where_it_was()
    {
        var erp = await server.Company();
        await erp.Given(1, 2, 3, 4);
        (await erp.Get("products/since/0")).AssertOk("4 produits trouvés");
        await erp.Stock("""[{"ean":"3760000000001","stock":1},{"ean":"3760000000002","stock":1},{"ean":"3760000000003","stock":1}]""");
        (await erp.Get($"products/since/{Now + 100}?limit=1")).AssertOk("3 produits trouvés");
        (await erp.Get($"products/since/{Now + 200}?limit=1")).AssertOk("3 produits trouvés");
        (await erp.Get($"products/since/{Now + 300}")).AssertOk("3 produits trouvés");
        (await erp.Get($"products/since/{Now + 400}")).AssertOk("0 produits trouvés");
    }

    [Fact]
    public async Task the_same_timestamp_asked_again_gets_the_same_rows_again()
    {
        var erp = await server.Company();
        await erp.Given(1, 2);
        await erp.Get("products/since/0");
        await erp.Stock("""[{"ean":"3760000000001","stock":1}]""");
        var asked = Now + 3600;
        Assert.Equal("ART-001", (await erp.Get($"products/since/{asked}")).Column("reference"));
        Assert.Equal("ART-001", (await erp.Get($"products/since/{asked}")).Column("reference"));
        await erp.Stock("""[{"ean":"3760000000002","stock":1}]""");
        Assert.Equal("ART-002 ART-001", (await erp.Get($"products/since/{asked}")).Column("reference"));
    }

    [Fact]
    public async Task each_key_has_a_bookmark_of_its_own()
    {
        var erp = await server.Company();
        await erp.Given(1);
        await erp.Get("products/since/0");
        var other = await server.Client(erp.Company);
        await other.Get("products/since/0");
        await erp.Stock("""[{"ean":"3760000000001","stock":1}]""");
        (await other.Get($"products/since/{Now + 3600}")).AssertOk("1 produits trouvés");
        (await other.Get($"products/since/{Now + 7200}")).AssertOk("0 produits trouvés");
        (await erp.Get($"products/since/{Now + 3600}")).AssertOk("1 produits trouvés");
    }

    [Fact]
    public async Task next_since_passed_on_misses_nothing()
    {
        var erp = await server.Company();
        await erp.Given(1, 2);
        var next = (await erp.Get("products/since/0")).Json.GetProperty("next_since").GetInt64();
        await erp.Stock("""[{"ean":"3760000000002","stock":1}]""");
        var other = await server.Client(erp.Company);
        Assert.StartsWith("ART-002", (await other.Get($"products/since/{next}")).Column("reference"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_cursor_is_exact()
    {
        var erp = await server.Company();
        await erp.Given(1, 2, 3);
        var cursor = (await erp.Get("products/since/0")).Json.GetProperty("cursor").GetString();
        var unchanged = (await erp.Get($"products/since/0?cursor={cursor}")).AssertOk("0 produits trouvés");
        await erp.Stock("""[{"ean":"3760000000002","stock":1}]""");
        var answer = (await erp.Get($"products/since/0?cursor={unchanged.Json.GetProperty("cursor").GetString()}"))
            .AssertOk("1 produits trouvés");
        Assert.Equal("ART-002", answer.Column("reference"));
        (await erp.Get($"products/since/0?cursor={answer.Json.GetProperty("cursor").GetString()}")).AssertOk("0 produits trouvés");
    }

    [Fact]
    public async Task a_walk_by_cursor_misses_no_change_between_its_pages()
    {
        var erp = await server.Company();
        await erp.Given(1, 2, 3, 4);
        var first = await erp.Get("products/since/0?cursor=0&limit=2");
        Assert.Equal("ART-004 ART-003", first.Column("reference"));
        await erp.Stock("""[{"ean":"3760000000001","stock":1}]""");
        var last = await erp.Get("products/since/0?cursor=0&limit=2&page=2");
        Assert.False(last.Json.TryGetProperty("cursor", out _));
        var cursor = first.Json.GetProperty("cursor").GetString();
        var seen = first.Column("reference") + " " + last.Column("reference") + " " + (await erp.Get($"products/since/0?cursor={cursor}"))
            .Column("reference");
        Assert.Contains("ART-001", seen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_destroyed_product_is_not_found_but_stays_as_a_tombstone()
    {
        var erp = await server.Company();
        await erp.Given(1, 2, 3);
        await erp.Stock("""[{"ean":"3760000000001","stock":5}]""");
        await Destroy(erp, "ART-001");
        Assert.Equal("product_destroyed", (await erp.NewEvents())[^1].Type);
        (await erp.Product("ART-001")).AssertRefused(404, "Produit introuvable pour la référence : ART-001");
        (await erp.Product("3760000000001")).AssertRefused(404);
        (await erp.Patch("ART-001", """{"brand":"x"}""")).AssertRefused(404);
        (await erp.Post("products/ART-001/activate")).AssertRefused(404);
        (await erp.Stock("""[{"ean":"3760000000001","stock":6}]""")).AssertOk("Stocks : 0 mis à jour, 1 introuvables, 0 erreurs");
        (await erp.Prices("""[{"ean":"3760000000001","price_ht":6}]""")).AssertOk("Prix : 0 mis à jour, 1 introuvables, 0 erreurs");
        (await erp.Get("products?active_only=false")).AssertOk("2 produits trouvés");
        (await erp.Get("products?active_only=false&search=article")).AssertOk("2 produits trouvés");
        var since = (await erp.Get("products/since/0")).AssertOk("3 produits trouvés");
        Assert.Equal("ART-001 ART-003 ART-002", since.Column("reference"));
        Assert.Equal(
            ["brand", "deleted", "ean", "id", "is_active", "name", "price_ht", "price_ttc", "reference", "stock", "updated_at"],
            Keys(since.Item(0)));
        Assert.Equal(
            (true, false), (since.Item(0).GetProperty("deleted").GetBoolean(), since.Item(0).GetProperty("is_active").GetBoolean()));
        Assert.False(since.Item(1).TryGetProperty("deleted", out _));
        var again = await erp.Sync("""[{"reference":"ART-001","ean":"3760000000001","name":"n"}]""");
        Assert.Equal("created", again.Column("status"));
        Assert.NotEqual(since.Item(0).GetProperty("id").GetString(), again.Item(0).GetProperty("id").GetString());
        (await erp.Get("products/since/0")).AssertOk("4 produits trouvés");
    }

    [Fact]
    public async Task P3_a_writer_that_commits_late_is_not_missed()
    {
        await using var alone = await WinDevServer.Start();
        var erp = await alone.Company();
        await erp.Given(1, 2, 3);
        await erp.Get("products/since/0");

        // The writer has drawn its numbers and stamped its events when it stops at the outbox.
        await using var connection = await alone.DataSource.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using (var hold = new NpgsqlCommand("lock table outbox in access exclusive mode", connection))
        {
            await hold.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        var late = erp.Stock("""[{"ean":"3760000000001","stock":1}]""");
        while (await alone.Scalar<long>("select count(*) from pg_locks where relation = 'outbox'::regclass and not granted") == 0)
        {
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        // A stranger's write, with a later number, is settled before it.
        await using (var figures = new NpgsqlCommand("select nextval('mt_events_sequence')", connection))
        {
            await figures.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        (await erp.Get($"products/since/{Now + 100}")).AssertOk("0 produits trouvés");
        var cursor = (await erp.Get($"products/since/{Now + 100}?cursor=0")).Json.GetProperty("cursor").GetString();
        Assert.False(late.IsCompleted);
        await transaction.CommitAsync(TestContext.Current.CancellationToken);
        (await late).AssertOk("Stocks : 1 mis à jour, 0 introuvables, 0 erreurs");
        Assert.Equal("ART-001", (await erp.Get($"products/since/{Now + 200}")).Column("reference"));
        Assert.Equal("ART-001", (await erp.Get($"products/since/0?cursor={cursor}")).Column("reference"));
    }

    private async Task Destroy(WinDevClient erp, string reference)
    {
        await using var session = server.Store.Open(new Caller(erp.Company, "t", "t", new Dictionary<string, string>()));
        var owners = await CatalogModule.Lock(session, [(ProductFields.Reference, reference)], CancellationToken.None);
        var id = Assert.Single(owners.Products);
        var product = (await CatalogModule.Products(session, [id], CancellationToken.None))[id];
        Assert.True(product.Append(new DestroyProduct().Decide(product.State)));
        Assert.True(await session.SaveChanges(CancellationToken.None));
    }
}
