using System.Text.Json.Nodes;
using Microsoft.Extensions.Primitives;

namespace PixeeEvents.Winddle.Wire;

/// <summary>
/// Reads the names of forms and queries as Rails does: <c>product[name]</c> is a key of an object, <c>filter[brand][]</c> one more of a
/// list, the first <c>customs[][field]</c> a key of the list's first object, the second of its second.
/// </summary>
internal static class NestedNames
{
    private const int MaxDepth = 8;

    /// <exception cref="FormatException">A name is used in two ways, or nested too deep.</exception>
    public static JsonObject Read(IEnumerable<KeyValuePair<string, StringValues>> pairs)
    {
        var (root, lengths) = (new JsonObject(), new Dictionary<string, int>(StringComparer.Ordinal));
        foreach (var (name, values) in pairs)
        {
            var steps = Steps(name);
            if (steps.Count > MaxDepth)
            {
                throw new FormatException($"'{name}' is nested too deep.");
            }

            if (name.IndexOf("[][", StringComparison.Ordinal) is > 0 and var end && name[..end] is var list
                && !lengths.TryAdd(list, values.Count) && lengths[list] != values.Count)
            {
                throw new FormatException(
                    $"what belongs together in '{list}[]' cannot be told; number the elements: '{list}[0]{name[(end + 2)..]}'.");
            }

            for (var n = 0; n < values.Count; n++)
            {
                Put(root, name, steps, 0, values[n] ?? "", n);
            }
        }

        return root;
    }

    private static List<string> Steps(string name)
    {
        var open = name.IndexOf('[', StringComparison.Ordinal);
        if (open <= 0 || name[^1] != ']')
        {
            return [name];
        }

        return [name[..open], .. name[(open + 1)..^1].Split("][")];
    }

    /// <param name="place">Of the value among those of its name, and of the object that it belongs to in a list.</param>
    private static void Put(JsonObject target, string name, List<string> steps, int step, string value, int place)
    {
        var key = steps[step];
        if (step == steps.Count - 1)
        {
            target[key] = value;
            return;
        }

        if (steps[step + 1].Length > 0)
        {
            Put(Child(target, key, name, static () => new JsonObject()), name, steps, step + 1, value, place);
            return;
        }

        var list = Child(target, key, name, static () => new JsonArray());
        if (step + 2 == steps.Count)
        {
            list.Add(value);
            return;
        }

        while (list.Count <= place)
        {
            list.Add(new JsonObject());
        }

        Put(list[place] as JsonObject ?? throw new FormatException($"'{name}' contradicts another name."), name, steps, step + 2, value, 0);
    }

    private static T Child<T>(JsonObject target, string key, string name, Func<T> create)
        where T : JsonNode
    {
        if (!target.TryGetPropertyValue(key, out var child))
        {
            target[key] = child = create();
        }

        return child as T ?? throw new FormatException($"'{name}' contradicts another name.");
    }
}
