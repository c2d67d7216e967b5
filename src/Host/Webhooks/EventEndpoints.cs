using Npgsql;
using PixeeEvents.Accounts;
using PixeeEvents.EventLog;
using PixeeEvents.Host.Webhooks.Wire;
using PixeeEvents.Webhooks;
using PixeeEvents.Webhooks.Events;
using Wolverine.Http;

namespace PixeeEvents.Host.Webhooks;

/// <summary>Each single event in full.</summary>
public static class EventEndpoints
{
    public static Task<FoundEvent?> LoadAsync(
        string id, ApiKey key, NpgsqlDataSource database, IMessageItems items, CancellationToken stop) =>
        FoundEvent.Of(key.Tenant, id, database, items, stop);

    public static IResult Validate(FoundEvent? found) => found is null ? new Refused(FoundEvent.None) : WolverineContinue.Result();

    [WolverineGet(WebhooksApi.Root + "/events/{id}")]
    public static IResult Event(VersionQuery asked, FoundEvent found, PublicAddress address) =>
        Results.Bytes(found.Body(asked.Version, address.Url), "application/json; charset=utf-8");

    /// <summary>Every product that the call changed, with values and versions before and after.</summary>
    [WolverineGet(WebhooksApi.Root + "/events/{id}/items")]
    public static async Task<Response<ShownItems>> Items(
        ItemPageQuery asked, FoundEvent found, string id, IMessageItems items, CancellationToken stop) => found.Message is { } message
            ? ShownItems.Of(message, id, found.Item is { } item ? [item] : await items.ItemsOf(message, stop), asked)
            : new Refused(FoundEvent.None);
}

/// <summary>An event, or what is left of it: without its message, the body as it was sent.</summary>
/// <param name="Item">The one product that it is about; null for a whole call.</param>
public sealed record FoundEvent(Guid Id, OutboxRecord? Message, EventItem? Item, byte[]? Sent)
{
    internal static Refusal None { get; } = new("not_found", "There is no such event.");

    /// <summary>A call's event by the id of its message; one of a single product by the delivery that carried it.</summary>
    public static async Task<FoundEvent?> Of(
        string tenant, string text, NpgsqlDataSource database, IMessageItems items, CancellationToken stop)
    {
        if (EventIds.Parse(text) is not { } id)
        {
            return null;
        }

        if (await OutboxRecord.Find(database, tenant, id, stop) is { } message)
        {
            return new FoundEvent(id, message, null, null);
        }

        if (await new SentEvents(database).Find(tenant, id, stop) is not { } sent)
        {
            return null;
        }

        return sent is { Message: { } of, Entity: { } entity } && await OutboxRecord.Find(database, tenant, of, stop) is { } published
            ? new FoundEvent(id, published, (await items.ItemsOf(published, stop)).Single(i => i.Entity == entity), null)
            : new FoundEvent(id, null, null, sent.Body);
    }

    public byte[] Body(string version, Uri publicUrl) => Message is null
        ? Sent!
        : EventBody.Full(Id, Message.Type, Message.OccurredAt, version, Item is null ? Message.Data : Item.Data, publicUrl);
}
