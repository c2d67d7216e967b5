using System.Globalization;
using System.Text.RegularExpressions;
using PixeeEvents.Webhooks.Signing;
using PixeeEvents.Webhooks.Subscriptions;
using PixeeEvents.Webhooks.Tests.Testing;
using Xunit;

namespace PixeeEvents.Webhooks.Tests.Signing;

public sealed partial class DeliveryHeadersSpecs
{
    private static readonly byte[] Body = """{"n":1}"""u8.ToArray();
    private static readonly Guid Event = Guid.CreateVersion7(Samples.Noon);
    private static readonly Secret[] Secrets = [Secret.Generate(), Secret.Generate()];
    private static readonly SigningKey Key = SigningKey.Generate();

    [Fact]
    public void an_attempt_carries_exactly_these_headers_and_the_subscribers_own_last()
    {
        var headers = Of(
            Samples.Subscription with { Headers = new Dictionary<string, string> { ["Authorization"] = "Bearer x" } }, "00-1-2-01");
        Assert.Equal(
            [
                "webhook-id", "webhook-timestamp", "webhook-signature", "X-PM-Signature", "X-PM-Event", "Content-Type", "User-Agent",
                "traceparent", "Authorization"],
            headers.Select(h => h.Key));
        var values = headers.ToDictionary();
        Assert.Equal($"evt_{Event:N}", values["webhook-id"]);
        Assert.Equal("1795435200", values["webhook-timestamp"]);
        Assert.Equal(Signature.Standard(Secrets, [], values["webhook-id"], 1795435200, Body), values["webhook-signature"]);
        Assert.Equal(Signature.Documented(Secrets[0], Body), values["X-PM-Signature"]);
        Assert.Equal("stock.updated", values["X-PM-Event"]);
        Assert.Equal("application/json", values["Content-Type"]);
        Assert.Equal("PixeeEvents-Webhooks/1", values["User-Agent"]);
        Assert.Equal("00-1-2-01", values["traceparent"]);
    }

    [Fact]
    public void without_a_trace_none_is_named() => Assert.DoesNotContain(Of(Samples.Subscription), h => h.Key == "traceparent");

    [Fact]
    public void an_id_is_evt_and_32_hex_digits() => Assert.Matches(EventId(), DeliveryHeaders.IdOf(Guid.NewGuid()));

    [Fact]
    public void the_id_stays_and_timestamp_and_signature_change_from_attempt_to_attempt()
    {
        var first = Of(Samples.Subscription).ToDictionary();
        var second = Of(Samples.Subscription, at: Samples.Noon.AddSeconds(5)).ToDictionary();
        Assert.Equal(first["webhook-id"], second["webhook-id"]);
        Assert.Equal(first["X-PM-Signature"], second["X-PM-Signature"]);
        Assert.NotEqual(first["webhook-timestamp"], second["webhook-timestamp"]);
        Assert.NotEqual(first["webhook-signature"], second["webhook-signature"]);
    }

    [Fact]
    public void the_timestamp_is_in_whole_seconds() =>
        Assert.Equal(
            Samples.Noon.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            Of(Samples.Subscription, at: Samples.Noon.AddMilliseconds(999)).ToDictionary()["webhook-timestamp"]);

    [Fact]
    public void a_cloud_event_has_a_type_of_its_own() =>
        Assert.Equal("application/cloudevents+json", Of(Samples.Subscription with { CloudEvents = true }).ToDictionary()["Content-Type"]);

    [Theory]
    [InlineData("v1", "v1 v1")]
    [InlineData("v1a", "v1a")]
    [InlineData("v1,v1a", "v1 v1 v1a")]
    public void a_subscription_gets_the_schemes_it_asked_for(string asked, string given) =>
        Assert.Equal(
            given,
            string.Join(
                ' ',
                Of(Samples.Subscription with { Signatures = asked.Split(',') }).ToDictionary()["webhook-signature"].Split(' ')
                    .Select(s => s.Split(',')[0])));

    [Theory]
    [InlineData("webhook-id")]
    [InlineData("Webhook-Signature")]
    [InlineData("webhook-anything")]
    [InlineData("x-pm-signature")]
    [InlineData("X-PM-Event")]
    [InlineData("traceparent")]
    [InlineData("tracestate")]
    [InlineData("Host")]
    [InlineData("User-Agent")]
    [InlineData("Content-Type")]
    [InlineData("content-length")]
    [InlineData("Content-Encoding")]
    [InlineData("Connection")]
    [InlineData("Keep-Alive")]
    [InlineData("TE")]
    [InlineData("Trailer")]
    [InlineData("Transfer-Encoding")]
    [InlineData("Upgrade")]
    [InlineData("Expect")]
    [InlineData("Proxy-Authorization")]
    [InlineData("proxy-connection")]
    [InlineData("Cookie")]
    [InlineData("Via")]
    [InlineData("Forwarded")]
    [InlineData("X-Forwarded-For")]
    [InlineData("x-forwarded-host")]
    [InlineData("X-Real-IP")]
    [InlineData("Metadata")]
    [InlineData("Metadata-Flavor")]
    [InlineData("metadata-flavor")]
    [InlineData("X-aws-ec2-metadata-token")]
    [InlineData("X-aws-ec2-metadata-token-ttl-seconds")]
    [InlineData("X-Google-Metadata-Request")]
    [InlineData("Metadata-Token")]
    public void a_subscriber_cannot_override(string name)
    {
        var refusal = DeliveryHeaders.Refuse(name, "x");
        Assert.Equal("invalid_header", refusal?.Code);
        Assert.Contains(name, refusal!.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Authorization", "Bearer abc.def")]
    [InlineData("X-API-Key", "secret")]
    [InlineData("X-Tenant", "a, b; c=\"d\"")]
    [InlineData("Accept", "application/json")]
    [InlineData("X-Empty", "")]
    public void a_subscriber_may_add(string name, string value) => Assert.Null(DeliveryHeaders.Refuse(name, value));

    [Theory]
    [InlineData("", "x")]
    [InlineData("Two Words", "x")]
    [InlineData("Colon:", "x")]
    [InlineData(":path", "x")]
    [InlineData("Líne", "x")]
    [InlineData("A\r\nHost", "x")]
    [InlineData("X-A", "a\r\nHost: b")]
    [InlineData("X-A", "a\nb")]
    [InlineData("X-A", "a\0b")]
    [InlineData("X-A", "a\tb")]
    [InlineData("X-A", "é")]
    [InlineData("X-A", "\u007f")]
    [InlineData("X-A", " a")]
    [InlineData("X-A", "a ")]
    public void a_header_that_would_break_the_request_is_refused(string name, string value) =>
        Assert.NotNull(DeliveryHeaders.Refuse(name, value));

    [Fact]
    public void number_and_size_of_headers_are_bounded()
    {
        Assert.Null(DeliveryHeaders.Refuse(Many(20)));
        Assert.NotNull(DeliveryHeaders.Refuse(Many(21)));
        Assert.Null(DeliveryHeaders.Refuse(new string('a', 64), new string('b', 2048)));
        Assert.NotNull(DeliveryHeaders.Refuse(new string('a', 65), "b"));
        Assert.NotNull(DeliveryHeaders.Refuse("a", new string('b', 2049)));
    }

    [Fact]
    public void one_bad_header_among_good_ones_is_named() =>
        Assert.Contains(
            "Host", DeliveryHeaders.Refuse(new Dictionary<string, string> { ["X-A"] = "1", ["Host"] = "evil" })!.Reason,
            StringComparison.Ordinal);

    private static Dictionary<string, string> Many(int count) => Enumerable.Range(0, count).ToDictionary(i => $"X-{i}", i => "v");

    private static IReadOnlyList<KeyValuePair<string, string>> Of(
        Subscription subscription, string? traceparent = null, DateTimeOffset? at = null) =>
        DeliveryHeaders.Of(subscription, Secrets, [Key], Event, "stock.updated", traceparent, at ?? Samples.Noon, Body);

    [GeneratedRegex("^evt_[0-9a-f]{32}$", RegexOptions.None, 1000)]
    private static partial Regex EventId();
}
