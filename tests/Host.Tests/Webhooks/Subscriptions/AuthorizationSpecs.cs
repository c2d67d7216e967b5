using Xunit;

namespace PixeeEvents.Host.Tests.Webhooks.Subscriptions;

public sealed class AuthorizationSpecs(SharedServer server)
{
    /// <summary>Method, path under the webhook, scope, body, and the status of its success.</summary>
    public static TheoryData<string, string, string, string?, int> Endpoints { get; } = new()
    {
        { "GET", "", "webhooks:read", null, 200 },
        { "PATCH", "", "webhooks:write", """{"name":"stolen"}""", 200 },
        { "PUT", "", "webhooks:write", """{"name":"stolen"}""", 200 },
        { "DELETE", "", "webhooks:write", null, 204 },
        { "POST", "/enable", "webhooks:write", null, 200 },
        { "POST", "/disable", "webhooks:write", null, 200 },
        { "POST", "/rotate-secret", "webhooks:write", null, 200 },
        { "POST", "/test", "webhooks:write", null, 202 },
        { "POST", "/replay", "webhooks:write", null, 202 },
        { "POST", "/deliveries/{delivery}/resend", "webhooks:write", null, 202 },
        { "GET", "/deliveries", "webhooks:read", null, 200 },
        { "GET", "/deliveries/{delivery}", "webhooks:read", null, 200 },
        { "GET", "/replays", "webhooks:read", null, 200 },
        { "GET", "/replays/{replay}", "webhooks:read", null, 200 },
        { "GET", "/stats", "webhooks:read", null, 200 },
        { "GET", "/notices", "webhooks:read", null, 200 },
        { "GET", "/digest?hour=2026-11-23T14:00Z", "webhooks:read", null, 200 },
    };

    [Theory]
    [MemberData(nameof(Endpoints))]
    public async Task an_endpoint_opens_for_its_scope_alone_and_for_its_company_alone(
        string method, string path, string scope, string? body, int success)
    {
        var (shop, id, full) = await Webhook(path);
        var before = await Everything();
        var wrong = await shop.WithKey(
            "windev:read", "windev:write", "windev:sync", scope == "webhooks:read" ? "webhooks:write" : "webhooks:read");
        (await wrong.Send(method, full, body)).AssertError(403, "PERMISSION_DENIED", $"The API key lacks the scope {scope}.");
        var stranger = await WebhookClient.Of(server);
        (await stranger.Send(method, full, body)).AssertError(404, "NOT_FOUND", "There is no such webhook.");
        var own = await stranger.Created();
        if (path.Contains('{', StringComparison.Ordinal))
        {
            (await stranger.Send(method, own + full[36..], body)).AssertError(404, "NOT_FOUND");
        }

        Assert.Equal(before, await Everything());
        var allowed = await (await shop.WithKey(scope)).Send(method, full, body);
        Assert.Equal((success, id), ((int)allowed.Status, id));

        Task<string?> Everything() => shop.Row<string>(
            """
            select concat((select jsonb_agg(t order by id) from webhooks.subscriptions t where tenant_id = $1), (select jsonb_agg(t
                order by id) from webhooks.secrets t where tenant_id = $1),
                (select jsonb_agg(t order by id) from webhooks.deliveries t where tenant_id = $1), (select jsonb_agg(t order by id)
                    from webhooks.replays t where tenant_id = $1))
            """);
    }

    [Theory]
    [MemberData(nameof(Endpoints))]
    public async Task an_endpoint_stays_shut_without_a_valid_key(string method, string path, string scope, string? body, int success)
    {
        Assert.NotEqual((0, ""), (success, scope));
        var (_, _, full) = await Webhook(path);
        using var http = server.Http("/api/v1/webhooks/");
        foreach (var (key, code) in new[] { (null, "AUTHENTICATION_REQUIRED"), ("pm_live_" + new string('A', 43), "INVALID_API_KEY") })
        {
            using var request = new HttpRequestMessage(
                new HttpMethod(method), full)
            { Content = body is null ? null : new StringContent(body) };
            if (key is not null)
            {
                request.Headers.Add("X-API-Key", key);
            }

            using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
            new Answer(
                response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), response.Headers,
                response.Content.Headers).AssertError(401, code);
        }
    }

    [Fact]
    public async Task the_list_and_creation_ask_for_their_scopes_and_show_the_company_alone()
    {
        var shop = await WebhookClient.Of(server);
        await shop.Created();
        (await (await shop.WithKey("webhooks:write")).Get()).AssertError(403, "PERMISSION_DENIED");
        (await (await shop.WithKey("webhooks:read")).Post("", WebhookClient.Minimal)).AssertError(403, "PERMISSION_DENIED");
        Assert.Equal(1, await shop.Count("subscriptions"));
        Assert.Equal(0, (await (await WebhookClient.Of(server)).Get()).Json.GetProperty("total").GetInt32());
    }

    [Fact]
    public async Task calls_beyond_the_tier_are_refused_with_the_time_to_wait()
    {
        await using var limited = await WinDevServer.Start(("RateLimits:Enabled", "true"), ("RateLimits:PerMinute:READ_STANDARD", "2"));
        var shop = await WebhookClient.Of(limited);
        await shop.Get();
        Assert.Equal("0", (await shop.Get()).Headers.GetValues("X-RateLimit-Remaining").Single());
        var refused = (await shop.Get()).AssertError(429, "RATE_LIMIT_EXCEEDED", "Rate limit exceeded");
        Assert.Equal(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, refused.Json.GetProperty("retry_after_seconds").GetInt32());
    }

    private async Task<(WebhookClient Shop, Guid Id, string Full)> Webhook(string path)
    {
        var shop = await WebhookClient.Of(server);
        var id = await shop.Created();
        var delivery = await shop.Delivery(id, "delivered");
        var replay = (await shop.Post($"{id}/replay")).Json.GetProperty("id").GetString();
        return (
            shop, id,
            $"{id}{path.Replace("{delivery}", delivery.ToString(), StringComparison.Ordinal).Replace("{replay}", replay, StringComparison.Ordinal)}");
    }
}
