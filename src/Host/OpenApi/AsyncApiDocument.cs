using System.Text.Json.Nodes;
using PixeeEvents.Webhooks;
using PixeeEvents.Webhooks.Events;

namespace PixeeEvents.Host.OpenApi;

/// <summary>GET /asyncapi.json: the events as an AsyncAPI 3 document, one message for each type and version.</summary>
internal static class AsyncApiDocument
{
    public static JsonObject Of(Uri publicUrl)
    {
        var messages = EventCatalogue.Types.SelectMany(t => EventCatalogue.Versions.Select(v => (Type: t, Version: v))).ToList();
        static string Name(string type, string version) => $"{type}-{version}";
        return new JsonObject
        {
            ["asyncapi"] = "3.0.0",
            ["info"] = new JsonObject { ["title"] = "PixeeEvents webhooks", ["version"] = EventCatalogue.Current },
            ["defaultContentType"] = "application/json",
            ["channels"] = new JsonObject
            {
                ["subscriber"] = new JsonObject
                {
                    ["address"] = null,
                    ["description"] = "The URL of a subscription. It is pinned to one version and gets the messages of that one.",
                    ["messages"] = Map(
                        messages, m => Name(m.Type.Name, m.Version),
                        m => Reference($"#/components/messages/{Name(m.Type.Name, m.Version)}")),
                },
            },
            ["operations"] = new JsonObject
            {
                ["deliver"] = new JsonObject
                {
                    ["action"] = "send",
                    ["channel"] = Reference("#/channels/subscriber"),
                    ["summary"] = "An event is posted to its subscribers.",
                },
            },
            ["components"] = new JsonObject
            {
                ["messages"] = Map(messages, m => Name(m.Type.Name, m.Version), m => Message(m.Type, m.Version, publicUrl)),
            },
        };
    }

    private static JsonObject Message(EventType type, string version, Uri publicUrl)
    {
        var payload = EventCatalogue.Schema(type.Name, version);
        payload.Remove("$schema");
        return new JsonObject
        {
            ["name"] = type.Name,
            ["title"] = $"{type.Name} ({version})",
            ["summary"] = type.Description,
            ["description"] = type.When,
            ["payload"] = payload,
            ["examples"] = new JsonArray(new JsonObject { ["payload"] = EventCatalogue.Example(type.Name, version, publicUrl) }),
        };
    }

    private static JsonObject Reference(string to) => new() { ["$ref"] = to };

    private static JsonObject Map<T>(IEnumerable<T> items, Func<T, string> name, Func<T, JsonNode> value) =>
        new(items.Select(i => KeyValuePair.Create<string, JsonNode?>(name(i), value(i))));
}
