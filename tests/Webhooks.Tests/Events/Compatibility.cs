using System.Text.Json.Nodes;

namespace PixeeEvents.Webhooks.Tests.Events;

/// <summary>
/// What a reader of a published schema would trip over in a newer one. New optional properties and new words are the only changes it does
/// not mind.
/// </summary>
internal static class Compatibility
{
    private static readonly string[] Words = ["title", "description", "$id"];

    public static IReadOnlyList<string> Breaks(JsonNode? published, JsonNode? today, string path = "")
    {
        switch (published, today)
        {
            case (JsonObject was, JsonObject now):
                var isProperties = path.EndsWith("/properties", StringComparison.Ordinal);
                var added = now.Where(n => !was.ContainsKey(n.Key) && !isProperties && !Words.Contains(n.Key))
                    .Select(n => $"{path}/{n.Key} was added");
                return [.. added, .. was.Where(w => isProperties || !Words.Contains(w.Key)).SelectMany(w => now.ContainsKey(w.Key)
                    ? Breaks(w.Value, now[w.Key], $"{path}/{w.Key}")
                    : [$"{path}/{w.Key} is gone"])];
            case (JsonArray was, JsonArray now) when was.Count == now.Count:
                return [.. was.SelectMany((w, i) => Breaks(w, now[i], $"{path}/{i}"))];
            default:
                return JsonNode.DeepEquals(published, today) ? [] : [$"{path} was {published?.ToJsonString()}, is {today?.ToJsonString()}"];
        }
    }
}
