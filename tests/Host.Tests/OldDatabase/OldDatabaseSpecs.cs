using System.Text.Json;
using Xunit;

namespace PixeeEvents.Host.Tests.OldDatabase;

/// <summary>An old database opens, and answers as it did.</summary>
/// <remarks>
/// <para>
/// <c>pixee.sql.gz</c> is a plain <c>pg_dump</c> of PostgreSQL 15, without owners, of the demo company as version 8d3ee01 left it, the
/// last that wrote its log by itself: 1,250 demo products, 200 synced ones with stock and prices changed since, products of both faces
/// with variant, picture, attachment, custom values, likes, archive and cancel, a destroyed product, a project, four webhook
/// subscriptions (two delivered, two whose receiver was away), API keys and user tokens. It needs the extensions pg_trgm and btree_gin.
/// </para>
/// <para>
/// <c>answers.json.gz</c> is what that version answered over it: <c>answers</c> by client and path, each with status and body; beside
/// them the clients' credentials. <c>windev</c> asked with <c>key</c>, <c>winddle</c> with <c>token</c>, for JSON, and <c>walker</c>
/// with a key that had never asked before, page after page. A walk goes on from its key's bookmark, so here each one has a new key.
/// Links carry the address of then, which the requests here name as theirs.
/// </para>
/// <para>
/// Compared is every value of every answer. Left out are keys that answers have gained since; the zeros at the end of a decimal number,
/// which the recording did not keep; and of a webhook's own headers the values, which may be shown hidden:
/// <see cref="OldWebhookSpecs"/> sees them arrive.
/// </para>
/// </remarks>
public sealed class OldDatabaseSpecs
{
    [Fact]
    public async Task started_on_it_every_recorded_answer_is_the_same_and_every_linked_file_is_served()
    {
        await using var server = await OldServer.Start(OldServer.SendsNothing);
        AssertNone(await server.Differences());
        var files = await server.Files();
        Assert.Equal(5, files.Count);
        Assert.All(files.Values, Assert.NotEmpty);
    }

    [Fact]
    public async Task a_rebuild_of_every_read_model_and_snapshot_from_the_log_changes_no_answer_and_no_file()
    {
        await using var server = await OldServer.Start(OldServer.SendsNothing);
        var files = await server.Files();
        await server.Scalar<int>(
            "update windev.products set name = 'spoilt'; update windev.figures set stock = 1; update winddle.products set archived = true");
        Assert.NotEmpty(await server.Differences());

        await server.RebuildEverything();
        AssertNone(await server.Differences());
        Assert.Equal(files, await server.Files());

        // What decides over writes was rebuilt as well: what it knows already is no change.
        var known = await Known(server);
        foreach (var items in known.Select(p => Part(p, "reference", "ean", "name", "brand", "price_ht", "price_ttc")).Chunk(1000))
        {
            await server.Write("windev", HttpMethod.Post, "/windev/products/sync", JsonSerializer.Serialize(items));
        }

        var levels = from product in known
                     from level in product.GetProperty("stocks").EnumerateArray()
                     select Part(product, "ean").Concat(Part(level, "stock", "supplier_code")).ToDictionary();
        await server.Write("windev", HttpMethod.Post, "/windev/stock/update", JsonSerializer.Serialize(levels));
        AssertNone(await server.Differences());
    }

    /// <summary>Every product of the recorded walk that has an EAN and a reference, in full.</summary>
    private static async Task<IReadOnlyList<JsonElement>> Known(OldServer server)
    {
        var known = new List<JsonElement>();
        var walked =
            from answer in OldServer.Recorded.GetProperty("answers").EnumerateObject()
            where answer.Name.StartsWith("walker ", StringComparison.Ordinal)
            from product in answer.Value[1].GetProperty("data").EnumerateArray()
            where product.GetProperty("ean").GetString() is not null && product.GetProperty("reference").GetString() is not null
            select "/windev/products/" + Uri.EscapeDataString(product.GetProperty("reference").GetString()!);
        foreach (var path in walked)
        {
            known.Add((await server.Get("windev", path)).Json.GetProperty("data"));
        }

        Assert.InRange(known.Count, 1400, 1463);
        return known;
    }

    private static Dictionary<string, JsonElement> Part(JsonElement json, params string[] keys) =>
        keys.ToDictionary(k => k, json.GetProperty);

    private static void AssertNone(IReadOnlyList<string> differences) =>
        Assert.True(differences.Count == 0, string.Join('\n', differences));
}
