using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using PixeeEvents.EventLog;
using PixeeEvents.Host.Tests.Availability;
using PixeeEvents.Host.Tests.Testing;
using PixeeEvents.Host.WinDev.Products;
using Xunit;

namespace PixeeEvents.Host.Tests.WinDev;

/// <remarks>The first patch waits for a lock that the spec holds; those that come meanwhile are a group.</remarks>
public sealed class PatchGroupSpecs(WinDevServer server) : IClassFixture<WinDevServer>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task patches_that_wait_at_once_are_one_transaction_and_each_has_its_own_caller_version_and_message()
    {
        var erp = await server.Company();
        await erp.Given(1, 2, 3, 4);
        var patches = Enumerable.Range(1, 4).Select(n => Patch(erp, n)).ToList();
        Assert.All(await WriteAtOnce(erp, patches), Assert.True);

        var events = await erp.NewEvents();
        Assert.Equal(patches.Select(p => p.Id).Order(), events.Select(e => e.Stream).Order());
        foreach (var patch in patches)
        {
            var made = Assert.Single(events, e => e.Stream == patch.Id);
            Assert.Equal((2, 2), (made.Version, patch.Row!.Version));
            Assert.Equal(
                (patch.Caller.CorrelationId, patch.Caller.CausationId, patch.Caller.Headers["key"]),
                (made.CorrelationId, made.CausationId, made.Headers.GetProperty("key").GetString()));
            Assert.Equal(
                $"{made.Sequence} {made.Sequence} {patch.Caller.CorrelationId} {patch.Caller.Headers["key"]} {patch.Id}",
                await server.Scalar<string>(
                    """
                    select concat_ws(' ', first_seq_id, last_seq_id, correlation_id, headers ->> 'key', data ->> 'id') from outbox
                    where tenant_id = $1 and causation_id = $2
                    """,
                    erp.Company, patch.Caller.CausationId!));
        }

        Assert.Equal("1 3", await server.Scalar<string>(
            """
            select string_agg(n::text, ' ' order by n) from (
                select count(*) as n from mt_events where tenant_id = $1 and version = 2 group by xmin::text) t
            """,
            erp.Company));
    }

    [Fact]
    public async Task one_that_is_refused_takes_no_other_with_it()
    {
        var erp = await server.Company();
        await erp.Given(1, 2, 3);
        ProductPatch[] patches = [Patch(erp, 1), Patch(erp, 2), Patch(erp, 99), Patch(erp, 3, expected: 7)];
        var hold = await Hold.Of(server, $"select from mt_streams where tenant_id = '{erp.Company}' for update");
        var written = patches.Select(p => server.App.Services.GetRequiredService<ProductPatches>().Write(p, Stop)).ToList();
        await hold.Release();
        Assert.True(await written[0]);
        Assert.True(await written[1]);
        Assert.Equal(404, (await Assert.ThrowsAsync<RefusedCallException>(() => written[2])).Status);
        Assert.Equal(412, (await Assert.ThrowsAsync<RefusedCallException>(() => written[3])).Status);
        await hold.DisposeAsync();
        Assert.Equal("product_details_changed product_details_changed", await erp.NewTypes());
    }

    [Fact]
    public async Task two_of_one_product_are_two_versions_and_each_shows_what_it_left()
    {
        var erp = await server.Company();
        await erp.Given(1, 2);
        var answers = await Task.WhenAll(Enumerable.Range(1, 20).Select(n => erp.Patch("ART-002", $$"""{"description":"{{n}}"}""")));
        Assert.Equal(
            Enumerable.Range(2, 20).Select(v => (long)v), answers.Select(a => a.AssertOk("Produit mis à jour").Data.GetProperty("version").GetInt64()).Order());
        var events = await erp.NewEvents();
        Assert.All(answers, a => Assert.Single(
            events, e => e.Version == a.Data.GetProperty("version").GetInt64()
                && e.Data.GetProperty("Changes").GetProperty("description").GetProperty("After").GetString() == a.Data.GetProperty("description").GetString()));
        Assert.Equal(20, (await erp.NewMessages()).Count);
    }

    private async Task<bool[]> WriteAtOnce(WinDevClient erp, List<ProductPatch> patches)
    {
        var group = server.App.Services.GetRequiredService<ProductPatches>();
        await using var hold = await Hold.Of(server, $"select from mt_streams where tenant_id = '{erp.Company}' for update");
        var written = patches.ConvertAll(p => group.Write(p, Stop));
        await Waiting.Until(async () => await hold.Waiting() == 1 ? null : "one patch waits for the lock");
        await hold.Release();
        return await Task.WhenAll(written);
    }

    private static ProductPatch Patch(WinDevClient erp, int number, long? expected = null)
    {
        var input = ProductReader.ReadPatch(JsonSerializer.Deserialize<JsonElement>($$"""{"description":"von {{number}}"}"""), out _)!;
        var call = Guid.NewGuid().ToString("N");
        var caller = new Caller(erp.Company, call, "cause-" + call, new Dictionary<string, string> { ["key"] = $"key-{number}" });
        return new ProductPatch(caller, $"ART-{number:000}", input, expected);
    }
}
