using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using PixeeEvents.Host.Tests.Testing;
using Xunit;

namespace PixeeEvents.Host.Tests.WinDev;

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
            while (await server.Scalar<long>("select count(*) from pg_stat_activity where datname = current_database() and application_name = 'victim'") > 0)
            {
                await Task.Delay(20, TestContext.Current.CancellationToken);
            }

            var events = (await erp.NewEvents()).Count;
            Assert.Contains(events, (int[])[0, Products]);
            Assert.True(events == Products || !acknowledged);
            var messages = await erp.NewMessages();
            Assert.Equal(events == 0 ? 0 : 1, messages.Count);
            var changed = await server.Scalar<long>("select count(*) from windev.figures where tenant_id = $1 and stock = $2", erp.Company, (long)level);
            Assert.Equal(events, changed);
            Assert.Equal(events, await server.Scalar<long>("select count(*) from inventory.stock_levels where tenant_id = $1 and (data ->> 'Generic')::bigint = $2", erp.Company, (long)level));
        }

        (await erp.Stock($$"""[{"ean":"{{WinDevClient.Ean(1)}}","stock":99}]""")).AssertOk("Stocks : 1 mis à jour, 0 introuvables, 0 erreurs");
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

    /// <summary>A server in a process of its own.</summary>
    private sealed class Victim : IDisposable
    {
        private readonly Process _process;

        private Victim(Process process, Uri address) => (_process, Address) = (process, address);

        public Uri Address { get; }

        public static async Task<Victim> Start(string connectionString)
        {
            var url = $"http://127.0.0.1:{FreePort()}";
            var start = new ProcessStartInfo("dotnet", [typeof(HostApplication).Assembly.Location, "run", "--url", url]) { RedirectStandardOutput = true, UseShellExecute = false };
            start.Environment["ConnectionStrings__Postgres"] = new Npgsql.NpgsqlConnectionStringBuilder(connectionString) { ApplicationName = "victim" }.ConnectionString;
            start.Environment["RateLimits__Enabled"] = "false";
            var process = Process.Start(start)!;
            using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            while (await process.StandardOutput.ReadLineAsync(timeout.Token) is { } line)
            {
                if (line.StartsWith("PixeeEvents serves", StringComparison.Ordinal))
                {
                    return new Victim(process, new Uri(url));
                }
            }

            throw new InvalidOperationException("The server did not start.");
        }

        /// <summary>SIGKILL: no handler runs.</summary>
        public async Task Kill()
        {
            _process.Kill();
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        public void Dispose()
        {
            if (!_process.HasExited)
            {
                _process.Kill();
            }

            _process.Dispose();
        }

        private static int FreePort()
        {
            using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
            listener.Start();
            return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
        }
    }
}
