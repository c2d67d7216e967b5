using PixeeEvents.EventLog;

namespace PixeeEvents.Webhooks.Events;

/// <summary>Ids of events as subscribers see them: <c>evt_</c> and 32 hex digits.</summary>
public static class EventIds
{
    private const string Prefix = "evt_";

    /// <summary>The event on one entity of a message: the same whoever derives it, and whenever.</summary>
    public static Guid OfItem(Guid message, Guid entity) => StreamId.Of(message, entity.ToString("N"));

    public static string Text(Guid id) => Prefix + id.ToString("N");

    public static Guid? Parse(string text) =>
        text.StartsWith(Prefix, StringComparison.Ordinal) && Guid.TryParseExact(text.AsSpan(Prefix.Length), "N", out var id) ? id : null;
}
