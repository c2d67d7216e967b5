using System.Text.Json;
using PixeeEvents.Catalog;
using PixeeEvents.EventLog;
using PixeeEvents.Host.WinDev.Wire;

namespace PixeeEvents.Host.WinDev.Figures;

/// <summary>What became of one item of a stock or price batch.</summary>
internal enum FigureStatus
{
    Ok,
    NotFound,
    Error,
}

/// <summary>An item of a stock or price batch on its way: what was read, then what became of it.</summary>
internal sealed class FigureOutcome<TCommand>(string? ean, TCommand? command, string? problem)
    where TCommand : class
{
    public string? Ean => ean;

    public TCommand? Command => command;

    public FigureStatus Status { get; set; } = problem is null ? FigureStatus.NotFound : FigureStatus.Error;

    public string? Problem { get; set; } = problem;
}

/// <summary>The shape that stock/update and prices/update share: read, find by EAN, decide, append, answer per item.</summary>
internal static class FigureBatch
{
    public const int Limit = 5000;

    private const int Tries = 3;

    /// <param name="read">Reads one item: its command, or what is wrong with it.</param>
    /// <param name="decide">Appends to the streams of the products found and sets each item's status; returns the products that
    /// changed.</param>
    public static async Task<Envelope> Run<TCommand>(
        HttpContext context,
        Caller caller,
        EventStore store,
        string announcement,
        Func<int, int, int, string> message,
        Func<JsonElement, FigureOutcome<TCommand>> read,
        Func<EventSession, IReadOnlyList<FigureOutcome<TCommand>>, KeyOwners, CancellationToken, Task<List<Guid>>> decide,
        CancellationToken cancellationToken)
        where TCommand : class
    {
        var items = await Body.Array(context, Limit, cancellationToken);
        for (var attempt = 1; ; attempt++)
        {
            var outcomes = items.ConvertAll(i => read(i));
            var eans = outcomes.Where(o => o.Command is not null).Select(o => o.Ean!).Distinct(StringComparer.Ordinal).Select(e => (ProductFields.Ean, e)).ToList();
            await using var session = store.Open(caller, afterConflict: attempt > 1);
            if (eans.Count > 0)
            {
                var owners = await CatalogModule.Lock(session, eans, cancellationToken);
                var changed = await decide(session, outcomes, owners, cancellationToken);
                if (changed.Count > 0)
                {
                    List<Guid> products = [.. changed.Distinct()];
                    var named = await CatalogModule.Names(session, [.. products.Take(Announcements.MaxEans)], cancellationToken);
                    session.Publish(Announcements.Batch(announcement, named, products.Count));
                }
            }

            if (await session.SaveChanges(cancellationToken))
            {
                return Answer(message, outcomes);
            }

            if (attempt == Tries)
            {
                throw new RefusedCallException(StatusCodes.Status409Conflict, Messages.Busy);
            }
        }
    }

    private static Envelope Answer<TCommand>(Func<int, int, int, string> message, List<FigureOutcome<TCommand>> outcomes)
        where TCommand : class
    {
        int Number(FigureStatus status) => outcomes.Count(o => o.Status == status);
        return Envelope.Ok(
            message(Number(FigureStatus.Ok), Number(FigureStatus.NotFound), Number(FigureStatus.Error)), outcomes.Count, json =>
            {
                json.WriteStartArray();
                foreach (var outcome in outcomes)
                {
                    json.WriteStartObject();
                    json.WriteString("ean"u8, outcome.Ean);
                    json.WriteBoolean("updated"u8, outcome.Status == FigureStatus.Ok);
                    json.WriteString("status"u8, outcome.Status switch { FigureStatus.Ok => "ok"u8, FigureStatus.NotFound => "not_found"u8, _ => "error"u8 });
                    if (outcome.Problem is not null)
                    {
                        json.WriteString("message"u8, outcome.Problem);
                    }

                    json.WriteEndObject();
                }

                json.WriteEndArray();
            });
    }
}
