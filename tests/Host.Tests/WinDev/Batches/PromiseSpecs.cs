using System.Text.Json;
using Xunit;

namespace PixeeEvents.Host.Tests.WinDev.Batches;

public sealed class PromiseSpecs(WinDevServer server) : IClassFixture<WinDevServer>
{
    private const string Traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    /// <summary>Every write endpoint, with a body that changes ART-001.</summary>
    public static TheoryData<string, string, string?> Writes { get; } = new()
    {
        { "POST", "products/sync", """[{"reference":"ART-001","name":"Nouveau","stock":9,"price_ht":9}]""" },
        { "PATCH", "products/ART-001", """{"name":"Nouveau","is_active":false,"stock":9,"price_ttc":9}""" },
        { "POST", "products/ART-001/deactivate", null },
        { "POST", "stock/update", """[{"ean":"3760000000001","stock":9}]""" },
        { "POST", "prices/update", """[{"ean":"3760000000001","price_ttc":9}]""" },
    };

    [Theory]
    [MemberData(nameof(Writes))]
    public async Task P1_nothing_changes_state_without_an_event(string method, string path, string? body)
    {
        var erp = await server.Company();
        await erp.Given(1);
        var before = (await erp.Product("ART-001")).Text;
        Assert.Equal(200, (int)(await erp.Send(new HttpMethod(method), path, body)).Status);
        Assert.NotEqual(before, (await erp.Product("ART-001")).Text);
        Assert.NotEmpty(await erp.NewEvents());
    }

    [Theory]
    [MemberData(nameof(Writes))]
    public async Task P2_after_the_answer_list_get_and_since_show_it(string method, string path, string? body)
    {
        var erp = await server.Company();
        await erp.Given(1, 2);
        Assert.Equal(200, (int)(await erp.Send(new HttpMethod(method), path, body)).Status);
        var got = (await erp.Product("ART-001")).Data;
        var listed = (await erp.Get("products?active_only=false"))
            .Data.EnumerateArray().Single(d => d.GetProperty("reference").GetString() == "ART-001");
        var since = (await erp.Get("products/since/0")).Item(0);
        Assert.Equal(listed.GetRawText(), since.GetRawText());
        foreach (var property in listed.EnumerateObject())
        {
            Assert.Equal(property.Value.GetRawText(), got.GetProperty(property.Name).GetRawText());
        }

        Assert.Contains(
            listed.GetRawText(), text => text == '9' || listed.GetRawText().Contains("\"is_active\":false", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Writes))]
    public async Task P5_versions_of_an_entity_rise_by_one_in_log_order(string method, string path, string? body)
    {
        var erp = await server.Company();
        await erp.Given(1);
        await erp.Send(new HttpMethod(method), path, body);
        await erp.Patch("ART-001", """{"brand":"x","stock":10,"price_ttc":10}""");
        await erp.Stock("""[{"ean":"3760000000001","stock":11},{"ean":"3760000000001","stock":12}]""");
        var all = await new WinDevClient(server, erp.Company, erp.KeyId, erp.RawKey).NewEvents();
        Assert.All(
            all.GroupBy(e => e.Stream),
            stream => Assert.Equal(Enumerable.Range(1, stream.Count()).Select(n => (long)n), stream.Select(e => e.Version)));
    }

    [Theory]
    [MemberData(nameof(Writes))]
    public async Task P6_pushing_the_same_values_again_makes_no_event_no_updated_at_no_webhook(string method, string path, string? body)
    {
        var erp = await server.Company();
        await erp.Given(1);
        var first = await erp.Send(new HttpMethod(method), path, body);
        var before = (await erp.Product("ART-001")).Text;
        Assert.NotEmpty(await erp.NewEvents());
        Assert.NotEmpty(await erp.NewMessages());
        var moment = await Moment(erp);
        var second = await erp.Send(new HttpMethod(method), path, body);
        Assert.Equal(first.Text, second.Text);
        await erp.AssertNothingHappened();
        Assert.Equal((before, moment), ((await erp.Product("ART-001")).Text, await Moment(erp)));
    }

    [Theory]
    [MemberData(nameof(Writes))]
    public async Task P7_every_event_says_who_from_which_call_and_when(string method, string path, string? body)
    {
        var erp = await server.Company();
        await erp.Given(1);
        using var request = new HttpRequestMessage(
            new HttpMethod(method),
            path)
        { Content = body is null ? null : new StringContent(body, System.Text.Encoding.UTF8, "application/json") };
        request.Headers.Add("traceparent", Traceparent);
        var sent = DateTimeOffset.UtcNow;
        Assert.Equal(200, (int)(await erp.Send(request)).Status);
        var events = await erp.NewEvents();
        Assert.NotEmpty(events);
        Assert.All(events, e =>
        {
            Assert.Equal("0af7651916cd43dd8448eb211c80319c", e.CorrelationId);
            Assert.NotEmpty(e.CausationId!);
            Assert.Equal(
                (erp.KeyId.ToString(), "erp", "windev"),
                (
                    e.Headers.GetProperty("key").GetString(), e.Headers.GetProperty("user").GetString(),
                    e.Headers.GetProperty("face").GetString()));
            Assert.StartsWith(
                "00-0af7651916cd43dd8448eb211c80319c-", e.Headers.GetProperty("traceparent").GetString(), StringComparison.Ordinal);
            Assert.InRange(e.At, sent.AddSeconds(-1), DateTimeOffset.UtcNow.AddSeconds(1));
        });
        Assert.Single(events.Select(e => e.CausationId).Distinct());
        Assert.All(await erp.NewMessages(), m => Assert.Equal("0af7651916cd43dd8448eb211c80319c", m.CorrelationId));
    }

    [Fact]
    public async Task P7_a_call_without_a_traceparent_gets_a_trace_of_its_own()
    {
        var erp = await server.Company();
        await erp.Given(1);
        await erp.Stock("""[{"ean":"3760000000001","stock":1}]""");
        await erp.Stock("""[{"ean":"3760000000001","stock":2}]""");
        var traces = (await erp.NewEvents()).Select(e => e.CorrelationId).ToList();
        Assert.All(traces, t => Assert.Matches("^[0-9a-f]{32}$", t));
        Assert.Equal(2, traces.Distinct().Count());
    }

    [Fact]
    public async Task a_read_model_rebuilt_from_zero_equals_the_running_one()
    {
        await using var alone = await WinDevServer.Start();
        var erp = await alone.Company();
        for (var batch = 0; batch < 2; batch++)
        {
            (await erp.Sync(JsonSerializer.Serialize(Enumerable.Range((batch * 1000) + 1, 1000).Select(
                n =>
                    new { reference = $"A-{n}", ean = WinDevClient.Ean(n), name = $"n {n}", stock = n, price_ht = n, supplier_code = n % 2 == 0 ? "KIMEX" : null }))))
                .AssertOk("Sync terminé : 1000 créés, 0 mis à jour, 0 erreurs");
        }

        await erp.Post("products/A-7/deactivate");
        await erp.Patch("A-8", """{"name":"autre","reference":null,"color":"noir","price_ht":null,"stock":3}""");
        var before = await Tables(alone);
        Assert.True(before.Length > 100_000);
        var rebuild = alone.Rebuild;
        foreach (var projection in alone.Store.Rows)
        {
            await rebuild.Projection(projection, null, TestContext.Current.CancellationToken);
        }

        foreach (var snapshot in alone.Store.Snapshots)
        {
            await rebuild.Snapshot(snapshot, TestContext.Current.CancellationToken);
        }

        Assert.Equal(before, await Tables(alone));
        (await erp.Stock("""[{"ean":"3760000000001","stock":77}]""")).AssertOk("Stocks : 1 mis à jour, 0 introuvables, 0 erreurs");
    }

    private static async Task<string> Tables(WinDevServer server)
    {
        var text = "";
        foreach (var (table, order) in new[]
        {
            ("windev.products", "product_id"), ("windev.figures", "product_id"), ("windev.page_blocks", "block"),
            ("windev.ordinals", "tenant_id"),
            ("catalog.product_keys", "kind, key"), ("mt_doc_product", "id"), ("mt_doc_stock", "id"), ("mt_doc_price", "id"),
        })
        {
            text += await server.Scalar<string>(
                $"select coalesce(string_agg((to_jsonb(t) - 'mt_last_modified')::text, E'\n' order by {order}), '') from {table} t") + "\n\n";
        }

        return text;
    }

    private Task<string?> Moment(WinDevClient erp) =>
        server.Scalar<string>(
            "select string_agg(updated_at::text || seq_id::text, ',' order by product_id) from windev.figures where tenant_id = $1",
            erp.Company);
}
