using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Xunit;

namespace PixeeEvents.Host.Tests.Webhooks.Subscriptions;

public sealed class InputSpecs(WinDevServer server) : IClassFixture<WinDevServer>
{
    public static TheoryData<string, string> Rules { get; } = new()
    {
        { "name", "null" }, { "name", "\"\"" }, { "name", "\"  \"" }, { "name", "7.5" },
        { "name", $"\"{new string('x', 256)}\"" }, { "name", "\"a\\u0007\"" },
        { "url", "null" }, { "url", "7" }, { "url", "\"shop\"" }, { "url", "\"http://shop.example/\"" },
        { "url", "\"ftp://shop.example/\"" },
        { "url", "\"https://u:p@shop.example/\"" }, { "url", "\"https://shop.example/#x\"" }, { "url", "\"https://127.0.0.1/\"" },
        { "url", "\"https://[::1]/\"" },
        { "url", "\"https://10.0.0.1/\"" }, { "url", "\"https://169.254.169.254/latest\"" }, { "url", "\"https://2130706433/\"" },
        { "url", "\"https://0x7f.1/\"" },
        { "url", "\"https://[::ffff:10.0.0.1]/\"" }, { "url", "\"https://localhost/\"" }, { "url", "\"https://shop.example/a b\"" },
        { "events", "null" }, { "events", "[]" }, { "events", "\"stock.updated\"" }, { "events", "[7]" },
        { "events", "[\"stock.eaten\"]" }, { "events", "[\"stock*\"]" },
        { "events", "[\"moon.*\"]" }, { "events", "[\"\"]" },
        { "active", "null" }, { "active", "\"maybe\"" }, { "active", "2" },
        { "headers", "null" }, { "headers", "[]" }, { "headers", "{\"X-A\":1}" }, { "headers", "{\"webhook-id\":\"x\"}" },
        { "headers", "{\"Host\":\"x\"}" },
        { "headers", "{\"Content-Type\":\"x\"}" }, { "headers", "{\"user-agent\":\"x\"}" }, { "headers", "{\"X-A\":\"a\\r\\nX-B: b\"}" },
        { "headers", "{\"X A\":\"x\"}" },
        { "headers", "{\"Metadata-Flavor\":\"Google\"}" }, { "headers", "{\"X-A\":\"1\",\"x-a\":\"2\"}" },
        { "headers", JsonSerializer.Serialize(Enumerable.Range(1, 21).ToDictionary(n => $"X-{n}", _ => "x")) },
        { "max_retries", "-1" }, { "max_retries", "6" }, { "max_retries", "1.5" }, { "max_retries", "\"3\"" },
        { "retry_delays", "7" }, { "retry_delays", "[0]" }, { "retry_delays", "[604801]" }, { "retry_delays", "[\"1\"]" },
        { "retry_delays", $"[{string.Join(',', Enumerable.Repeat(1, 21))}]" },
        { "timeout_seconds", "0" }, { "timeout_seconds", "21" }, { "timeout_seconds", "null" }, { "timeout_seconds", "2.5" },
        { "rate_per_second", "0" }, { "rate_per_second", "10001" }, { "rate_per_second", "\"1\"" },
        { "concurrency", "0" }, { "concurrency", "101" }, { "concurrency", "null" },
        { "body", "\"big\"" }, { "body", "null" }, { "granularity", "\"each\"" }, { "latest_wins", "[1]" },
        { "order", "\"loose\"" }, { "format", "\"xml\"" },
        { "schema_version", "\"1999-01-01\"" }, { "schema_version", "null" }, { "signatures", "[]" }, { "signatures", "[\"v2\"]" },
        { "signatures", "\"v1\"" },
        { "filter", "[]" }, { "filter", "{\"fields\":[]}" }, { "filter", "{\"fields\":\"stock\"}" },
        { "filter", "{\"supplier_codes\":[7.5]}" },
        { "filter", "{\"channels\":[\"x\"]}" }, { "exclude_own_changes", "\"never\"" },
        { "colour", "\"red\"" }, { "created", "\"x\"" }, { "Name", "\"x\"" },
    };

    [Theory]
    [MemberData(nameof(Rules))]
    public async Task a_value_outside_its_rule_is_refused_by_its_key_and_nothing_is_stored(string key, string json)
    {
        var shop = await WebhookClient.Of(server);
        var id = await shop.Created();
        var before = (await shop.Get(id.ToString())).Text;
        var body = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(WebhookClient.Minimal)!;
        body[key] = JsonSerializer.Deserialize<JsonElement>(json);
        Named(await shop.Post("", JsonSerializer.Serialize(body)), key);
        Named(await shop.Patch(id, key == "name" ? $$"""{"name":{{json}}}""" : $$"""{"name":"other","{{key}}":{{json}}}"""), key);
        Assert.Equal(before, (await shop.Get(id.ToString())).Text);
        Assert.Equal((1, 1), (await shop.Count("subscriptions"), await shop.Count("secrets")));
    }

    [Theory]
    [InlineData("name")]
    [InlineData("url")]
    [InlineData("events")]
    public async Task a_key_without_a_default_is_required(string key)
    {
        var shop = await WebhookClient.Of(server);
        var body = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(WebhookClient.Minimal)!;
        body.Remove(key);
        (await shop.Post("", JsonSerializer.Serialize(body))).AssertError(422, "VALIDATION_ERROR", $"{key}: required.");
        Assert.Equal(0, await shop.Count("subscriptions"));
    }

    [Theory]
    [InlineData("\"\"")]
    [InlineData("7")]
    [InlineData("\" x\"")]
    [InlineData("\"whsec_short\"")]
    [InlineData("\"whsec_MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM=x\"")]
    public async Task a_secret_outside_its_rule_is_refused_without_being_repeated(string json)
    {
        var shop = await WebhookClient.Of(server);
        var id = await shop.Created();
        var answer = await shop.Post("", $$"""{"name":"x","url":"https://shop.example","events":["*"],"secret":{{json}}}""");
        Named(answer, "secret");
        Named(await shop.Post($"{id}/rotate-secret", $$"""{"secret":{{json}}}"""), "secret");
        Assert.Equal(1, await shop.Count("secrets"));
    }

    [Fact]
    public async Task a_secret_is_set_at_creation_and_by_rotation_alone()
    {
        var shop = await WebhookClient.Of(server);
        Named(await shop.Patch(await shop.Created(), """{"secret":"a fine secret of any form"}"""), "secret");
    }

    [Fact]
    public async Task two_schedules_at_once_are_refused()
    {
        var shop = await WebhookClient.Of(server);
        var id = await shop.Created("""{"max_retries":3}""");
        Named(await shop.Patch(id, """{"retry_delays":[1]}"""), "retry_delays");
        Assert.Equal(200, (int)(await shop.Patch(id, """{"retry_delays":[1],"max_retries":null}""")).Status);
    }

    [Theory]
    [InlineData("enable", """{"backlog":"some"}""", "backlog")]
    [InlineData("enable", """{"what":1}""", "what")]
    [InlineData("disable", """{"what":1}""", "what")]
    [InlineData("test", """{"what":1}""", "what")]
    [InlineData("rotate-secret", """{"overlap_seconds":-1}""", "overlap_seconds")]
    [InlineData("rotate-secret", """{"overlap_seconds":604801}""", "overlap_seconds")]
    [InlineData("rotate-secret", """{"what":1}""", "what")]
    [InlineData("replay", """{"since":"yesterday"}""", "since")]
    [InlineData("replay", """{"since":"2026-11-23T14:00:00"}""", "since")]
    [InlineData("replay", """{"until":7}""", "until")]
    [InlineData("replay", """{"since":"2026-11-23T14:00:00Z","until":"2026-11-23T14:00:00Z"}""", "until")]
    [InlineData("replay", """{"types":["moon.rose"]}""", "types")]
    [InlineData("replay", """{"only":"some"}""", "only")]
    [InlineData("replay", """{"what":1}""", "what")]
    public async Task an_action_refuses_what_it_does_not_know_by_name(string action, string json, string key)
    {
        var shop = await WebhookClient.Of(server);
        var id = await shop.Created();
        Named(await shop.Post($"{id}/{action}", json), key);
        Assert.Equal(
            (1, 0, 0, 0),
            (await shop.Count("secrets"), await shop.Count("replays"), await shop.Count("deliveries"), await shop.Count("notices")));
    }

    [Theory]
    [InlineData("deliveries?state=lost", "state")]
    [InlineData("deliveries?since=7", "since")]
    [InlineData("deliveries?until=2026-11-23", "until")]
    [InlineData("deliveries?page=x", "page")]
    [InlineData("notices?per_page=0", "per_page")]
    [InlineData("replays?per_page=101", "per_page")]
    [InlineData("digest", "hour")]
    [InlineData("digest?hour=now", "hour")]
    [InlineData("digest?hour=2026-11-23T14:30Z", "hour")]
    public async Task a_query_outside_its_rule_is_refused_by_name(string query, string key)
    {
        var shop = await WebhookClient.Of(server);
        Named(await shop.Get($"{await shop.Created()}/{query}"), key);
    }

    [Theory]
    [InlineData("{", "application/json", 400, "BAD_REQUEST")]
    [InlineData("{\"name\":\"a\",\"name\":\"b\"}", "application/json", 400, "BAD_REQUEST")]
    [InlineData("", "application/json", 400, "BAD_REQUEST")]
    [InlineData("[]", "application/json", 422, "VALIDATION_ERROR")]
    [InlineData("null", "application/json", 422, "VALIDATION_ERROR")]
    [InlineData("{}", "text/plain", 415, "UNSUPPORTED_MEDIA_TYPE")]
    [InlineData("<a/>", "application/xml", 415, "UNSUPPORTED_MEDIA_TYPE")]
    public async Task a_body_that_is_no_json_object_is_refused(string body, string type, int status, string code)
    {
        var erp = await server.Company();
        using var request = new HttpRequestMessage(
            HttpMethod.Post, "../webhooks")
        { Content = new StringContent(body, Encoding.UTF8, MediaTypeHeaderValue.Parse(type)) };
        (await erp.Send(request)).AssertError(status, code);
    }

    [Theory]
    [InlineData("test", 202)]
    [InlineData("enable", 200)]
    [InlineData("disable", 200)]
    [InlineData("rotate-secret", 200)]
    [InlineData("replay", 202)]
    [InlineData("deliveries/DELIVERY/resend", 202)]
    public async Task an_empty_body_is_none_whatever_its_type_and_however_its_length_is_told(string action, int status)
    {
        var erp = await server.Company();
        var shop = new WebhookClient(server, erp);
        var id = await shop.Created();
        var path =
            $"../webhooks/{id}/{action.Replace("DELIVERY", (await shop.Delivery(id, "delivered")).ToString(), StringComparison.Ordinal)}";
        foreach (var type in (string[])["application/json", "text/plain", "application/x-www-form-urlencoded"])
        {
            foreach (var chunked in (bool[])[false, true])
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent([]) };
                request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
                request.Headers.TransferEncodingChunked = chunked;
                var answer = await erp.Send(request);
                Assert.Equal((type, chunked, status, answer.Text), (type, chunked, (int)answer.Status, answer.Text));
            }
        }

        using var full = new HttpRequestMessage(HttpMethod.Post, path);
        full.Content = new StringContent("""{"what":1}""", Encoding.UTF8, "application/json");
        full.Headers.TransferEncodingChunked = true;
        Named(await erp.Send(full), "what");
    }

    public static TheoryData<string, string> NoText { get; } = new()
    {
        { """{"name":"a\ud800","url":"https://shop.example","events":["*"]}""", "name" },
        { """{"name":"a\uFFFEb","url":"https://shop.example","events":["*"]}""", "name" },
        { """{"name":"x","url":"https://shop.example/\ud800","events":["*"]}""", "url" },
        { """{"name":"x","url":"https://shop\ufffe.example/","events":["*"]}""", "url" },
        { """{"name":"x","url":"https://shop.example","events":["\udc00"]}""", "events[0]" },
        { """{"name":"x","url":"https://shop.example","events":["*"],"secret":"\ud800 a secret"}""", "secret" },
        { """{"name":"x","url":"https://shop.example","events":["*"],"headers":{"X-A":"\ud800"}}""", "headers.X-A" },
        { """{"name":"x","url":"https://shop.example","events":["*"],"filter":{"fields":["\ud800"]}}""", "filter.fields[0]" },
        { """{"name":"x","url":"https://shop.example","events":["*"],"filter":{"\ufffe":1}}""", "filter" },
        { """{"name":"x","url":"https://shop.example","events":["*"],"body":"\ud800"}""", "body" },
        { """{"name":"x","url":"https://shop.example","events":["*"],"\uFFFE":1}""", "body" },
    };

    [Theory]
    [MemberData(nameof(NoText))]
    public async Task what_is_no_text_is_refused_where_it_stands(string json, string key)
    {
        var shop = await WebhookClient.Of(server);
        var id = await shop.Created();
        Named(await shop.Post("", json), key);
        Named(await shop.Patch(id, json), key);
        foreach (var action in (string[])["enable", "rotate-secret", "test", "replay"])
        {
            Assert.Equal(422, (int)(await shop.Post($"{id}/{action}", json)).Status);
        }

        Assert.Equal((1, 1), (await shop.Count("subscriptions"), await shop.Count("secrets")));
    }

    [Theory]
    [InlineData("""{"name":"x","url":"https://shop.example","events":["*"],"headers":{"X-\ud800":"x"}}""")]
    [InlineData("""{"name":"x","url":"https://shop.example","events":["*"],"\udc00":1}""")]
    public async Task a_key_that_is_no_text_is_refused_with_that_reason(string json)
    {
        var shop = await WebhookClient.Of(server);
        const string Why = "A key of the body holds half a surrogate pair, such as \\ud800 alone: that is no text.";
        (await shop.Post("", json)).AssertError(400, "BAD_REQUEST", Why);
        (await shop.Post($"{await shop.Created()}/enable", json)).AssertError(400, "BAD_REQUEST", Why);
    }

    [Fact]
    public async Task a_body_beyond_the_limit_is_refused()
    {
        var erp = await server.Company();
        using var request = new HttpRequestMessage(HttpMethod.Post, "../webhooks")
        {
            Content = new StringContent($$"""{"name":"{{new string('x', 17 * 1024 * 1024)}}"}""", Encoding.UTF8, "application/json"),
        };
        request.Headers.ExpectContinue = true;
        (await erp.Send(request)).AssertError(413, "BODY_TOO_LARGE");
    }

    [Theory]
    [InlineData("GET", "nowhere", 404, "NOT_FOUND")]
    [InlineData("GET", "00000000-0000-0000-0000-000000000000/nowhere", 404, "NOT_FOUND")]
    [InlineData("POST", "00000000-0000-0000-0000-000000000000", 405, "METHOD_NOT_ALLOWED")]
    public async Task an_unknown_route_is_refused_in_the_same_form(string method, string path, int status, string code) =>
        (await (await WebhookClient.Of(server)).Send(method, path)).AssertError(status, code);

    [Fact]
    public async Task with_leave_of_the_operator_http_and_named_networks_are_open()
    {
        await using var trial = await WinDevServer.Start(
            ("Webhooks:AllowHttp", "true"), ("Webhooks:AllowedNetworks", "127.0.0.0/8, ::1/128"));
        var shop = await WebhookClient.Of(trial);
        await shop.Created("""{"url":"http://127.0.0.1:9000/x"}""");
        await shop.Created("""{"url":"http://[::1]:9000/x"}""");
        Named(await shop.Post("", """{"name":"x","events":["*"],"url":"http://10.0.0.1/"}"""), "url");
    }

    private static void Named(Answer answer, string key) =>
        Assert.StartsWith(
            key, answer.AssertError(422, "VALIDATION_ERROR").Json.GetProperty("detail").GetString(), StringComparison.Ordinal);
}
