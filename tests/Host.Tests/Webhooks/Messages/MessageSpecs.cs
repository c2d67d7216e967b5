using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using PixeeEvents.Webhooks.Tests.Testing;
using Wolverine.Persistence.Durability;
using Xunit;

namespace PixeeEvents.Host.Tests.Webhooks.Messages;

/// <summary>The messages by which nodes make deliveries of what was committed.</summary>
public sealed class MessageSpecs
{
    private static readonly (string, string)[] Sends =
        [("Webhooks__AllowHttp", "true"), ("Webhooks__AllowedNetworks", "127.0.0.0/8"), ("Webhooks__Workers", "true")];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task of_many_calls_at_once_none_is_left_behind_by_a_node_that_never_looks()
    {
        await using var server = await WinDevServer.Start();
        var companies = await Task.WhenAll(Enumerable.Range(0, 3).Select(async _ =>
        {
            var erp = await server.Company();
            await erp.Given([.. Enumerable.Range(1, 8)]);
            return erp;
        }));
        await Task.WhenAll(companies.SelectMany(erp => Enumerable.Range(1, 8).Select(async product =>
        {
            for (var n = 1; n <= 25; n++)
            {
                await erp.Stock($$"""[{"ean":"{{WinDevClient.Ean(product)}}","stock":{{n}}}]""");
            }
        })));
        await Waiting.Until(async () => await server.Scalar<long>("select count(*) from outbox where taken_at is null") is var left and > 0
            ? $"{left} left behind" : null);
        Assert.Equal(603, await server.Scalar<long>("select count(*) from outbox"));
        var sent = await server.Scalar<long>("select count(*) from wolverine.wolverine_incoming_envelopes where message_type = 'fan-out'");
        Assert.InRange(sent, 3, 603);
    }

    [Fact]
    public async Task the_message_is_committed_with_the_events_or_not_at_all()
    {
        await using var server = await WinDevServer.Start();
        var erp = await server.Company();
        await erp.Given(1);
        await Waiting.Until(async () => await Unhandled() == 0 ? null : "handled later");
        var before = await server.Scalar<long>("select count(*) from wolverine.wolverine_incoming_envelopes");
        await server.Scalar<int>("alter table outbox add constraint refused check (type <> 'stock.updated')");
        Assert.Equal(500, (int)(await erp.Stock($$"""[{"ean":"{{WinDevClient.Ean(1)}}","stock":7}]""")).Status);
        Assert.Equal(before, await server.Scalar<long>("select count(*) from wolverine.wolverine_incoming_envelopes"));

        Task<long> Unhandled() =>
            server.Scalar<long>("select count(*) from wolverine.wolverine_incoming_envelopes where status <> 'Handled'");
    }

    [Fact]
    public async Task an_event_that_ends_every_process_is_dead_after_three_and_is_sent_when_an_operator_retries_it()
    {
        await using var receiver = await Receiver.Start();
        await using var server = await WinDevServer.Start(("Webhooks:AllowHttp", "true"), ("Webhooks:AllowedNetworks", "127.0.0.0/8"));
        var erp = await server.Company();
        await erp.Given(1, 2);
        await new WebhookClient(server, erp).Created($$"""{"url":"{{receiver.Url}}","events":["stock.updated"]}""");
        await Waiting.Until(
            async () => await server.Scalar<long>("select count(*) from outbox where taken_at is null") == 0 ? null : "left");
        await server.App.StopAsync(Cancel);

        // Handling stops at the endpoint's row, and is killed there.
        await using var holder = new NpgsqlConnection(server.ConnectionString);
        await holder.OpenAsync(Cancel);
        var hold = await Hold();
        for (var deaths = 0; deaths < 3; deaths++)
        {
            using var victim = await Victim.Start(server.ConnectionString, Sends);
            if (deaths == 0)
            {
                using var http = new HttpClient { BaseAddress = victim.Address, DefaultRequestHeaders = { { "X-API-Key", erp.RawKey } } };
                using var stock = new StringContent(
                    $$"""[{"ean":"{{WinDevClient.Ean(1)}}","stock":7}]""", Encoding.UTF8, "application/json");
                (await http.PostAsync("api/v1/windev/stock/update", stock, Cancel)).EnsureSuccessStatusCode();
            }

            // The first handling is of a fresh message and not noted; those after it are.
            await Waiting.Until(async () => deaths == 0
                ? await server.Scalar<long>(
                    """
                    select count(*) from pg_stat_activity
                    where datname = current_database() and application_name = 'victim' and wait_event = 'transactionid'
                    """) > 0 ? null : "not handled yet"
                : await server.Scalar<short>("select begun from outbox where taken_at is null") == deaths ? null : "not noted yet");
            await victim.Kill();
            await server.Scalar<int>("update outbox set occurred_at = occurred_at - interval '1 minute' where taken_at is null");
        }

        await hold.RollbackAsync(Cancel);
        using var last = await Victim.Start(server.ConnectionString, Sends);
        await Waiting.Until(
            async () => await server.Scalar<long>("select count(*) from outbox where dead_at is not null") == 1 ? null : "alive");
        Assert.Empty(receiver.Requests);
        var (listed, _) = await Pixee("messages", "dead");
        Assert.Contains($"stock.updated of {erp.Company}  It ended the process whenever it was handled.", listed, StringComparison.Ordinal);
        var (retried, _) = await Pixee("messages", "retry", listed.Split(' ')[0]);
        Assert.Equal("1 to be handled once more.", retried.Trim());
        Assert.Equal("stock.updated", (await receiver.Next(Cancel)).Headers["X-PM-Event"]);
        Assert.Equal("No message is dead.", (await Pixee("messages", "dead")).Output.Trim());

        async Task<NpgsqlTransaction> Hold()
        {
            var transaction = await holder.BeginTransactionAsync(Cancel);
            await using var command = new NpgsqlCommand("select from webhooks.endpoints for update", holder, transaction);
            await command.ExecuteNonQueryAsync(Cancel);
            return transaction;
        }

        async Task<(string Output, int Code)> Pixee(params string[] arguments)
        {
            var start = new System.Diagnostics.ProcessStartInfo("dotnet", [CommandLine.Program, .. arguments])
            {
                RedirectStandardOutput = true,
                UseShellExecute = false,
            };
            start.Environment["ConnectionStrings__Postgres"] = server.ConnectionString;
            using var process = System.Diagnostics.Process.Start(start)!;
            var output = await process.StandardOutput.ReadToEndAsync(Cancel);
            await process.WaitForExitAsync(Cancel);
            return (output, process.ExitCode);
        }
    }

    [Fact]
    public async Task a_message_of_the_program_itself_that_cannot_be_handled_is_a_dead_letter_and_handled_again_when_asked()
    {
        await using var server = await WinDevServer.Start(("Webhooks:Workers", "true"));
        var erp = await server.Company();
        var shop = new WebhookClient(server, erp);
        await erp.Given(1);
        var id = await shop.Created("""{"events":["*"]}""");
        await server.Scalar<int>("alter table webhooks.deliveries add constraint refused check (origin <> 'replay')");
        await shop.Post($"{id}/replay");
        await Waiting.Until(
            async () => await server.Scalar<long>("select count(*) from wolverine.wolverine_dead_letters") == 1 ? null : "alive");
        Assert.Equal("failed", await server.Scalar<string>("select state from webhooks.replays"));

        await server.Scalar<int>("alter table webhooks.deliveries drop constraint refused");
        var letters = server.App.Services.GetRequiredService<IMessageStore>().DeadLetters;
        await letters.ReplayAsync(new(), Cancel);
        await Waiting.Until(async () => await server.Scalar<string>("select state from webhooks.replays") == "done" ? null : "not done");
        Assert.True(await server.Scalar<long>("select count(*) from webhooks.deliveries where origin = 'replay'") > 0);
    }
}
