using System.Globalization;
using System.Text.Json;

namespace PixeeEvents.Host.Webhooks.Wire;

/// <summary>
/// Well-formed JSON can hold what is no text: half a character, or a code point that stands for none. It is refused where it is found.
/// </summary>
internal static class WebhookText
{
    private const string Rule = "the text holds a code point that stands for no character, such as U+D800 or U+FFFE";

    /// <returns>The body itself.</returns>
    /// <exception cref="RefusedCallException">A name or a value in it is no text.</exception>
    public static JsonElement Sound(JsonElement body)
    {
        Check(body, "");
        return body;
    }

    private static void Check(JsonElement json, string path)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.String when !IsSound(json.GetString):
                throw BodyValues.Bad(path, Rule);
            case JsonValueKind.Array:
                foreach (var (n, item) in json.EnumerateArray().Index())
                {
                    Check(item, string.Create(CultureInfo.InvariantCulture, $"{path}[{n}]"));
                }

                break;
            case JsonValueKind.Object:
                foreach (var property in json.EnumerateObject())
                {
                    if (!IsSound(() => property.Name))
                    {
                        throw BodyValues.Bad(path.Length == 0 ? "body" : path, $"in the name of a key, {Rule}");
                    }

                    Check(property.Value, path.Length == 0 ? property.Name : $"{path}.{property.Name}");
                }

                break;
        }
    }

    private static bool IsSound(Func<string?> read)
    {
        try
        {
            return !read()!.Any(c => c is '\uFFFE' or '\uFFFF');
        }
        catch (InvalidOperationException)
        {
            // What the reader says of half a surrogate pair.
            return false;
        }
    }
}
