using System.Text.Json;
using PixeeEvents.EventLog;
using PixeeEvents.Host.Tests.Availability;
using PixeeEvents.WinDev.Products;
using PixeeEvents.WinDev.Rows;
using PixeeEvents.WinDev.Wire;
using Xunit;

namespace PixeeEvents.Host.Tests.WinDev.Catalogue;

/// <remarks>The first patch waits for a lock that the spec holds; those that come meanwhile are a group.</remarks>
public sealed class PatchGroupSpecs(WinDevServer server) : IClassFixture<WinDevServer>
{
    private static readonly TimeSpan Patient = TimeSpan.FromMinutes(1);

    /// <summary>Waits for the spec as long as it takes.</summary>
    private readonly ProductPatches _patches = new(server.Get<EventStore>(), Patient, Patient);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task patches_that_wait_at_once_are_one_transaction_and_each_has_its_own_caller_answer_and_message()
    {
        var erp = await server.Company();
        await erp.Given(1, 2, 3, 4);
        var patches = Enumerable.Range(1, 4).Select(n => Patch(erp.Company, n)).ToList();
        Assert.Equal(
            ["marque 1 2", "marque 2 2", "marque 3 2", "marque 4 2"],
            (await WriteAtOnce(erp.Company, patches)).Select(r => $"{r!.Brand} {r.Version}"));

        var events = await erp.NewEvents();
        Assert.Equal(4, events.Count);
        foreach (var patch in patches)
        {
            var made = Assert.Single(events, e => e.Stream == patch.Row!.Id);
            Assert.Equal(
                ("product_details_changed", patch.Caller.CorrelationId, patch.Caller.CausationId),
                (made.Type, made.CorrelationId, made.CausationId));
            Assert.Equal(
                $"{made.Sequence} {made.Sequence} product.updated {patch.Row!.Id} 1 2",
                await server.Scalar<string>(
                    """
                    select concat_ws(' ', first_seq_id, last_seq_id, type, data ->> 'id', data ->> 'previous_version', data ->> 'version')
                    from outbox where tenant_id = $1 and causation_id = $2
                    """,
                    erp.Company, patch.Caller.CausationId!));
        }

        Assert.Equal("1 3", await Transactions(erp.Company));
        await LiveRows.AssertEqualsStored(server, erp.Company);
    }

    [Fact]
    public async Task one_that_is_refused_and_one_that_changes_nothing_take_no_other_with_them()
    {
        var erp = await server.Company();
        await erp.Given(1, 2, 3, 4);
        ProductPatch[] patches =
        [
            Patch(erp.Company, 1), Patch(erp.Company, 2), Patch(erp.Company, 9), Patch(erp.Company, 3, expected: 7),
            Patch(erp.Company, 3, """{"ean":null,"reference":null}"""), Patch(erp.Company, 4, "{}"),
        ];
        await using var hold = await Held(erp.Company);
        var written = patches.Select(p => _patches.Write(p, Stop)).ToList();
        await Waiting.Until(async () => await hold.Waiting() == 1 ? null : "one patch waits for its product");
        await hold.Release();
        foreach (var (n, status) in new[] { (2, 404), (3, 412), (4, 422) })
        {
            Assert.Equal(status, (await Assert.ThrowsAsync<RefusedCallException>(() => written[n])).Status);
        }

        Assert.Equal([2, 2, 1], (await Task.WhenAll(written[0], written[1], written[5])).Select(r => r!.Version));
        Assert.Equal("product_details_changed product_details_changed", await erp.NewTypes());
        Assert.Equal(2, (await erp.NewMessages()).Count);
    }

    [Fact]
    public async Task of_two_for_one_product_the_second_finds_what_the_first_left()
    {
        var erp = await server.Company();
        await erp.Given(1, 2);
        var patches = new List<ProductPatch>
        {
            Patch(erp.Company, 2), Patch(erp.Company, 1), Patch(erp.Company, 1, """{"color":"noir"}"""), Patch(erp.Company, 1, expected: 1),
        };
        await using var hold = await Held(erp.Company);
        var written = patches.ConvertAll(p => _patches.Write(p, Stop));
        await hold.Release();
        Assert.Equal([2, 2, 3], (await Task.WhenAll(written[..3])).Select(r => r!.Version));
        Assert.Equal(412, (await Assert.ThrowsAsync<RefusedCallException>(() => written[3])).Status);
        Assert.Equal(3, (await erp.NewMessages()).Count);
        Assert.Equal("1 1 1", await Transactions(erp.Company));
    }

    [Fact]
    public async Task what_the_database_refuses_of_a_group_each_is_left_to_write_by_itself()
    {
        var erp = await server.Company();
        await erp.Given(1, 2, 3);
        // As a foreign program leaves it that appended to the third and did not write its snapshot.
        await server.Scalar<int>(
            "update mt_doc_product set mt_version = 0 where tenant_id = $1 and data -> 'Fields' ->> 'reference' = 'ART-003' returning 1",
            erp.Company);
        var patches = Enumerable.Range(1, 3).Select(n => Patch(erp.Company, n)).ToList();
        Assert.Equal([true, false, false], (await WriteAtOnce(erp.Company, patches)).Select(r => r is not null));
        (await erp.Patch("ART-003", """{"brand":"après"}""")).AssertOk("Produit mis à jour");
        Assert.Equal(2, (await erp.NewEvents()).Count);
    }

    [Theory]
    [InlineData("""{"is_active":true}""", null)]
    [InlineData("""{"brand":"après"}""", 2L)]
    [InlineData("{}", 2L)]
    public async Task one_whose_snapshot_is_behind_its_stream_is_decided_on_the_stream(string body, long? expected)
    {
        var erp = await server.Company();
        await erp.Given(1);
        await erp.Patch("ART-001", """{"is_active":false}""");
        await server.Scalar<int>(
            """
            update mt_doc_product set mt_version = 1, data = data || '{"IsActive":true}' where tenant_id = $1 returning 1
            """,
            erp.Company);
        await erp.NewEvents();
        Assert.Null(await _patches.Write(Patch(erp.Company, 1, body, expected), Stop));
        (await erp.Patch("ART-001", body)).AssertOk("Produit mis à jour");
        Assert.Equal(body == "{}" ? "" : body.Contains("brand") ? "product_details_changed" : "product_activated", await erp.NewTypes());
    }

    [Fact]
    public async Task one_whose_product_others_hold_waits_by_itself()
    {
        var erp = await server.Company();
        await erp.Given(1, 2);
        await using var hold = await Hold.Of(
            server,
            $"""
             select from mt_streams s join windev.products p on p.product_id = s.id
             where p.tenant_id = '{erp.Company}' and p.reference = 'ART-001' for update of s
             """);
        var held = erp.Patch("ART-001", """{"brand":"tenue"}""");
        await Waiting.Until(async () => await hold.Waiting() == 1 ? null : "the first patch waits for its product");
        (await erp.Patch("ART-002", """{"brand":"libre"}""")).AssertOk("Produit mis à jour");
        Assert.False(held.IsCompleted);
        await hold.Release();
        (await held).AssertOk("Produit mis à jour");
    }

    private async Task<string?> Transactions(string company) => await server.Scalar<string>(
        """
        select string_agg(n::text, ' ' order by n) from (
            select count(*) as n from mt_events where tenant_id = $1 and type = 'product_details_changed' group by xmin::text) t
        """,
        company);

    private async Task<ProductRow?[]> WriteAtOnce(string company, List<ProductPatch> patches)
    {
        await using var hold = await Held(company);
        var written = patches.ConvertAll(p => _patches.Write(p, Stop));
        await Waiting.Until(async () => await hold.Waiting() == 1 ? null : "one patch waits for its product");
        await hold.Release();
        return await Task.WhenAll(written);
    }

    private Task<Hold> Held(string company) => Hold.Of(server, $"select from mt_streams where tenant_id = '{company}' for update");

    private static ProductPatch Patch(string company, int number, string? body = null, long? expected = null)
    {
        var call = Guid.NewGuid().ToString("N");
        var given = JsonSerializer.Deserialize<JsonElement>(body ?? $$"""{"brand":"marque {{number}}"}""");
        return new ProductPatch(
            new Caller(company, call, "cause-" + call), $"ART-{number:000}", ProductReader.ReadPatch(given, out _)!, expected);
    }
}
