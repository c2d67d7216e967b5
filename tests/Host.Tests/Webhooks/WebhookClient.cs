using System.Text.Json;
using Xunit;

namespace PixeeEvents.Host.Tests.Webhooks;

/// <summary>The webhooks of one company, as its key's owner manages them.</summary>
internal sealed class WebhookClient(WinDevServer server, WinDevClient erp)
{
    public const string Minimal = """{"name":"shop","url":"https://shop.example/hooks","events":["stock.updated"]}""";

    public string Company => erp.Company;

    public static async Task<WebhookClient> Of(WinDevServer server, params string[] scopes) => new(server, await server.Company(scopes));

    public async Task<WebhookClient> WithKey(params string[] scopes) => new(server, await server.Client(Company, scopes));

    public Task<Answer> Get(string path = "") => Send("GET", path);

    public Task<Answer> Post(string path, string? json = null) => Send("POST", path, json);

    public Task<Answer> Patch(Guid id, string json) => Send("PATCH", id.ToString(), json);

    public Task<Answer> Send(string method, string path, string? json = null) =>
        erp.Send(new HttpMethod(method), "../webhooks" + (path.Length == 0 || path[0] == '?' ? path : "/" + path), json);

    /// <summary>A subscription with some keys on top of the minimal ones.</summary>
    public async Task<Guid> Created(string more = "{}")
    {
        var body = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(Minimal)!;
        foreach (var (key, value) in JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(more)!)
        {
            body[key] = value;
        }

        var answer = await Post("", JsonSerializer.Serialize(body));
        Assert.Equal((201, answer.Text), ((int)answer.Status, answer.Text));
        return answer.Json.GetProperty("id").GetGuid();
    }

    /// <summary>A delivery as the fan-out would leave it.</summary>
    public async Task<Guid> Delivery(
        Guid subscription, string state = "waiting", Guid? lane = null, DateTimeOffset? at = null, string type = "stock.updated",
        string origin = "event", Guid? eventId = null,
        bool leased = false, bool due = true)
    {
        var id = Guid.CreateVersion7();
        await server.Scalar<int>(
            """
            insert into webhooks.deliveries (tenant_id, id, subscription_id, event_id, type, origin, sequence, lane, entity, version, body,
                state, due_at, lease_until, occurred_at, created_at)
            values ($1, $2, $3, $4, $5, $6, 1, nullif($7, '00000000-0000-0000-0000-000000000000'::uuid), nullif($7,
                '00000000-0000-0000-0000-000000000000'::uuid), 7,
                convert_to('{"id":"x"}', 'UTF8'), $8, case when $8 = 'waiting' and $11 then $9 end, case when $10 then $9 + interval '1 minute' end, $9, $9)
            """,
            Company, id, subscription, eventId ?? Guid.CreateVersion7(), type, origin, lane ?? Guid.Empty, state,
            (at ?? DateTimeOffset.UtcNow).ToUniversalTime(), leased, due);
        return id;
    }

    /// <summary>The states of a webhook's deliveries as its owner sees them, oldest first.</summary>
    public async Task<string?> Shown(Guid id) => string.Join(
        ' ',
        (await Get($"{id}/deliveries?per_page=100"))
            .Json.GetProperty("items").EnumerateArray().Reverse().Select(d => d.GetProperty("state").GetString()));

    public Task<T?> Row<T>(string sql, params object[] parameters) => server.Scalar<T>(sql, [Company, .. parameters]);

    /// <summary>How many rows of its own the company has in a table of the module.</summary>
    public Task<long> Count(string table) => Row<long>($"select count(*) from webhooks.{table} where tenant_id = $1");
}

internal static class Errors
{
    /// <summary>An error in the general form and nothing else.</summary>
    public static Answer AssertError(this Answer answer, int status, string code, string? detail = null)
    {
        Assert.Equal(status, (int)answer.Status);
        Assert.Equal(["detail", "error_code", "timestamp"], Answer.Keys(answer.Json).Except(["retry_after_seconds"]));
        Assert.Equal(code, answer.Json.GetProperty("error_code").GetString());
        Assert.EndsWith("Z", answer.Json.GetProperty("timestamp").GetString(), StringComparison.Ordinal);
        Assert.Equal("application/json; charset=utf-8", answer.ContentHeaders.ContentType?.ToString());
        Assert.NotEmpty(answer.Json.GetProperty("detail").GetString()!);
        if (detail is not null)
        {
            Assert.Equal(detail, answer.Json.GetProperty("detail").GetString());
        }

        return answer;
    }
}
