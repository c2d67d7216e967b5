using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using PixeeEvents.Host.Tests.OpenApi;
using PixeeEvents.Http.Availability;
using Xunit;

namespace PixeeEvents.Host.Tests.Availability;

public sealed class TurnSpecs
{
    private static readonly HttpClient Http = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task every_call_that_writes_waits_for_its_turn_and_none_that_reads_does()
    {
        await using var server = await WinDevServer.Start(("Database:WritersPerCompany", "1"), ("Database:WaitingPerCompany", "0"));
        using var document = await Http.GetAsync(new Uri(server.Address, "/api/v1/openapi.json"), Stop);
        var operations = ShownOperation.Of(JsonNode.Parse(await document.Content.ReadAsStringAsync(Stop))!.AsObject());
        var (wrong, written) = (new List<string>(), 0);
        foreach (var face in operations.GroupBy(o => o.Face))
        {
            var demo = await DemoData.For(server, face.Key);
            using var turn = await server.App.Services.GetRequiredService<WriterQueue>()
                .Enter(new Writer(demo.Erp.Company, WriteKind.Single), Stop);
            foreach (var operation in face)
            {
                foreach (var bodyType in operation.BodyTypes)
                {
                    using var request = await operation.Call(
                        demo, bodyType, bodyType is null or "multipart/form-data" ? "application/json" : bodyType);
                    request.RequestUri = new Uri(server.Address, request.RequestUri!);
                    using var answer = await Http.SendAsync(request, Stop);
                    var isRefused = answer is { StatusCode: HttpStatusCode.ServiceUnavailable, Headers.RetryAfter: not null };
                    written += operation.IsRead ? 0 : 1;
                    if (isRefused == operation.IsRead)
                    {
                        wrong.Add($"{operation.Name} {bodyType}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(Stop)}");
                    }
                }
            }
        }

        Assert.Empty(wrong);
        Assert.True(written > 60);
    }

    [Fact]
    public async Task batches_that_wait_for_a_lock_leave_to_the_others_what_they_need()
    {
        await using var server = await WinDevServer.Start(
            ("Database:WritersPerCompany", "4"), ("Database:BatchesPerCompany", "2"), ("Database:WaitingPerCompany", "6"));
        var (erp, other) = (await server.Company(), await server.Company());
        await erp.Given(1, 2, 3);
        await other.Given(1, 2, 3);
        await using var hold = await Hold.Of(server, $"select from mt_streams where tenant_id = '{erp.Company}' for update");
        WinDevClient[] keys = [erp, await server.Client(erp.Company), await server.Client(erp.Company), await server.Client(erp.Company)];
        var batches = Enumerable.Range(1, 12)
            .Select(n => keys[n % 4].Stock($$"""[{"ean":"{{WinDevClient.Ean(1)}}","stock":{{n}}}]""")).ToList();
        await Waiting.Until(
            () => Task.FromResult(batches.Count(b => b.IsCompleted) == 4 ? null : "four batches of twelve find no place in the queue"));

        // Two wait at the lock, six in the queue, and those hold no connection.
        await Waiting.Until(async () => await hold.Waiting() == 2 ? null : "two batches wait for the lock");
        Assert.Equal(2, await hold.Busy());
        (await other.Product("ART-001")).AssertOk("Produit trouvé");
        (await other.Get("products")).AssertOk("3 produits trouvés");
        (await erp.Get("products")).AssertOk("3 produits trouvés");
        (await other.Patch("ART-002", """{"name":"neu"}""")).AssertOk("Produit mis à jour");
        Assert.Equal(HttpStatusCode.OK, (await Http.GetAsync(new Uri(server.Address, "/health"), Stop)).StatusCode);
        Assert.All(batches.Where(b => b.IsCompleted).Select(b => b.Result), a => Assert.Equal("5", Assert.Single(
            a.AssertRefused(503, "Trop d'écritures de cette société en attente, réessayez plus tard", "retry_after_seconds")
                .Headers.GetValues("Retry-After"))));
        Assert.Equal(8, batches.Count(b => !b.IsCompleted));

        await hold.Release();
        Assert.Equal(8, (await Task.WhenAll(batches)).Count(a => a.Status == HttpStatusCode.OK));
    }

    [Fact]
    public async Task a_locked_table_and_many_writers_of_it_leave_reads_and_health_alone_and_each_writer_is_told()
    {
        await using var database = await PixeeEvents.Testing.TestDatabase.Create();
        await using var server = await WinDevServer.Over(
            database.ConnectionString + ";Options=-c lock_timeout=300ms", TimeProvider.System, ("Database:AnswerSeconds", "2"),
            ("Database:WaitingPerCompany", "20"));
        var erp = await server.Company();
        await erp.Given(1, 2, 3);
        await using var hold = await Hold.Of(server, "lock table outbox in access exclusive mode");
        var patches = Enumerable.Range(1, 80).Select(n => erp.Patch("ART-001", $$"""{"name":"n{{n}}"}""")).ToList();
        await Waiting.Until(async () => await hold.Waiting() > 0 ? null : "a writer waits for the lock");
        (await erp.Product("ART-001")).AssertOk("Produit trouvé");
        (await erp.Get("products")).AssertOk("3 produits trouvés");
        Assert.Equal(HttpStatusCode.OK, (await Http.GetAsync(new Uri(server.Address, "/health"), Stop)).StatusCode);
        Assert.All(await Task.WhenAll(patches), p => p.AssertRefused(503, null, "retry_after_seconds"));
        await hold.Release();
        (await erp.Patch("ART-001", """{"name":"neu"}""")).AssertOk("Produit mis à jour");
    }

    [Fact]
    public async Task a_client_that_sends_slowly_keeps_nobody_waiting_for_his_turn()
    {
        await using var server = await WinDevServer.Start(("Database:WritersPerCompany", "1"), ("Database:WaitingPerCompany", "0"));
        var erp = await server.Company();
        await erp.Given(1);
        using var body = new SlowBody();
        var slow = erp.Send(new HttpRequestMessage(HttpMethod.Patch, "products/ART-001") { Content = body });
        await body.Begun;
        (await erp.Patch("ART-001", """{"brand":"B"}""")).AssertOk("Produit mis à jour");
        body.Finish();
        (await slow).AssertOk("Produit mis à jour");
    }

    private sealed class SlowBody : HttpContent
    {
        private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _finish = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public SlowBody() => Headers.ContentType = new("application/json");

        public Task Begun => _begun.Task;

        public void Finish() => _finish.SetResult();

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync("""{"name":"""u8.ToArray(), Stop);
            await stream.FlushAsync(Stop);
            _begun.SetResult();
            await _finish.Task;
            await stream.WriteAsync("\"neu\"}"u8.ToArray(), Stop);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}

/// <summary>A stranger's transaction that holds a lock.</summary>
internal sealed class Hold : IAsyncDisposable
{
    private readonly NpgsqlConnection _connection;

    private Hold(NpgsqlConnection connection) => _connection = connection;

    public static async Task<Hold> Of(WinDevServer server, string statement)
    {
        var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(server.ConnectionString) { Pooling = false, Options = null }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("begin;" + statement, connection);
        await command.ExecuteNonQueryAsync();
        return new Hold(connection);
    }

    /// <summary>Sessions of this database that wait for a lock.</summary>
    public Task<long> Waiting() => Count("wait_event_type = 'Lock'");

    /// <summary>Sessions of this database in the middle of something, this one apart.</summary>
    public Task<long> Busy() => Count("state <> 'idle'");

    /// <summary>Ends the sessions that wait for a lock.</summary>
    public async Task<long> Terminate() =>
        await Scalar(
            "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'");

    public async Task Release()
    {
        await using var command = new NpgsqlCommand("rollback", _connection);
        await command.ExecuteNonQueryAsync();
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private Task<long> Count(string condition) =>
        Scalar(
            $"select count(*) from pg_stat_activity where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid() and {condition}");

    private async Task<long> Scalar(string sql)
    {
        await using var command = new NpgsqlCommand(sql, _connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
