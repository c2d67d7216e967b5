using System.Text.Json.Nodes;

namespace PixeeEvents.Host.Winddle;

/// <summary>
/// Reads the names of forms and queries as Rails does: <c>product[name]</c> is a key of an object, <c>filter[brand][]</c> one more of a
/// list, <c>customs[][field]</c> a key of the list's last object, or of the next one when it has that key.
/// </summary>
internal static class NestedNames
{
    private const int MaxDepth = 8;

    /// <exception cref="FormatException">A name is used in two ways, or nested too deep.</exception>
    public static JsonObject Read(IEnumerable<KeyValuePair<string, string>> pairs)
    {
        var root = new JsonObject();
        foreach (var (name, value) in pairs)
        {
            var steps = Steps(name);
            if (steps.Count > MaxDepth)
            {
                throw new FormatException($"'{name}' is nested too deep.");
            }

            Put(root, name, steps, 0, value);
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

    private static void Put(JsonObject target, string name, List<string> steps, int step, string value)
    {
        var key = steps[step];
        if (step == steps.Count - 1)
        {
            target[key] = value;
            return;
        }

        if (steps[step + 1].Length > 0)
        {
            Put(Child(target, key, name, static () => new JsonObject()), name, steps, step + 1, value);
            return;
        }

        var list = Child(target, key, name, static () => new JsonArray());
        if (step + 2 == steps.Count)
        {
            list.Add(value);
            return;
        }

        if (list.LastOrDefault() is not JsonObject last || last.ContainsKey(steps[step + 2]))
        {
            list.Add(last = []);
        }

        Put(last, name, steps, step + 2, value);
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
