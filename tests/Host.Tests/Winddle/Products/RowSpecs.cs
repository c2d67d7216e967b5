using System.Text.Json;
using JasperFx.Events;
using Npgsql;
using PixeeEvents.Catalog;
using PixeeEvents.EventLog;
using PixeeEvents.Winddle.Rows;
using Xunit;

namespace PixeeEvents.Host.Tests.Winddle.Products;

/// <summary>The rows behind the face: whose they are, what moves them, and that the log alone makes them again.</summary>
public sealed class RowSpecs(WinDevServer server) : IClassFixture<WinDevServer>
{
    private const string Stored =
        """
        select coalesce(string_agg(r, E'\n' order by r), '') from (
            select (p.*)::text as r from winddle.products p where p.tenant_id = $1
            union all select (v.*)::text from winddle.variants v where v.tenant_id = $1
            union all select (o.*)::text from winddle.ordinals o where o.tenant_id = $1
            union all select (b.*)::text from winddle.page_blocks b where b.tenant_id = $1) rows
        """;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task a_product_of_one_face_is_the_same_product_in_the_other()
    {
        var (erp, user) = await Company();
        await erp.Sync(
            """[{"reference":"ART-001","ean":"3760000000001","name":"Article 1","brand":"B","color":"Blanc","stock":4,"price_ht":3}]""");
        var product = (await user.Get("products/1")).Item("product");
        Assert.Equal(("Article 1", "ART-001", "B", "Blanc", false), (
            product.GetProperty("name").GetString(), product.GetProperty("reference").GetString(), product.GetProperty("brand").GetString(),
            product.GetProperty("color").GetString(), product.GetProperty("can_manage").GetBoolean()));
        Assert.False(product.TryGetProperty("owner", out _));
        await user.Post("products", """{"name":"Chaise","reference":"CH-1","washcare":"30°","description":"Belle"}""");
        var shown = (await erp.Product("CH-1")).Data;
        Assert.Equal(("Chaise", "30°", "Belle", true, 0), (
            shown.GetProperty("name").GetString(), shown.GetProperty("washcare").GetString(), shown.GetProperty("description").GetString(),
            shown.GetProperty("is_active").GetBoolean(), shown.GetProperty("stock").GetInt32()));
        Assert.DoesNotContain(shown.EnumerateObject(), p => p.Name.EndsWith("_id", StringComparison.Ordinal) && p.Name != "source_id");
        await erp.Patch("CH-1", """{"color":"Noir"}""");
        Assert.Equal("Noir", (await user.Get("products/2")).Item("product").GetProperty("color").GetString());
        await user.Put("products/2", """{"color":"Rouge"}""");
        Assert.Equal("Rouge", (await erp.Product("CH-1")).Data.GetProperty("color").GetString());
        await user.Delete("products/2");
        (await erp.Product("CH-1")).AssertRefused(404);
        Assert.Contains((await erp.Get("products/since/0")).Data.EnumerateArray(), p => p.TryGetProperty("deleted", out _));
    }

    [Fact]
    public async Task a_product_made_in_xml_and_patched_through_windev_is_read_in_both_faces_and_has_one_history()
    {
        var (erp, user) = await Company();
        await user.Send(
            HttpMethod.Post, "products",
            "<product><name>TestCreationProduit</name><reference>TestProduit-001</reference><color>Blanc</color></product>");
        var patched = await erp.Patch("TestProduit-001", """{"color":"Noir","ean":"3760000000001","weight":2.5}""");
        (await user.Send(HttpMethod.Put, "product/TestCreationProduit/archive", "<product/>")).AssertStatus(200);
        var seen = (await erp.Product("TestProduit-001")).Data;
        Assert.Equal(("TestCreationProduit", "Noir", "3760000000001", 2.5m, false), (
            seen.GetProperty("name").GetString(), seen.GetProperty("color").GetString(), seen.GetProperty("ean").GetString(),
            seen.GetProperty("weight").GetDecimal(),
            seen.GetProperty("is_active").GetBoolean()));
        var read = (await user.Get("products/TestCreationProduit.xml")).Xml.Element("product")!;
        Assert.Equal(("1", "Noir", "true"), (read.Element("id")!.Value, read.Element("color")!.Value, read.Element("archived")!.Value));
        Assert.Equal("Noir", (await user.Get("products/1")).Item("product").GetProperty("color").GetString());
        var history = await erp.NewEvents();
        Assert.Equal(
            [("product_registered", 1L, "winddle"), ("product_details_changed", 2L, "windev"), ("product_archived", 3L, "winddle"),
                ("product_deactivated", 4L, "winddle")],
            history.Select(e => (e.Type, e.Version, e.Headers.GetProperty("face").GetString()!)));
        Assert.Equal(patched.Data.GetProperty("id").GetGuid(), Assert.Single(history.Select(e => e.Stream).Distinct()));
        Assert.All(history, e => Assert.Equal(e.Version == 2 ? "erp" : user.User.Email, e.Headers.GetProperty("user").GetString()));
    }

    [Fact]
    public async Task what_windev_shows_for_if_match_follows_every_event_of_the_product()
    {
        var (erp, user) = await Company();
        await user.Post("products", """{"name":"Chaise","reference":"CH-1"}""");
        foreach (var action in new[] { "like", "showcase", "cancel", "uncancel", "archive" })
        {
            await user.Patch("product/1/" + action);
        }

        await user.Post("products/1/variants", """{"name":"Rouge"}""");
        var version = (await erp.Product("CH-1")).Data.GetProperty("version").GetInt64();
        Assert.Equal((await erp.NewEvents())[^1].Version, version);
        var patch = new HttpRequestMessage(HttpMethod.Patch, "products/CH-1")
        {
            Content = new StringContent("""{"color":"Noir"}""", new System.Net.Http.Headers.MediaTypeHeaderValue("application/json")),
        };
        patch.Headers.TryAddWithoutValidation("If-Match", version.ToString());
        Assert.Equal(200, (int)(await erp.Send(patch)).Status);
        await LiveRows.AssertEqualsStored(server, erp.Company);
    }

    [Fact]
    public async Task stock_prices_and_fields_it_does_not_show_leave_the_rows_alone()
    {
        var (erp, _) = await Company();
        await erp.Given(1, 2);
        const string places = "select string_agg(ctid::text || xmin::text, ' ' order by id) from winddle.products where tenant_id = $1";
        var before = await server.Scalar<string>(places, erp.Company);
        await erp.Stock("""[{"ean":"3760000000001","stock":5},{"ean":"3760000000002","stock":6}]""");
        await erp.Prices("""[{"ean":"3760000000001","price_ht":5}]""");
        await erp.Patch("ART-001", """{"weight":3,"short_description":"Court","is_active":false}""");
        Assert.NotEmpty(await erp.NewEvents());
        Assert.Equal(before, await server.Scalar<string>(places, erp.Company));
        await erp.Patch("ART-001", """{"color":"Noir"}""");
        Assert.NotEqual(before, await server.Scalar<string>(places, erp.Company));
    }

    [Fact]
    public async Task rows_made_from_the_log_equal_the_running_ones_ids_included()
    {
        var (erp, user) = await Company();
        await Play(erp, user);
        var running = await server.Scalar<string>(Stored, erp.Company);
        Assert.Contains("Chaise", running, StringComparison.Ordinal);
        await server.Rebuild.Projection(new WinddleProducts(), null, Stop);
        Assert.Equal(running, await server.Scalar<string>(Stored, erp.Company));
        Assert.Equal(8, (await user.Post("products", """{"name":"Suite"}""")).Item("product", 201).GetProperty("id").GetInt32());
    }

    [Fact]
    public async Task rows_of_one_event_at_a_time_equal_those_of_a_batch()
    {
        var (erp, user) = await Company();
        await Play(erp, user);
        var (log, _) = await server.Log.ReadAfter(0, int.MaxValue, Stop);
        await using var connection = await server.DataSource.OpenConnectionAsync(Stop);
        foreach (var together in new[] { false, true })
        {
            await using var transaction = await connection.BeginTransactionAsync(Stop);
            await using var batch = new NpgsqlBatch(connection);
            batch.Add("create temp table products (like winddle.products including all) on commit drop");
            batch.Add("create temp table variants (like winddle.variants including all) on commit drop");
            batch.Add("create temp table page_blocks (like winddle.page_blocks including all) on commit drop");
            batch.Add("create temp table ordinals (like winddle.ordinals including all) on commit drop");
            var events = log.Where(e => e.TenantId == erp.Company).ToList();
            foreach (var some in together ? [events] : events.Select(e => new List<IEvent> { e }))
            {
                new WinddleProducts().Project(some, batch, "pg_temp");
            }

            await batch.ExecuteNonQueryAsync(Stop);
            await using var made = new NpgsqlCommand(Stored.Replace("winddle.", "pg_temp.", StringComparison.Ordinal), connection)
                .With(Sql.Text(erp.Company));
            Assert.Equal(await server.Scalar<string>(Stored, erp.Company), (string)(await made.ExecuteScalarAsync(Stop))!);
            await transaction.RollbackAsync(Stop);
        }
    }

    [Fact]
    public async Task products_made_before_the_face_existed_appear_in_it_when_the_server_starts()
    {
        var (erp, user) = await Company();
        await Play(erp, user);
        var running = await server.Scalar<string>(Stored, erp.Company);
        await server.Scalar<int>("truncate winddle.products, winddle.variants, winddle.ordinals, winddle.page_blocks");
        await server.Scalar<int>("insert into due_rebuilds (name) values ('WinddleProducts')");
        await ModuleServices.BringUpToDate(server.ConnectionString, TimeProvider.System, Stop);
        Assert.Equal(running, await server.Scalar<string>(Stored, erp.Company));
        Assert.Equal(0, await server.Scalar<long>("select count(*) from due_rebuilds"));
    }

    [Fact]
    public async Task products_registered_at_once_by_both_faces_have_the_ids_of_the_logs_order()
    {
        var (erp, user) = await Company();
        await Task.WhenAll(Enumerable.Range(0, 24).Select(async n =>
        {
            if (n % 2 == 0)
            {
                (await user.Post("products", $$"""{"name":"Chaise {{n}}"}""")).AssertStatus(201);
            }
            else
            {
                await erp.Sync($$"""[{"reference":"A{{n}}","name":"Article {{n}}"},{"reference":"B{{n}}","name":"Article {{n}}"}]""");
            }
        }));
        var order = string.Join(' ', (await erp.NewEvents()).Where(e => e.Type == "product_registered").Select(e => e.Stream));
        Assert.Equal(36, order.Split(' ').Length);
        Assert.Equal(
            order,
            await server.Scalar<string>(
                "select string_agg(product_id::text, ' ' order by id) from winddle.products where tenant_id = $1", erp.Company));
        Assert.Equal(36, await server.Scalar<long>("select max(id) from winddle.products where tenant_id = $1", erp.Company));
    }

    [Fact]
    public async Task of_writers_at_once_one_gets_each_reference_and_no_change_is_lost()
    {
        var (erp, user) = await Company();
        var created = await Task.WhenAll(
            Enumerable.Range(0, 24).Select(n => user.Post("products", $$"""{"name":"Chaise {{n}}","reference":"R{{n % 3}}"}""")));
        Assert.Equal(["R0", "R1", "R2"], created.Where(a => (int)a.Status == 201)
            .Select(a => a.Item("product", 201).GetProperty("reference").GetString()!).Order(StringComparer.Ordinal));
        Assert.Equal(21, created.Count(a => (int)a.Status == 422));
        await Task.WhenAll(
            new[] { "color", "brand", "size", "theme", "formula", "material", "collection", "washcare" }.Select(async field =>
            (await user.Put("products/1", $$"""{"{{field}}":"x"}""")).AssertStatus(200)));
        Assert.Equal(11, (await erp.NewEvents()).Count);
        Assert.Equal(8, (await user.Get("products/1")).Item("product").EnumerateObject()
            .Count(p => p.Value.ValueKind == JsonValueKind.String && p.Value.GetString() == "x"));
    }

    private static async Task Play(WinDevClient erp, WinddleClient user)
    {
        await erp.Sync(
            """[{"reference":"A1","name":"Article 1","stock":3,"price_ht":2},{"reference":"A2","name":"Article 2","brand":"B"}]""");
        foreach (var n in Enumerable.Range(3, 5))
        {
            await user.Post("products", $$"""{"name":"Chaise {{n}}","reference":"C{{n}}","source_id":"S{{n}}"}""");
        }

        await erp.Sync("""[{"reference":"A2","name":"Article deux","color":"Noir"}]""");
        await user.Post("products/3/variants", """{"name":"Rouge","reference":"V1"}""");
        await user.Post("products/3/variants", """{"name":"Bleu"}""");
        await user.Put("products/3/variants/Rouge", """{"reference":null,"size":"L"}""");
        await user.Delete("products/3/variants/Bleu");
        foreach (var action in new[] { "3/like", "3/showcase", "4/cancel", "4/uncancel", "5/archive", "5/like", "5/unlike", "6/cancel" })
        {
            (await user.Patch("product/" + action)).AssertStatus(200);
        }

        await user.Put("products/4", """{"source_id":null,"target_store_date":"2026-03-01"}""");
        (await user.Delete("products/7")).AssertStatus(200);
    }

    private async Task<(WinDevClient Erp, WinddleClient User)> Company()
    {
        var erp = await server.Company();
        return (erp, await server.User(erp.Company));
    }
}
