using System.Text.Json;

namespace PixeeEvents.Host.Tests.OldDatabase;

/// <summary>
/// Where an answer departs from a recorded one. Keys that an object has gained since are no difference: a client ignores what it does
/// not know. Everything else is one: a key that is gone, another value, another kind, another number of items or order of them.
/// Numbers are compared as numbers: 15 is 15.00.
/// </summary>
internal static class JsonDifference
{
    /// <param name="isLeftOut">Of the path of a value that is not compared; its key must be there.</param>
    /// <returns>The JSON path of the first difference and what it is; null when there is none.</returns>
    public static string? First(JsonElement recorded, JsonElement now, Func<string, bool>? isLeftOut = null) =>
        First(recorded, now, "$", isLeftOut ?? (_ => false));

    private static string? First(JsonElement recorded, JsonElement now, string path, Func<string, bool> isLeftOut) =>
        (recorded.ValueKind, now.ValueKind) switch
        {
            _ when isLeftOut(path) => null,
            (JsonValueKind.Object, JsonValueKind.Object) => OfObjects(recorded, now, path, isLeftOut),
            (JsonValueKind.Array, JsonValueKind.Array) => OfArrays(recorded, now, path, isLeftOut),
            _ when JsonElement.DeepEquals(recorded, now) => null,
            _ => $"{path} is {Short(now)} and was {Short(recorded)}",
        };

    private static string? OfObjects(JsonElement recorded, JsonElement now, string path, Func<string, bool> isLeftOut)
    {
        foreach (var property in recorded.EnumerateObject())
        {
            var inner = $"{path}.{property.Name}";
            var difference = now.TryGetProperty(property.Name, out var value)
                ? First(property.Value, value, inner, isLeftOut)
                : $"{inner} is gone and was {Short(property.Value)}";
            if (difference is not null)
            {
                return difference;
            }
        }

        return null;
    }

    private static string? OfArrays(JsonElement recorded, JsonElement now, string path, Func<string, bool> isLeftOut) =>
        recorded.EnumerateArray().Zip(now.EnumerateArray())
            .Select((pair, index) => First(pair.First, pair.Second, $"{path}[{index}]", isLeftOut))
            .FirstOrDefault(difference => difference is not null)
        ?? (recorded.GetArrayLength() == now.GetArrayLength()
            ? null
            : $"{path} has {now.GetArrayLength()} items and had {recorded.GetArrayLength()}");

    private static string Short(JsonElement json) => json.GetRawText() is { Length: > 200 } text ? text[..200] + "…" : json.GetRawText();
}
