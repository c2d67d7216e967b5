using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace PixeeEvents.Host.Tests.WinDev.Batches;

public sealed class BatchProperties(WinDevServer server) : IClassFixture<WinDevServer>
{
    /// <summary>One call: which endpoint, and for each item the product, a figure and a flavour.</summary>
    public sealed record Call(int Kind, (int Product, int Figure, int Flavour)[] Items);

    private static readonly Gen<Call> Calls =
        from kind in Gen.Choose(0, 5)
        from items in Gen.Choose(0, 7).SelectMany(_ => Gen.Choose(0, 9), (product, figure) => (product, figure))
            .SelectMany(_ => Gen.Choose(0, 5), (pair, flavour) => (pair.product, pair.figure, flavour)).NonEmptyListOf()
        select new Call(kind, [.. items.Take(12)]);

    [Fact]
    public void after_any_sequence_of_batches_rows_and_snapshots_are_the_fold_of_the_log() =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(25),
            Prop.ForAll(Arb.From(Calls.NonEmptyListOf().Select(c => c.Take(10).ToList())), calls => Run(calls).GetAwaiter().GetResult()));

    [Fact]
    public void parallel_batches_over_the_same_products_never_deadlock_lose_a_version_or_create_twice() =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(15),
            Prop.ForAll(Arb.From(Calls.ListOf(6).Select(c => c.ToList())), calls => Race(calls).GetAwaiter().GetResult()));

    [Fact]
    public async Task large_batches_in_opposite_order_queue_and_all_land()
    {
        var erp = await server.Company();
        await erp.Given([.. Enumerable.Range(1, 800)]);
        var up = Enumerable.Range(1, 800).ToArray();
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(n =>
        {
            var order = n % 2 == 0 ? up : [.. up.Reverse()];
            return (n % 4) switch
            {
                0 or 1 => erp.Stock(JsonSerializer.Serialize(order.Select(i => new { ean = WinDevClient.Ean(i), stock = (n * 1000) + i }))),
                2 => erp.Prices(JsonSerializer.Serialize(order.Select(i => new { ean = WinDevClient.Ean(i), price_ht = n + i }))),
                _ => erp.Sync(JsonSerializer.Serialize(order.Select(i => new { reference = $"ART-{i:000}", name = $"n {n}", stock = i }))),
            };
        }));
        Assert.All(answers, a => Assert.Equal(200, (int)a.Status));
        Assert.Equal(800, await server.Scalar<long>("select count(*) from windev.products where tenant_id = $1", erp.Company));
        await LiveRows.AssertEqualsStored(server, erp.Company);
    }

    private async Task Run(List<Call> calls)
    {
        var erp = await server.Company();
        await erp.Given(0, 1, 2);
        foreach (var call in calls)
        {
            var (method, path, body) = Request(call);
            Assert.Contains((int)(await erp.Send(method, path, body)).Status, (int[])[200, 404, 409, 422]);
        }

        await LiveRows.AssertEqualsStored(server, erp.Company);
    }

    private async Task Race(List<Call> calls)
    {
        var erp = await server.Company();
        await erp.Given(0, 1, 2);
        var answers = await Task.WhenAll(calls.Select(call =>
        {
            var (method, path, body) = Request(call);
            return erp.Send(method, path, body);
        }));
        Assert.All(answers, a => Assert.Contains((int)a.Status, (int[])[200, 404, 409, 422]));
        Assert.Equal(0, await server.Scalar<long>(
            "select count(*) from (select 1 from windev.products where tenant_id = $1 and reference is not null group by reference having count(*) > 1) twice", erp.Company));
        await LiveRows.AssertEqualsStored(server, erp.Company);
    }

    private static (HttpMethod Method, string Path, string? Body) Request(Call call)
    {
        var first = call.Items[0];
        return call.Kind switch
        {
            0 or 1 => (HttpMethod.Post, "products/sync", JsonSerializer.Serialize(call.Items.Select(Product))),
            2 =>
                (
                    HttpMethod.Post, "stock/update",
                    JsonSerializer.Serialize(
                        call.Items.Select(
                            i => new { ean = WinDevClient.Ean(i.Product), stock = i.Figure - 1, supplier_code = Supplier(i.Flavour) }))),
            3 => (HttpMethod.Post, "prices/update", JsonSerializer.Serialize(call.Items.Select(i => new Dictionary<string, object>
            {
                ["ean"] = WinDevClient.Ean(i.Product),
                [i.Flavour % 2 == 0 ? "price_ht" : "price_ttc"] = i.Figure / 4m,
            }))),
            4 => (HttpMethod.Post, $"products/ART-{first.Product:000}/{(first.Flavour % 2 == 0 ? "activate" : "deactivate")}", null),
            _ => (HttpMethod.Patch, $"products/ART-{first.Product:000}", JsonSerializer.Serialize(new Dictionary<string, object?>
            {
                ["ean"] = first.Flavour == 0 ? null : WinDevClient.Ean(first.Figure),
                ["brand"] = first.Flavour == 1 ? null : $"b{first.Figure}",
                ["stock"] = first.Figure,
                ["price_ht"] = first.Flavour == 2 ? null : first.Figure,
            })),
        };
    }

    private static Dictionary<string, object?> Product((int Product, int Figure, int Flavour) item) => new()
    {
        ["reference"] = item.Flavour == 4 ? null : $"ART-{item.Product:000}",
        ["ean"] = item.Flavour == 5 ? null : WinDevClient.Ean(item.Flavour == 3 ? item.Figure : item.Product),
        ["name"] = item.Flavour == 2 ? null : $"n{item.Figure}",
        ["brand"] = $"b{item.Flavour}",
        ["stock"] = item.Figure > 5 ? null : item.Figure,
        ["supplier_code"] = Supplier(item.Flavour),
        ["price_ht"] = item.Figure > 7 ? null : item.Figure / 2m,
    };

    private static string? Supplier(int flavour) => flavour switch { 0 => "KIMEX", 1 => "NOBODY", _ => null };
}
