using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using PixeeEvents.Webhooks.Tests.Testing;
using Xunit;

namespace PixeeEvents.Host.Tests.OldDatabase;

/// <summary>The subscriptions of the old database, whose receivers have come back.</summary>
public sealed class OldWebhookSpecs
{
    private static readonly (string Key, string Value)[] Local =
        [("Webhooks__AllowHttp", "true"), ("Webhooks__AllowedNetworks", "127.0.0.0/8")];

    /// <summary>By subscription: what its receiver was told at the registration, and the number of the last event made for it.</summary>
    private static readonly Dictionary<string, (string Secret, int Last)> Receivers = new(StringComparer.Ordinal)
    {
        ["01a21be4-5616-7f5a-a41c-e44c86ad1dca"] = ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", 388),
        ["01a21be4-8095-7987-9ce1-3d93fb6efb8b"] = ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", 182),
        ["01a21be4-564f-75ff-b797-1577d1e32d41"] = ("whsec_RdKKcCXkqyBM3mp+sThhja/gx++eVsy5mkOebM8aBtE=", 66),
        ["01a21be4-809c-7523-994a-645289fd450a"] = ("whsec_Ex0BdlWTahtYtbTq7rynHOep5qAt8I5f8KjCA/OGq18=", 22),
    };

    [Fact]
    public async Task what_waited_and_what_changes_now_arrives_once_signed_with_the_secret_of_then_and_numbered_on()
    {
        await using var server = await OldServer.Start([OldServer.SendsNothing, .. Local]);
        await using var receiver = await Receiver.Start();
        foreach (var id in Receivers.Keys)
        {
            await server.Write("windev", HttpMethod.Patch, $"/webhooks/{id}", $$"""{"url":"{{receiver.Url}}?{{id}}"}""");
            // The owner's word that the receiver is back: what waits is not held and not sent slowly.
            await server.Write("windev", HttpMethod.Post, $"/webhooks/{id}/disable");
            await server.Write("windev", HttpMethod.Post, $"/webhooks/{id}/enable");
        }

        await server.Write("windev", HttpMethod.Patch, "/windev/products/OLD-5-1", """{"name":"Produit d'aujourd'hui"}""");
        using var sending = await Victim.Start(server.ConnectionString, [("Webhooks__Workers", "true"), .. Local]);
        foreach (var (id, (_, last)) in Receivers)
        {
            await Waiting.Until(async () =>
                !receiver.Requests.Any(r => r.Path.EndsWith(id, StringComparison.Ordinal) && Number(r) > last) ? $"{id} lacks the change"
                : await Waits(server, id) is var waits and > 0 ? $"{id} waits for {waits} more" : null);
        }

        Assert.All(receiver.Requests, AssertSigned);
        foreach (var (id, (_, last)) in Receivers)
        {
            var (waited, isAway) = (Recorded(id, "waiting"), last < 100);
            var arrived = receiver.Requests.Where(r => r.Path.EndsWith(id, StringComparison.Ordinal)).ToList();
            Assert.Equal(arrived.Count, arrived.DistinctBy(r => r.Headers["webhook-id"]).Count());
            Assert.Subset(arrived.Select(r => r.Headers["webhook-id"]).ToHashSet(), waited.ToHashSet());
            Assert.Equal(Enumerable.Range(isAway ? 1 : last + 1, isAway ? last + 1 : 1), arrived.Select(Number).Order());
            Assert.All(arrived, r => Assert.Equal(isAway ? "7" : null, r.Headers.GetValueOrDefault("X-Shop")));
            Assert.Contains("Produit d'aujourd'hui", arrived.Single(r => Number(r) == last + 1).Text(), StringComparison.Ordinal);
        }
    }

    /// <summary>How many of a subscription's deliveries wait, as its owner sees it.</summary>
    private static async Task<int> Waits(OldServer server, string id) =>
        (await server.Get("windev", $"/webhooks/{id}/deliveries?state=waiting")).Json.GetProperty("total").GetInt32();

    private static IEnumerable<string> Recorded(string id, string state) =>
        from answer in OldServer.Recorded.GetProperty("answers").EnumerateObject()
        where answer.Name.Contains(id, StringComparison.Ordinal)
        from delivery in answer.Value[1].GetProperty("items").EnumerateArray()
        where delivery.GetProperty("state").GetString() == state
        select delivery.GetProperty("event_id").GetString();

    private static void AssertSigned(ReceivedRequest request)
    {
        var secret = Receivers[request.Path.Split('?')[1]].Secret;
        var signed = $"{request.Headers["webhook-id"]}.{request.Headers["webhook-timestamp"]}.{request.Text()}";
        var signature = HMACSHA256.HashData(Convert.FromBase64String(secret["whsec_".Length..]), Encoding.UTF8.GetBytes(signed));
        Assert.Equal("v1," + Convert.ToBase64String(signature), request.Headers["webhook-signature"]);
    }

    private static int Number(ReceivedRequest request) =>
        JsonDocument.Parse(request.Body).RootElement.GetProperty("sequence").GetInt32();
}

internal static class Bodies
{
    public static string Text(this ReceivedRequest request) => Encoding.UTF8.GetString(request.Body);
}
