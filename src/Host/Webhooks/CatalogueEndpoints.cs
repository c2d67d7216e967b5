using System.Text.Json.Nodes;
using PixeeEvents.Host.OpenApi;
using PixeeEvents.Host.Webhooks.Wire;
using PixeeEvents.Webhooks;
using PixeeEvents.Webhooks.Events;
using Wolverine.Http;

namespace PixeeEvents.Host.Webhooks;

/// <summary>What events there are, and what their signatures are verified with.</summary>
public static class CatalogueEndpoints
{
    [WolverineGet(WebhooksApi.Root + "/jwks.json")]
    public static async Task<Response<ShownKeys>> Keys(WebhooksModule webhooks, CancellationToken stop) =>
        new ShownKeys(await webhooks.PublishedKeys(stop));

    [WolverineGet(WebhooksApi.Root + "/event-types")]
    public static Response<ShownEventTypes> Types(PublicAddress address) => ShownEventTypes.Of(address.Url);

    /// <summary>One schema, where a CloudEvent's dataschema points.</summary>
    [WolverineGet(WebhooksApi.Root + "/event-types/{type}/{version}")]
    public static Response<JsonObject> Schema(string type, string version) =>
        EventCatalogue.Types.Any(t => t.Name == type) && EventCatalogue.Versions.Contains(version)
            ? EventCatalogue.Schema(type, version)
            : new Refused(FoundEvent.None);

    /// <summary>The catalogue for tools that read AsyncAPI.</summary>
    [WolverineGet(WebhooksApi.Root + "/asyncapi.json")]
    public static Response<JsonObject> AsyncApi(PublicAddress address) => AsyncApiDocument.Of(address.Url);
}
