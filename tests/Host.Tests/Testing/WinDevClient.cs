using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Npgsql;
using PixeeEvents.Host.Tests.OpenApi;
using Xunit;

namespace PixeeEvents.Host.Tests.Testing;

/// <summary>What came back, read whole.</summary>
internal sealed record Answer(HttpStatusCode Status, string Text, HttpResponseHeaders Headers, HttpContentHeaders ContentHeaders)
{
    public JsonElement Json { get; } = Text.Length == 0 ? default : JsonSerializer.Deserialize<JsonElement>(Text);

    public string Message => Json.GetProperty("message").GetString()!;

    public JsonElement Data => Json.GetProperty("data");

    public JsonElement Item(int index) => Data[index];

    public string Column(string name) => string.Join(' ', Data.EnumerateArray().Select(d => d.GetProperty(name).ToString()));

    /// <summary>A success with the documented keys in agreement with each other.</summary>
    public Answer AssertOk(string message)
    {
        Assert.Equal(HttpStatusCode.OK, Status);
        Assert.Equal((true, 200, message), (Json.GetProperty("success").GetBoolean(), Json.GetProperty("code").GetInt32(), Message));
        Assert.Equal(Data.ValueKind == JsonValueKind.Array ? Data.GetArrayLength() : 1, Json.GetProperty("count").GetInt32());
        Assert.Equal("application/json; charset=utf-8", ContentHeaders.ContentType?.ToString());
        return this;
    }

    /// <summary>An error in the envelope and nothing else, unless <paramref name="more"/> names further keys.</summary>
    public Answer AssertRefused(int status, string? message = null, params string[] more)
    {
        Assert.Equal(status, (int)Status);
        Assert.Equal(new[] { "code", "count", "data", "message", "success" }.Concat(more).Order(StringComparer.Ordinal), Keys(Json));
        Assert.Equal((false, status, 0, JsonValueKind.Null), (
            Json.GetProperty("success").GetBoolean(), Json.GetProperty("code").GetInt32(), Json.GetProperty("count").GetInt32(),
            Data.ValueKind));
        Assert.NotEmpty(Message);
        Assert.Equal("application/json; charset=utf-8", ContentHeaders.ContentType?.ToString());
        if (message is not null)
        {
            Assert.Equal(message, Message);
        }

        return this;
    }

    public static string[] Keys(JsonElement json) => [.. json.EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal)];
}

internal sealed record LogEvent(
    long Sequence, string Type, Guid Stream, long Version, JsonElement Data, string? CorrelationId, string? CausationId,
    JsonElement Headers, DateTimeOffset At);

internal sealed record OutboxRow(string Type, JsonElement Data, string? CorrelationId);

/// <summary>A WinDev program of one company, and what its calls left in the log and the outbox.</summary>
internal sealed class WinDevClient(WinDevServer server, string company, Guid keyId, string rawKey)
{
    private readonly HashSet<Guid> _seen = [];
    private long _position;

    public string Company => company;

    public Guid KeyId => keyId;

    public string RawKey => rawKey;

    public HttpClient Http { get; } = Create(server, rawKey);

    public Task<Answer> Get(string path) => Send(HttpMethod.Get, path);

    public Task<Answer> Post(string path, string? json = null) => Send(HttpMethod.Post, path, json);

    public Task<Answer> Patch(string reference, string json) => Send(HttpMethod.Patch, "products/" + Uri.EscapeDataString(reference), json);

    public Task<Answer> Sync(string json) => Post("products/sync", json);

    public Task<Answer> Stock(string json) => Post("stock/update", json);

    public Task<Answer> Prices(string json) => Post("prices/update", json);

    public Task<Answer> Product(string reference) => Get("products/" + Uri.EscapeDataString(reference));

    public Task<Answer> Send(HttpMethod method, string path, string? json = null) =>
        Send(
            new HttpRequestMessage(method, path) { Content = json is null ? null : new StringContent(json, Encoding.UTF8, "application/json") });

    public async Task<Answer> Send(HttpRequestMessage request)
    {
        using var response = await Http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        await Shapes.Check(server, response, text);
        request.Dispose();
        return new Answer(response.StatusCode, text, response.Headers, response.Content.Headers);
    }

    /// <summary>Registers products without looking at them: reference, EAN and name from a number.</summary>
    public async Task Given(params int[] numbers)
    {
        foreach (var chunk in numbers.Chunk(1000))
        {
            (
                await Sync(
                    JsonSerializer.Serialize(chunk.Select(n => new { reference = $"ART-{n:000}", ean = Ean(n), name = $"Article {n}" }))))
                .AssertOk($"Sync terminé : {chunk.Length} créés, 0 mis à jour, 0 erreurs");
        }

        await NewEvents();
        await NewMessages();
    }

    public static string Ean(int n) => $"376{n:0000000000}";

    /// <summary>The company's events since the last look, in log order.</summary>
    public async Task<IReadOnlyList<LogEvent>> NewEvents()
    {
        await using var command = server.DataSource.CreateCommand(
            """
            select seq_id, type, stream_id, version, data::text, correlation_id, causation_id, coalesce(headers, '{}')::text, timestamp
                from mt_events
            where tenant_id = $1 and seq_id > $2 order by seq_id
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = company });
        command.Parameters.Add(new NpgsqlParameter { Value = _position });
        await using var reader = await command.ExecuteReaderAsync();
        var events = new List<LogEvent>();
        while (await reader.ReadAsync())
        {
            events.Add(new LogEvent(
                reader.GetInt64(0), reader.GetString(1), reader.GetGuid(2), reader.GetInt64(3), Json(reader.GetString(4)),
                reader.GetString(5),
                reader.GetString(6), Json(reader.GetString(7)), reader.GetFieldValue<DateTimeOffset>(8)));
        }

        _position = events.Count > 0 ? events[^1].Sequence : _position;
        return events;
    }

    public async Task<string> NewTypes() => string.Join(' ', (await NewEvents()).Select(e => e.Type));

    /// <summary>The company's public messages since the last look, by type.</summary>
    public async Task<IReadOnlyList<OutboxRow>> NewMessages()
    {
        await using var command = server.DataSource.CreateCommand(
            "select id, type, data::text, correlation_id from outbox where tenant_id = $1 order by type");
        command.Parameters.Add(new NpgsqlParameter { Value = company });
        await using var reader = await command.ExecuteReaderAsync();
        var messages = new List<OutboxRow>();
        while (await reader.ReadAsync())
        {
            if (_seen.Add(reader.GetGuid(0)))
            {
                messages.Add(new OutboxRow(reader.GetString(1), Json(reader.GetString(2)), reader.GetString(3)));
            }
        }

        return messages;
    }

    public async Task AssertNothingHappened()
    {
        Assert.Empty(await NewEvents());
        Assert.Empty(await NewMessages());
    }

    private static HttpClient Create(WinDevServer server, string rawKey)
    {
        var http = server.Http("/api/v1/windev/");
        http.DefaultRequestHeaders.Add("X-API-Key", rawKey);
        return http;
    }

    private static JsonElement Json(string text) => JsonSerializer.Deserialize<JsonElement>(text);
}
