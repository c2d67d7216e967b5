using System.Text.Json;
using PixeeEvents.EventLog;
using PixeeEvents.Testing;
using PixeeEvents.Webhooks;
using Xunit;

namespace PixeeEvents.Host.Tests.Webhooks;

/// <summary>What a company's calls told the world: the messages, and their items.</summary>
internal static class PublishedMessages
{
    /// <summary>The company's messages in the order of the log, and by type within a call.</summary>
    public static async Task<IReadOnlyList<OutboxRecord>> Messages(this WinDevServer server, string company)
    {
        await using var command = server.DataSource.CreateCommand(
            $"select {OutboxRecord.Columns} from outbox o where o.tenant_id = $1 order by o.last_seq_id, o.type")
            .With(Sql.Text(company));
        await using var reader = await command.ExecuteReaderAsync();
        return await OutboxRecord.ReadAll(reader, CancellationToken.None);
    }

    public static async Task<OutboxRecord> Last(this WinDevServer server, WinDevClient erp, string type) =>
        (await server.Messages(erp.Company)).Last(m => m.Type == type);

    public static async Task<IReadOnlyList<EventItem>> Items(this WinDevServer server, WinDevClient erp, string type) =>
        await server.Items.ItemsOf(await server.Last(erp, type), CancellationToken.None);

    public static async Task<EventItem> Item(this WinDevServer server, WinDevClient erp, string type) =>
        Assert.Single(await server.Items(erp, type));

    public static JsonElement Json(this EventItem item) => JsonSerializer.Deserialize<JsonElement>(item.Data);

    /// <summary>Asserts that a body, as a subscriber got it, is valid by the schema of its type and version.</summary>
    public static async Task AssertValid(ReadOnlyMemory<byte> body)
    {
        var json = JsonSerializer.Deserialize<JsonElement>(body.Span);
        var isCloudEvent = json.TryGetProperty("specversion", out _);
        var type = json.GetProperty(isCloudEvent ? "type" : "event").GetString()!;
        var version = isCloudEvent ? EventCatalogue.Versions.Single(
            v => json.GetProperty("dataschema").GetString()!.Contains(v, StringComparison.Ordinal))
            : json.TryGetProperty("type", out _) ? EventCatalogue.Current
            : EventCatalogue.Elder;
        Assert.Empty(
            await JsonSchema.Errors(isCloudEvent ? EventCatalogue.CloudSchema(type, version) : EventCatalogue.Schema(type, version), body));
    }

    /// <summary>The changes as <c>field: before → after @supplier</c>.</summary>
    public static string Changes(this JsonElement data) => string.Join(", ", data.GetProperty("changes").EnumerateArray().Select(c =>
        $"{c.GetProperty("field").GetString()}: {c.GetProperty("before").GetRawText()} → {c.GetProperty("after").GetRawText()}"
        + (c.TryGetProperty("supplier_code", out var supplier) ? $" @{supplier.GetString()}" : "")));

    /// <summary>The keys and versions as <c>reference ean previous..version</c>.</summary>
    public static string Subject(this JsonElement data) =>
        $"{data.GetProperty("reference").GetString()} {data.GetProperty("ean").GetString()} {data.GetProperty("previous_version").GetInt64()}..{data.GetProperty("version").GetInt64()}";
}
