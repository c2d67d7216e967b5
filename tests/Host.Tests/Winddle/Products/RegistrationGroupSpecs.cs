using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using PixeeEvents.Catalog;
using PixeeEvents.EventLog;
using PixeeEvents.Host.Tests.Availability;
using PixeeEvents.Winddle.Products.Writing;
using PixeeEvents.Winddle.Wire;
using Xunit;

namespace PixeeEvents.Host.Tests.Winddle.Products;

/// <remarks>The first registration waits for a lock that the spec holds; those that come meanwhile are a group.</remarks>
public sealed class RegistrationGroupSpecs(WinDevServer server) : IClassFixture<WinDevServer>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task registrations_that_wait_at_once_are_one_transaction_and_each_has_its_own_caller_id_and_message()
    {
        var erp = await server.Company();
        var registrations = Enumerable.Range(1, 4).Select(n => Registration(erp.Company, n)).ToList();
        Assert.All(await WriteAtOnce(erp.Company, registrations), Assert.True);

        var events = await erp.NewEvents();
        Assert.Equal(4, events.Count);
        foreach (var (n, registration) in registrations.Index())
        {
            var made = Assert.Single(events, e => e.Stream == registration.Product!.Id);
            Assert.Equal((n + 1, $"Chaise {n + 1}"), ((int)registration.Row!.Id, registration.Row.Shown.Text("name")));
            Assert.Equal(
                (registration.Caller.CorrelationId, registration.Caller.CausationId, registration.Caller.Headers!["key"]),
                (made.CorrelationId, made.CausationId, made.Headers.GetProperty("key").GetString()));
            Assert.Equal(
                $"{made.Sequence} {made.Sequence} {registration.Caller.CorrelationId} key-{n + 1} {registration.Product!.Id}",
                await server.Scalar<string>(
                    """
                    select concat_ws(' ', first_seq_id, last_seq_id, correlation_id, headers ->> 'key', data ->> 'id') from outbox
                    where tenant_id = $1 and causation_id = $2
                    """,
                    erp.Company, registration.Caller.CausationId!));
        }

        Assert.Equal("1 3", await server.Scalar<string>(
            "select string_agg(n::text, ' ' order by n) from (select count(*) as n from mt_events where tenant_id = $1 group by xmin::text) t",
            erp.Company));
        await LiveRows.AssertEqualsStored(server, erp.Company);
    }

    [Fact]
    public async Task one_that_is_refused_takes_no_other_with_it()
    {
        var erp = await server.Company();
        var refused = new ProductRegistration(
            new Caller(erp.Company, "refused", "refused"),
            (_, _) => throw new RefusedRequestException(StatusCodes.Status422UnprocessableEntity, "No."));
        ProductRegistration[] registrations = [
            Registration(erp.Company, 1), Registration(erp.Company, 2), refused, Registration(erp.Company, 3)
        ];
        await using var hold = await Held(erp.Company);
        var written = registrations.Select(r => server.Get<ProductRegistrations>().Write(r, Stop)).ToList();
        await hold.Release();
        await Assert.ThrowsAsync<RefusedRequestException>(() => written[2]);
        Assert.All(await Task.WhenAll(written[0], written[1], written[3]), Assert.True);
        Assert.Equal("product_registered product_registered product_registered", await erp.NewTypes());
    }

    [Fact]
    public async Task a_group_with_one_reference_twice_writes_nothing_and_leaves_each_to_be_written_by_itself()
    {
        var erp = await server.Company();
        var registrations = new[] { "A", "B", "B", "C" }.Select((reference, n) => Registration(erp.Company, n, reference)).ToList();
        Assert.Equal("True False False False", string.Join(' ', await WriteAtOnce(erp.Company, registrations)));
        Assert.Equal("product_registered", await erp.NewTypes());
    }

    [Fact]
    public async Task P1_a_server_killed_while_it_registers_has_kept_all_that_it_acknowledged_and_nothing_half()
    {
        var erp = await server.Company();
        var user = await server.User(erp.Company);
        var acknowledged = new ConcurrentBag<(long Id, string Name)>();
        for (var round = 0; round < 3; round++)
        {
            using var victim = await Victim.Start(server.ConnectionString);
            using var http = new HttpClient { BaseAddress = new Uri(victim.Address, "/api/v1/") };
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", user.RawToken);
            var before = acknowledged.Count;
            var clients = Enumerable.Range(0, 8).Select(client => Register(http, $"{round} {client}", acknowledged)).ToList();
            await Waiting.Until(() => Task.FromResult(acknowledged.Count > before + 40 ? null : "registrations are acknowledged"));
            await victim.Kill();
            await Task.WhenAll(clients);
            await Waiting.Until(async () => await server.Scalar<long>(
                "select count(*) from pg_stat_activity where datname = current_database() and application_name = 'victim'") == 0 ? null : "the victim is gone");
        }

        foreach (var (id, name) in acknowledged)
        {
            Assert.Equal(
                name,
                await server.Scalar<string>(
                    "select fields ->> 'name' from winddle.products where tenant_id = $1 and id = $2", erp.Company, id));
        }

        var events = (await erp.NewEvents()).Count;
        Assert.Equal((events, events), ((await erp.NewMessages()).Count, (int)await server.Scalar<long>(
            "select count(*) from mt_doc_product d join winddle.products p using (tenant_id) where d.id = p.product_id and tenant_id = $1",
            erp.Company)));
        Assert.Equal(events, await server.Scalar<long>("select max(id) from winddle.products where tenant_id = $1", erp.Company));
    }

    /// <summary>One after the other, until the server is gone.</summary>
    private static async Task Register(HttpClient http, string client, ConcurrentBag<(long Id, string Name)> acknowledged)
    {
        try
        {
            for (var n = 0; ; n++)
            {
                using var answer = await http.PostAsJsonAsync("products", new { name = $"Chaise {client} {n}" }, Stop);
                answer.EnsureSuccessStatusCode();
                var product = (await answer.Content.ReadFromJsonAsync<JsonElement>(Stop)).GetProperty("product");
                acknowledged.Add((product.GetProperty("id").GetInt64(), product.GetProperty("name").GetString()!));
            }
        }
        catch (HttpRequestException)
        {
            // Not acknowledged.
        }
    }

    private async Task<bool[]> WriteAtOnce(string company, List<ProductRegistration> registrations)
    {
        await using var hold = await Held(company);
        var written = registrations.ConvertAll(r => server.Get<ProductRegistrations>().Write(r, Stop));
        await Waiting.Until(async () => await hold.Waiting() == 1 ? null : "one registration waits for the keys");
        await hold.Release();
        return await Task.WhenAll(written);
    }

    private Task<Hold> Held(string company) =>
        Hold.Of(server, $"select pg_advisory_xact_lock(hashtextextended('catalog.product_keys {company}', 0))");

    private static ProductRegistration Registration(string company, int number, string? reference = null)
    {
        var call = Guid.NewGuid().ToString("N");
        var caller = new Caller(company, call, "cause-" + call, new Dictionary<string, string> { ["key"] = $"key-{number}" });
        var fields = new Dictionary<string, JsonElement?> { ["name"] = JsonSerializer.SerializeToElement($"Chaise {number}") };
        if (reference is not null)
        {
            fields["reference"] = JsonSerializer.SerializeToElement(reference);
        }

        return new ProductRegistration(caller, (_, _) => Task.FromResult(new RegisterProduct(fields, NeedsKey: false)));
    }
}
