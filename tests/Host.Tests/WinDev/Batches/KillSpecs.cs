using System.Net.Http.Json;
using System.Text.Json;
using Xunit;

namespace PixeeEvents.Host.Tests.WinDev.Batches;

public sealed class KillSpecs
{
    private const int Products = 5000;

    [Fact]
    public async Task P1_a_server_killed_during_a_batch_leaves_all_of_it_or_none_of_it()
    {
        await using var server = await WinDevServer.Start();
        var erp = await server.Company();
        await erp.Given([.. Enumerable.Range(1, Products)]);
        var random = new Random(20260619);
        for (var round = 1; round <= 6; round++)
        {
            var level = round;
            using var victim = await Victim.Start(server.ConnectionString);
            using var http = new HttpClient { BaseAddress = victim.Address };
            http.DefaultRequestHeaders.Add("X-API-Key", erp.RawKey);
            var items = Enumerable.Range(1, Products).Select(n => new { ean = WinDevClient.Ean(n), stock = level });
            var call = http.PostAsJsonAsync("/api/v1/windev/stock/update", items, TestContext.Current.CancellationToken);
            await Task.WhenAny(call, Task.Delay(random.Next(60, 900), TestContext.Current.CancellationToken));
            await victim.Kill();
            var acknowledged = await Acknowledged(call);
            while (
                await server.Scalar<long>(
                    "select count(*) from pg_stat_activity where datname = current_database() and application_name = 'victim'") > 0)
            {
                await Task.Delay(20, TestContext.Current.CancellationToken);
            }

            var events = (await erp.NewEvents()).Count;
            Assert.Contains(events, (int[])[0, Products]);
            Assert.True(events == Products || !acknowledged);
            var messages = await erp.NewMessages();
            Assert.Equal(events == 0 ? 0 : 1, messages.Count);
            var changed = await server.Scalar<long>(
                "select count(*) from windev.figures where tenant_id = $1 and stock = $2", erp.Company, (long)level);
            Assert.Equal(events, changed);
            Assert.Equal(
                events,
                await server.Scalar<long>(
                    "select count(*) from mt_doc_stock where tenant_id = $1 and (data ->> 'Generic')::bigint = $2", erp.Company,
                    (long)level));
        }

        (await erp.Stock($$"""[{"ean":"{{WinDevClient.Ean(1)}}","stock":99}]"""))
            .AssertOk("Stocks : 1 mis à jour, 0 introuvables, 0 erreurs");
    }

    private static async Task<bool> Acknowledged(Task<HttpResponseMessage> call)
    {
        try
        {
            using var response = await call;
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
