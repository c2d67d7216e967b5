using System.Net;
using PixeeEvents.Webhooks.Sending;
using PixeeEvents.Webhooks.Subscriptions;

namespace PixeeEvents.Webhooks.Tests.Testing;

/// <summary>Subscriptions, requests and senders with nothing special about them.</summary>
internal static class Samples
{
    public static readonly DateTimeOffset Noon = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    public static readonly byte[] Body = """{"id":1}"""u8.ToArray();

    /// <summary>Receivers of specs live on this machine, without TLS.</summary>
    public static readonly SenderOptions Local = new() { AllowHttp = true, AllowedNetworks = [IPNetwork.Parse("127.0.0.0/8")] };

    public static Subscription Subscription => new(
        "demo", Guid.NewGuid(), "ERP", new Uri("https://erp.example/hook"), ["*"], true, null, new Dictionary<string, string>(), null, null,
        TimeSpan.FromSeconds(10), null, 10, false, false, false, null, false, "2026-01-01", ["v1"], null, null, false, null, Noon, Noon);

    public static OutgoingRequest Request(Uri url, TimeSpan? timeout = null, params (string Name, string Value)[] headers) => new(
        url,
        [new("Content-Type", "application/json"), .. headers.Select(h => KeyValuePair.Create(h.Name, h.Value))],
        Body,
        timeout ?? TimeSpan.FromSeconds(20));

    public static Sender Sender(SenderOptions? options = null, TimeProvider? time = null, Func<string, IPAddress[]>? names = null) => new(
        options ?? Local, time ?? TimeProvider.System, names is null ? null : (host, _) => Task.FromResult(names(host)));
}
