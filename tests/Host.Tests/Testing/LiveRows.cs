using System.Text.Json;
using JasperFx.Events;
using PixeeEvents.Catalog;
using PixeeEvents.EventLog;
using PixeeEvents.Inventory;
using PixeeEvents.Pricing;
using Xunit;

namespace PixeeEvents.Host.Tests.Testing;

/// <summary>The twin of the stored rows: every row of a company folded from its streams, one event at a time.</summary>
internal static class LiveRows
{
    /// <summary>Asserts that the face's rows and the modules' snapshots say what the log says.</summary>
    public static async Task AssertEqualsStored(WinDevServer server, string company)
    {
        var (log, _) = await server.Log.ReadAfter(0, int.MaxValue, CancellationToken.None);
        var events = log.Where(e => e.TenantId == company).ToList();
        Assert.NotEmpty(events);
        Assert.All(
            events.GroupBy(e => e.StreamId),
            s => Assert.Equal(Enumerable.Range(1, s.Count()).Select(n => (long)n), s.Select(e => e.Version)));
        var expected = Rows(events).Order(StringComparer.Ordinal).ToList();
        var actual = (await server.Scalar<string[]>(Stored, company))!.Order(StringComparer.Ordinal).ToList();
        Assert.Equal(expected, actual);
        await AssertSnapshots(server, company, Product.Aggregate, "mt_doc_product", events);
        await AssertSnapshots(server, company, Stock.Aggregate, "mt_doc_stock", events);
        await AssertSnapshots(server, company, Price.Aggregate, "mt_doc_price", events);
        Assert.Equal(
            (events.Count(e => e.Data is ProductRegistered), Active(events)),
            (await server.Scalar<long>("select coalesce(sum(total), 0)::bigint from windev.page_blocks where tenant_id = $1", company),
                await server.Scalar<long>(
                    "select coalesce(sum(active), 0)::bigint from windev.page_blocks where tenant_id = $1", company)));
    }

    private const string Stored =
        """
        select coalesce(array_agg(concat_ws('|', p.product_id, p.version, p.is_active, coalesce(p.ean, '-'), coalesce(p.reference, '-'),
            p.name, coalesce(p.brand, '-'),
            f.seq_id, coalesce(trim_scale(f.price_ht)::text, '-'), coalesce(trim_scale(f.price_ttc)::text, '-'), f.stock,
            (select string_agg(s.key || '=' || s.value, ',' order by s.key collate "C") from jsonb_each_text(f.stocks) s))), '{}')
        from windev.products p join windev.figures f using (tenant_id, product_id) where tenant_id = $1
        """;

    private static IEnumerable<string> Rows(List<IEvent> events)
    {
        foreach (var registered in events.Where(e => e.Data is ProductRegistered))
        {
            var (id, stock, price) = (registered.StreamId, Stock.StreamOf(registered.StreamId), Price.StreamOf(registered.StreamId));
            var own = events.Where(e => e.StreamId == id || e.StreamId == stock || e.StreamId == price).ToList();
            var product = Product.Aggregate.Fold(own.Where(e => e.StreamId == id).Select(e => e.Data));
            var levels = Stock.Aggregate.Fold(own.Where(e => e.StreamId == stock).Select(e => e.Data));
            var figures = Price.Aggregate.Fold(own.Where(e => e.StreamId == price).Select(e => e.Data));
            var suppliers = string.Join(
                ',', levels.BySupplier.OrderBy(s => s.Key, StringComparer.Ordinal).Select(s => $"{s.Key}={s.Value}"));
            string?[] columns =
            [
                id.ToString(), own.Last(e => e.StreamId == id).Version.ToString(), product.IsActive ? "t" : "f", product.Ean ?? "-",
                product.Reference ?? "-", product.Text("name"),
                product.Text("brand") ?? "-", own[^1].Sequence.ToString(), Plain(figures.Cost), Plain(figures.SellingPrice),
                (levels.Generic ?? levels.BySupplier.Values.Sum()).ToString(), suppliers.Length == 0 ? null : suppliers,
            ];
            yield return string.Join('|', columns.Where(c => c is not null));
        }
    }

    private static long Active(List<IEvent> events) =>
        events.GroupBy(e => e.StreamId)
            .Count(s => s.Any(e => e.Data is ProductRegistered) && Product.Aggregate.Fold(s.Select(e => e.Data)).IsActive);

    private static string Plain(decimal? value) => value is { } v ? (v / 1.0000000000000000000000000000m).ToString() : "-";

    private static async Task AssertSnapshots<TState>(
        WinDevServer server, string company, Aggregate<TState> aggregate, string table, List<IEvent> events)
        where TState : class
    {
        var type = typeof(TState).Name.ToLowerInvariant();
        var streams = (
            await server.Scalar<Guid[]>(
                "select coalesce(array_agg(id order by id), '{}') from mt_streams where tenant_id = $1 and type = $2", company, type))!;
        foreach (var stream in streams)
        {
            var own = events.Where(e => e.StreamId == stream).ToList();
            var stored = await server.Scalar<string>(
                $"select mt_version || data::text from {table} where tenant_id = $1 and id = $2", company, stream);
            var folded = JsonSerializer.SerializeToElement(aggregate.Fold(own.Select(e => e.Data), stream), EventLogOptions.Json);
            Assert.NotNull(stored);
            Assert.Equal(own.Count.ToString(), stored[..stored.IndexOf('{', StringComparison.Ordinal)]);
            Assert.True(
                JsonElement.DeepEquals(
                    folded,
                    JsonSerializer.Deserialize<JsonElement>(
                        stored[stored.IndexOf('{', StringComparison.Ordinal)..])), $"{stored} is not {folded}");
        }

        Assert.Equal(streams.Length, await server.Scalar<long>($"select count(*) from {table} where tenant_id = $1", company));
    }
}
