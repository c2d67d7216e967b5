using System.Text;
using PixeeEvents.Host.Webhooks;
using PixeeEvents.Webhooks;
using Xunit;

namespace PixeeEvents.Host.Tests.Webhooks.Subscriptions;

public sealed class SecretSpecs(WinDevServer server) : IClassFixture<WinDevServer>
{
    [Fact]
    public async Task a_secret_is_nowhere_in_the_tables_and_in_no_later_answer()
    {
        var shop = await WebhookClient.Of(server);
        var created = await shop.Post(
            "", """{"name":"x","url":"https://shop.example","events":["*"],"secret":"correct horse battery staple"}""");
        Assert.Equal("correct horse battery staple", created.Json.GetProperty("secret").GetString());
        var id = created.Json.GetProperty("id").GetGuid();
        var rotated = await shop.Post($"{id}/rotate-secret");
        var generated = rotated.Json.GetProperty("secret").GetString()!;
        await shop.Post($"{id}/test");
        await shop.Patch(id, """{"name":"y"}""");
        foreach (var secret in new[] { "correct horse battery staple", generated, generated["whsec_".Length..] })
        {
            Assert.Empty(await Tables(secret));
            foreach (var path in new[] { "", id.ToString(), $"{id}/deliveries", $"{id}/notices", $"{id}/stats" })
            {
                Assert.DoesNotContain(secret, (await shop.Get(path)).Text, StringComparison.Ordinal);
            }
        }

        // The search itself finds what is there.
        Assert.Equal(["subscriptions"], await Tables("https://shop.example"));
    }

    [Fact]
    public async Task another_node_reads_what_one_encrypted()
    {
        var shop = await WebhookClient.Of(server);
        await shop.Post("", """{"name":"x","url":"https://shop.example","events":["*"],"secret":"correct horse"}""");
        var stored = (await shop.Row<byte[]>("select protected from webhooks.secrets where tenant_id = $1"))!;
        using var other = new SecretProtection(new ProtectionKeys(server.DataSource));
        Assert.Equal("correct horse", other.Unprotect(stored));
        Assert.NotEqual(stored, other.Protect("correct horse"));
        stored[^1] ^= 1;
        Assert.ThrowsAny<System.Security.Cryptography.CryptographicException>(() => other.Unprotect(stored));
    }

    [Fact]
    public async Task nodes_that_start_together_on_an_empty_database_share_one_key()
    {
        await using var empty = await WinDevServer.Start();
        var nodes = Enumerable.Range(0, 4).Select(_ => new SecretProtection(new ProtectionKeys(empty.DataSource))).ToList();
        await using var starter = await empty.DataSource.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await Execute("select pg_advisory_lock(482805835110)");
        var protecting = Task.WhenAll(nodes.Select(n => Task.Run(() => n.Protect("secret"))));
        while (
            await empty.Scalar<long>(
                "select count(*) from pg_locks where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database())") < nodes.Count)
        {
            Assert.False(protecting.IsCompleted);
        }

        await Execute("select pg_advisory_unlock(482805835110)");
        var stored = await protecting;
        Assert.Equal(1, await empty.Scalar<long>("select count(*) from webhooks.data_protection_keys"));
        foreach (var node in nodes)
        {
            Assert.All(stored, s => Assert.Equal("secret", node.Unprotect(s)));
            node.Dispose();
        }

        async Task Execute(string sql)
        {
            await using var command = new Npgsql.NpgsqlCommand(sql, starter);
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }
    }

    [Theory]
    [InlineData(null, 86_400)]
    [InlineData("""{"overlap_seconds":0}""", 0)]
    [InlineData("""{"overlap_seconds":604800}""", 604_800)]
    public async Task statement_4_a_rotated_secret_signs_beside_the_new_one_for_the_overlap(string? body, int seconds)
    {
        var shop = await WebhookClient.Of(server);
        var id = await shop.Created();
        var answer = await shop.Post($"{id}/rotate-secret", body);
        Assert.Equal(200, (int)answer.Status);
        Assert.Equal(
            ["id", "old_secrets_expire_at", "secret"], answer.Json.EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal));
        Assert.StartsWith("whsec_", answer.Json.GetProperty("secret").GetString(), StringComparison.Ordinal);
        Assert.Equal(
            $"{seconds} none",
            await shop.Row<string>(
                """
                select string_agg(coalesce(round(extract(epoch from o.expires_at - n.created_at))::text, 'none'), ' ' order by o.created_at)
                from webhooks.secrets o, (select max(created_at) as created_at from webhooks.secrets where tenant_id = $1) n
                    where tenant_id = $1
                """));
        Assert.Equal(
            await shop.Row<DateTime>("select expires_at from webhooks.secrets where tenant_id = $1 and expires_at is not null"),
            answer.Json.GetProperty("old_secrets_expire_at").GetDateTimeOffset().UtcDateTime);
    }

    [Fact]
    public async Task a_shorter_overlap_ends_all_earlier_secrets_and_the_ended_ones_go()
    {
        var shop = await WebhookClient.Of(server);
        var id = await shop.Created();
        await shop.Post($"{id}/rotate-secret");
        await shop.Post($"{id}/rotate-secret", """{"overlap_seconds":0}""");
        Assert.Equal((3, 1), (await shop.Count("secrets"), await Live(shop)));
        await shop.Post($"{id}/rotate-secret");
        Assert.Equal((2, 2), (await shop.Count("secrets"), await Live(shop)));
    }

    [Fact]
    public async Task an_eleventh_live_secret_is_refused()
    {
        var shop = await WebhookClient.Of(server);
        var id = await shop.Created();
        for (var n = 0; n < 9; n++)
        {
            Assert.Equal(200, (int)(await shop.Post($"{id}/rotate-secret")).Status);
        }

        (await shop.Post($"{id}/rotate-secret")).AssertError(409, "TOO_MANY_SECRETS");
        Assert.Equal((10, 10), (await shop.Count("secrets"), await Live(shop)));
        Assert.Equal(200, (int)(await shop.Post($"{id}/rotate-secret", """{"overlap_seconds":0}""")).Status);
    }

    private static Task<long> Live(WebhookClient shop) =>
        shop.Row<long>("select count(*) from webhooks.secrets where tenant_id = $1 and (expires_at is null or expires_at > now())");

    /// <summary>The tables of the module in which a text lies, as text or as bytes.</summary>
    private async Task<List<string>> Tables(string text)
    {
        var found = new List<string>();
        var hex = Convert.ToHexStringLower(Encoding.UTF8.GetBytes(text));
        foreach (
            var table in (
                await server.Scalar<string[]>(
                    "select array_agg(tablename::text order by 1) from pg_tables where schemaname = 'webhooks'"))!)
        {
            if (
                await server.Scalar<bool>(
                    $"select exists (select 1 from webhooks.{table} t where strpos(t::text, $1) > 0 or strpos(t::text, $2) > 0)", text,
                    hex))
            {
                found.Add(table);
            }
        }

        return found;
    }
}
