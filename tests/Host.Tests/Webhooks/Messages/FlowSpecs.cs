using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using PixeeEvents.Webhooks;
using PixeeEvents.Webhooks.Tests.Testing;
using Xunit;

namespace PixeeEvents.Host.Tests.Webhooks.Messages;

/// <summary>From the call to the webhook.</summary>
public sealed class FlowSpecs : IAsyncLifetime
{
    private WinDevServer _server = null!;
    private Receiver _receiver = null!;
    private WinDevClient _erp = null!;
    private WebhookClient _webhooks = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await WinDevServer.Start(
            ("Webhooks:Workers", "true"), ("Webhooks:AllowHttp", "true"), ("Webhooks:AllowedNetworks", "127.0.0.0/8"));
        _receiver = await Receiver.Start();
        _erp = await _server.Company();
        await _erp.Given(1, 2, 3);
        await Waiting.Until(
            async () =>
                await _server.Scalar<long>("select count(*) from outbox where taken_at is null") is var left and > 0
                    ? $"{left} messages"
                    : null);
        _webhooks = new WebhookClient(_server, _erp);
    }

    public async ValueTask DisposeAsync()
    {
        await _receiver.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task a_patch_reaches_the_subscriber_signed_with_the_secret_of_its_registration()
    {
        var registered = await _webhooks.Post("", $$"""{"name":"shop","url":"{{_receiver.Url}}","events":["product.*"]}""");
        var secret = registered.Json.GetProperty("secret").GetString()!;
        (await _erp.Patch("ART-001", """{"name":"Support mural"}""")).AssertOk("Produit mis à jour");
        var request = await _receiver.Next(Cancel);
        var signed = $"{request.Headers["webhook-id"]}.{request.Headers["webhook-timestamp"]}.{Encoding.UTF8.GetString(request.Body)}";
        var signature = HMACSHA256.HashData(Convert.FromBase64String(secret["whsec_".Length..]), Encoding.UTF8.GetBytes(signed));
        Assert.Equal("v1," + Convert.ToBase64String(signature), request.Headers["webhook-signature"]);
        Assert.Equal(
            "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), request.Body)),
            request.Headers["X-PM-Signature"]);
        var change = Assert.Single(
            JsonDocument.Parse(request.Body).RootElement.GetProperty("data").GetProperty("changes").EnumerateArray());
        Assert.Equal(
            ("name", "Article 1", "Support mural"),
            (change.GetProperty("field").GetString(), change.GetProperty("before").GetString(), change.GetProperty("after").GetString()));
        Assert.Equal("product_details_changed", await _erp.NewTypes());
        await Settled();
        Assert.Single(_receiver.Requests);
    }

    [Fact]
    public async Task statement_34_the_attempt_is_a_span_in_the_trace_of_the_call_and_the_receiver_gets_it()
    {
        var spans = new List<Activity>();
        var delays = new List<(double Seconds, string Tags)>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = s => s.Name == WebhookTelemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = a =>
            {
                lock (spans)
                {
                    spans.Add(a);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        using var meter = new MeterListener
        {
            InstrumentPublished = (instrument, meter) =>
            {
                if (instrument.Meter.Name == WebhookTelemetry.Name)
                {
                    meter.EnableMeasurementEvents(instrument);
                }
            },
        };
        meter.SetMeasurementEventCallback<double>((instrument, value, tags, _) =>
        {
            lock (delays)
            {
                delays.Add((value, string.Join(' ', tags.ToArray().Select(t => $"{t.Key}={t.Value}"))));
            }
        });
        meter.Start();

        var id = await _webhooks.Created($$"""{"url":"{{_receiver.Url}}","events":["stock.updated"]}""");
        (await _erp.Stock($$"""[{"ean":"{{WinDevClient.Ean(1)}}","stock":42}]"""))
            .AssertOk("Stocks : 1 mis à jour, 0 introuvables, 0 erreurs");
        var request = await _receiver.Next(Cancel);
        await Settled();
        var trace = (await _erp.NewEvents())[0].CorrelationId;
        Activity span;
        lock (spans)
        {
            span = spans.Single(s => s.GetTagItem("pixee.webhook.subscription") is Guid g && g == id);
        }

        Assert.Equal(trace, span.TraceId.ToHexString());
        Assert.Equal(span.Id, request.Headers["traceparent"]);
        Assert.Equal((ActivityKind.Client, "POST"), (span.Kind, span.DisplayName));
        Assert.Equal(
            ("POST", _receiver.Url.ToString(), "127.0.0.1", _receiver.Port, 200),
            (
                span.GetTagItem("http.request.method"), span.GetTagItem("url.full"), span.GetTagItem("server.address"),
                span.GetTagItem("server.port"), span.GetTagItem("http.response.status_code")));
        Assert.Equal(trace, await _server.Scalar<string>("select trace_id from webhooks.attempts"));
        lock (delays)
        {
            var (seconds, tags) = Assert.Single(delays, d => d.Tags == "type=stock.updated");
            Assert.InRange(seconds, 0, 30);
            Assert.DoesNotContain(id.ToString(), tags, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task statement_22_a_receiver_that_drops_known_versions_ends_equal_to_the_database()
    {
        var random = new Random(22);
        var known = new Dictionary<string, (long Version, long Stock)>();
        _receiver.Reaction = (context, request) =>
        {
            lock (known)
            {
                if (random.Next(8) == 0)
                {
                    return Answers.Status(500)(context, request);
                }

                var data = JsonDocument.Parse(request.Body).RootElement.GetProperty("data");
                var (ean, version) = (data.GetProperty("ean").GetString()!, data.GetProperty("version").GetInt64());
                if (version > known.GetValueOrDefault(ean).Version)
                {
                    known[ean] = (version, data.GetProperty("changes")[0].GetProperty("after").GetInt64());
                }

                return (random.Next(8) == 0 ? Answers.Reset() : Answers.Status(200))(context, request);
            }
        };
        await _webhooks.Created(
            $$"""{"url":"{{_receiver.Url}}","events":["stock.updated"],"granularity":"item","retry_delays":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]}""");
        for (var n = 0; n < 20; n++)
        {
            await _erp.Stock(
                JsonSerializer.Serialize(Enumerable.Range(1, 3).Select(p => new { ean = WinDevClient.Ean(p), stock = random.Next(1000) })));
        }

        await Settled();
        Assert.Equal(
            0, await _server.Scalar<long>("select count(*) from webhooks.deliveries where state not in ('delivered', 'superseded')"));
        for (var p = 1; p <= 3; p++)
        {
            var stock = (await _erp.Get($"products/{WinDevClient.Ean(p)}")).Data.GetProperty("stock").GetInt64();
            lock (known)
            {
                Assert.Equal(stock, known[WinDevClient.Ean(p)].Stock);
            }
        }
    }

    [Theory]
    [InlineData("all", 12)]
    [InlineData("latest", 3)]
    [InlineData("none", 0)]
    public async Task statement_28_as_many_arrive_as_enabling_promised(string backlog, int expected)
    {
        var id = await _webhooks.Created(
            $$"""{"url":"{{_receiver.Url}}","events":["stock.updated"],"granularity":"item","order":"strict","active":false}""");
        for (var n = 1; n <= 4; n++)
        {
            await _erp.Stock(
                JsonSerializer.Serialize(Enumerable.Range(1, 3).Select(p => new { ean = WinDevClient.Ean(p), stock = (p * 100) + n })));
        }

        await Waiting.Until(
            async () =>
                await _server.Scalar<long>("select count(*) from webhooks.deliveries where state = 'waiting'") is var held and < 12
                    ? $"{held} held"
                    : null);
        var promised = (await _webhooks.Post($"{id}/enable", $$"""{"backlog":"{{backlog}}"}"""))
            .Json.GetProperty("backlog").GetProperty("to_deliver").GetInt32();
        await Settled();
        Assert.Equal((expected, expected), (promised, _receiver.Requests.Count));
    }

    [Fact]
    public async Task statement_33_v1a_is_verified_with_nothing_but_the_published_key()
    {
        await _webhooks.Created($$"""{"url":"{{_receiver.Url}}","events":["*"],"signatures":["v1","v1a"]}""");
        await _erp.Stock($$"""[{"ean":"{{WinDevClient.Ean(1)}}","stock":7}]""");
        var request = await _receiver.Next(Cancel);
        var schemes = request.Headers["webhook-signature"].Split(' ');
        Assert.Equal(["v1", "v1a"], schemes.Select(s => s.Split(',')[0]));
        var keys = (await _webhooks.Get("jwks.json")).Json.GetProperty("keys");
        var published = Assert.Single(keys.EnumerateArray());
        Assert.Equal(("OKP", "Ed25519"), (published.GetProperty("kty").GetString(), published.GetProperty("crv").GetString()));
        var key = System.Buffers.Text.Base64Url.DecodeFromChars(published.GetProperty("x").GetString());
        var signed = Encoding.UTF8.GetBytes(
            $"{request.Headers["webhook-id"]}.{request.Headers["webhook-timestamp"]}.{Encoding.UTF8.GetString(request.Body)}");
        Assert.True(
            Org.BouncyCastle.Math.EC.Rfc8032.Ed25519.Verify(
                Convert.FromBase64String(schemes[1]["v1a,".Length..]), 0, key, 0, signed, 0, signed.Length));
        Assert.Equal(
            0, await _server.Scalar<long>("select count(*) from webhooks.signing_keys where position('whsk_'::bytea in protected) > 0"));
    }

    private Task Settled() => Waiting.Until(async () => await _server.Scalar<long>(
        "select (select count(*) from outbox where taken_at is null) + (select count(*) from webhooks.deliveries where state = 'waiting')") is var left and > 0 ? $"{left} left" : null);
}
