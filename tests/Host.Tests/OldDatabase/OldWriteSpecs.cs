using System.Globalization;
using System.Text.Json;
using Xunit;

namespace PixeeEvents.Host.Tests.OldDatabase;

/// <summary>What is written after the start goes on where the old database ended.</summary>
public sealed class OldWriteSpecs
{
    private const long LastPosition = 5010;

    [Fact]
    public async Task what_either_face_writes_is_seen_in_list_get_and_since_follows_the_old_versions_and_survives_a_rebuild()
    {
        await using var server = await OldServer.Start(OldServer.SendsNothing);
        var wasStock = (await Product(server, "OLD-2-1")).GetProperty("version").GetInt64();
        await server.Write(
            "windev", HttpMethod.Post, "/windev/products/sync",
            """
            [{"reference":"OLD-1-1","name":"Synchronisé","price_ht":11.5},
             {"reference":"NEW-1","ean":"3769999999998","name":"Nouveau","stock":3}]
            """);
        await server.Write("windev", HttpMethod.Post, "/windev/stock/update", """[{"ean":"3769900020001","stock":4321}]""");
        await server.Write("windev", HttpMethod.Patch, "/windev/products/OLD-3-1", """{"name":"Modifié"}""");
        await server.Write("winddle", HttpMethod.Put, "/products/1457", """{"name":"Renommé"}""");
        await server.Write("winddle", HttpMethod.Put, "/products/1458/archive");

        string[] written = ["NEW-1", "OLD-1-1", "OLD-2-1", "OLD-3-1", "WDX-5", "WDX-6"];
        string[] expected =
        [
            "NEW-1 Nouveau 3 True", "OLD-1-1 Synchronisé 2 True", "OLD-2-1 Produit ancien 2 1 été 4321 True", "OLD-3-1 Modifié 38 True",
            "WDX-5 Renommé 0 True", "WDX-6 Winddle 6 0 False",
        ];
        // The old client walks on from its bookmark, with its own clock: it is told what changed since its last walk, and nothing else.
        await AssertSeen(DateTimeOffset.UtcNow.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));

        // The version of the detail is that of the product's own stream; its stock has another.
        var versions = new List<long>();
        foreach (var reference in written)
        {
            versions.Add((await Product(server, reference)).GetProperty("version").GetInt64());
        }

        Assert.Equal([1, 2, wasStock, 3, 3, 4], versions);
        Assert.Equal(0, await server.Scalar<long>(
            """
            select count(*) from mt_streams s
            where s.version <> (select count(*) from mt_events e where e.tenant_id = s.tenant_id and e.stream_id = s.id)
               or s.version <> (select max(e.version) from mt_events e where e.tenant_id = s.tenant_id and e.stream_id = s.id)
            """));
        Assert.Equal(
            "price_set 1, product_archived 1, product_deactivated 1, product_details_changed 3, product_registered 1, stock_level_set 2",
            await server.Scalar<string>(
                $"""
                 select string_agg(concat(type, ' ', times), ', ' order by type)
                 from (select type, count(*) as times from mt_events where seq_id > {LastPosition} group by type) t
                 """));

        await server.RebuildEverything();
        await AssertSeen($"0?cursor={LastPosition}");

        async Task AssertSeen(string walk)
        {
            Assert.Equal(expected, await Shown(reference => Product(server, reference)));
            var listed = await Listed(server);
            Assert.Equal(expected, await Shown(reference => Task.FromResult(listed[reference])));

            var since = (await server.Get("walker", $"/windev/products/since/{walk}")).Json;
            var changed = since.GetProperty("data").EnumerateArray().ToDictionary(p => p.GetProperty("reference").GetString()!);
            Assert.Equal(written, changed.Keys.Order(StringComparer.Ordinal));
            Assert.Equal(expected, await Shown(reference => Task.FromResult(changed[reference])));

            Assert.Equal("Renommé", (await Design(server, 1457)).GetProperty("name").GetString());
            Assert.True((await Design(server, 1458)).GetProperty("archived").GetBoolean());
            Assert.Equal("NEW-1", (await Design(server, 1464)).GetProperty("reference").GetString());
            var last = (await server.Get("winddle", "/products?per_page=100&page=15")).Json.GetProperty("products").EnumerateArray()
                .ToDictionary(p => p.GetProperty("id").GetInt64(), p => p.GetProperty("name").GetString());
            Assert.Equal(("Renommé", false, "Nouveau"), (last[1457], last.ContainsKey(1458), last[1464]));
        }

        async Task<IEnumerable<string>> Shown(Func<string, Task<JsonElement>> product)
        {
            var shown = new List<string>();
            foreach (var reference in written)
            {
                var json = await product(reference);
                string[] keys = ["reference", "name", "stock", "is_active"];
                shown.Add(string.Join(' ', keys.Select(k => json.GetProperty(k).ToString())));
            }

            return shown;
        }
    }

    private static async Task<JsonElement> Product(OldServer server, string reference) =>
        (await server.Get("windev", "/windev/products/" + reference)).Json.GetProperty("data");

    private static async Task<JsonElement> Design(OldServer server, long id) =>
        (await server.Get("winddle", $"/products/{id}")).Json.GetProperty("product");

    private static async Task<Dictionary<string, JsonElement>> Listed(OldServer server)
    {
        var listed = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        for (var (page, pages) = (1, 1); page <= pages; page++)
        {
            var answer = (await server.Get("windev", $"/windev/products?active_only=false&limit=500&page={page}")).Json;
            pages = answer.GetProperty("pages").GetInt32();
            foreach (var product in answer.GetProperty("data").EnumerateArray())
            {
                listed.Add(product.GetProperty("reference").GetString()!, product);
            }
        }

        Assert.Equal(1463, listed.Count);
        return listed;
    }
}
