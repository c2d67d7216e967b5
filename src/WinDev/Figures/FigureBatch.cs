using PixeeEvents.Catalog;
using PixeeEvents.EventLog;
using PixeeEvents.WinDev.Wire;

namespace PixeeEvents.WinDev.Figures;

/// <summary>What became of one item of a stock or price batch.</summary>
internal enum FigureStatus
{
    Ok,
    NotFound,
    Error,
}

/// <summary>What stock/update and prices/update share beside their batches.</summary>
internal static class FigureBatch
{
    public const int Limit = 5000;

    /// <summary>How often a batch is decided anew that another writer was before.</summary>
    public const int Tries = 3;

    /// <summary>Tells the world of the products that changed, each named once; of none, nothing.</summary>
    public static async Task Announce(EventSession session, string type, List<Guid> changed, CancellationToken cancellationToken)
    {
        List<Guid> products = [.. changed.Distinct()];
        if (products.Count > 0)
        {
            var named = await CatalogModule.Names(session, [.. products.Take(Announcements.MaxEans)], cancellationToken);
            session.Publish(Announcements.Batch(type, named, products.Count));
        }
    }
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

/// <summary>A stock or price batch on its way: its items were read, are found by EAN and decided, and are answered one by one.</summary>
internal sealed class FigureBatch<TCommand>(IReadOnlyList<FigureOutcome<TCommand>> outcomes)
    where TCommand : class
{
    public IEnumerable<TCommand> Commands => outcomes.Select(o => o.Command).OfType<TCommand>();

    /// <summary>Locks the streams of the products that the items name.</summary>
    public async Task<KeyOwners> Lock(EventSession session, CancellationToken cancellationToken) => await CatalogModule.Lock(
        session,
        [
            .. outcomes.Where(o => o.Command is not null).Select(o => o.Ean!).Distinct(StringComparer.Ordinal)
                .Select(e => (ProductFields.Ean, e)),
        ],
        cancellationToken);

    /// <summary>The items whose product there is, in their order.</summary>
    public IEnumerable<(FigureOutcome<TCommand> Outcome, TCommand Command, Guid Product)> Found(KeyOwners products)
    {
        foreach (var outcome in outcomes)
        {
            if (outcome.Command is { } command && products.Find(ProductFields.Ean, outcome.Ean) is var (product, _))
            {
                yield return (outcome, command, product);
            }
        }
    }

    public Envelope Answer(Func<int, int, int, string> message)
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
                    json.WriteString(
                        "status"u8,
                        outcome.Status switch { FigureStatus.Ok => "ok"u8, FigureStatus.NotFound => "not_found"u8, _ => "error"u8 });
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
