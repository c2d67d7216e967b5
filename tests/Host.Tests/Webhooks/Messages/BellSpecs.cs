using Npgsql;
using Xunit;

namespace PixeeEvents.Host.Tests.Webhooks.Messages;

/// <summary>What calls ring, heard as another node hears it.</summary>
public sealed class BellSpecs(WinDevServer server) : IClassFixture<WinDevServer>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task every_call_that_publishes_rings_on_a_node_that_leaves_the_sending_to_others_and_one_that_changes_nothing_does_not()
    {
        var erp = await server.Company();
        var shop = new WebhookClient(server, erp);
        var id = await shop.Created("""{"events":["*"]}""");
        var user = await server.User(erp.Company, admin: true);
        await using var bell = await Listener("pixee_deliveries");
        await Rings(() => erp.Sync("""[{"reference":"A","ean":"3760000000001","name":"a"}]"""));
        await erp.Sync("""[{"reference":"A","ean":"3760000000001","name":"a"}]""");
        await Rings(() => erp.Stock("""[{"ean":"3760000000001","stock":5}]"""));
        await Rings(() => erp.Post("prices/update", """[{"ean":"3760000000001","price_ht":5}]"""));
        await erp.Stock("""[{"ean":"3760000000002","stock":5}]""");
        await Rings(() => erp.Patch("A", """{"brand":"x"}"""));
        await Rings(() => user.Post("products", """{"name":"Un"}"""));

        async Task Rings(Func<Task> call)
        {
            var before = await Messages();
            await call();
            await Waiting.Until(async () => (await bell.Heard()).Contains($"{id}") ? null : "not rung");
            Assert.Equal(before + 1, await Messages());
        }

        Task<long> Messages() => shop.Row<long>("select count(*) from outbox where tenant_id = $1 and taken_at is not null");
    }

    [Fact]
    public async Task a_test_a_resend_a_replay_and_an_enable_ring_with_the_webhooks_id()
    {
        var shop = await WebhookClient.Of(server);
        var id = await shop.Created();
        var delivery = await shop.Delivery(id, "delivered");
        await using var bell = await Listener("pixee_deliveries");
        foreach (var call in (string[])["test", $"deliveries/{delivery}/resend", "replay", "disable", "enable"])
        {
            var status = (int)(await shop.Post($"{id}/{call}")).Status;
            Assert.Equal((call, true, $"{id}"), (call, status is 200 or 202, string.Join(' ', await bell.Heard())));
        }
    }

    [Fact]
    public async Task two_nodes_share_the_work_of_writing_and_sending()
    {
        await using var receiver = await PixeeEvents.Webhooks.Tests.Testing.Receiver.Start();
        await using var writer = await WinDevServer.Start(("Webhooks:AllowHttp", "true"), ("Webhooks:AllowedNetworks", "127.0.0.0/8"));
        using var sender = await Victim.Start(
            writer.ConnectionString, ("Webhooks__AllowHttp", "true"), ("Webhooks__AllowedNetworks", "127.0.0.0/8"),
            ("Webhooks__Workers", "true"));
        var erp = await writer.Company();
        await erp.Given(1);
        await new WebhookClient(writer, erp).Created($$"""{"url":"{{receiver.Url}}","events":["stock.updated"]}""");
        await erp.Stock($$"""[{"ean":"{{WinDevClient.Ean(1)}}","stock":42}]""");
        var request = await receiver.Next(Cancel);
        Assert.Equal("stock.updated", request.Headers["X-PM-Event"]);
    }

    private async Task<Listening> Listener(string channel)
    {
        var connection = new NpgsqlConnection(server.ConnectionString);
        await connection.OpenAsync(Cancel);
        await using var listen = new NpgsqlCommand($"listen {channel}", connection);
        await listen.ExecuteNonQueryAsync(Cancel);
        return new Listening(connection);
    }

    private sealed class Listening : IAsyncDisposable
    {
        private readonly NpgsqlConnection _connection;
        private readonly List<string> _heard = [];

        public Listening(NpgsqlConnection connection)
        {
            _connection = connection;
            connection.Notification += (_, rung) => _heard.Add(rung.Payload);
        }

        /// <summary>What was rung since the last time; it arrives before the answer to any later statement.</summary>
        public async Task<IReadOnlyList<string>> Heard()
        {
            await using var command = new NpgsqlCommand("select 1", _connection);
            await command.ExecuteNonQueryAsync(Cancel);
            List<string> heard = [.. _heard];
            _heard.Clear();
            return heard;
        }

        public ValueTask DisposeAsync() => _connection.DisposeAsync();
    }
}
