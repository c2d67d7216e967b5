using PixeeEvents.EventLog;
using PixeeEvents.Http.Availability;

namespace PixeeEvents.Host.Availability;

/// <summary>
/// <c>/health/live</c>: the process serves. <c>/health/ready</c>, also <c>/health</c>: the database serves it, too, with the schema of
/// this version; 503 with the reason otherwise. What runs behind the calls and is late is told, but calls are served all the same, so
/// that is 200. Neither takes a connection that calls need.
/// </summary>
internal static class HealthEndpoints
{
    public const string Root = "/health";
    public const string Live = "/health/live";
    public const string Ready = "/health/ready";

    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapMethods(Live, Methods, (HttpContext context) => Answer(context, null, null)).ExcludeFromDescription();
        foreach (var path in (ReadOnlySpan<string>)[Root, Ready])
        {
            routes.MapMethods(
                path, Methods,
                async (HttpContext context, Readiness readiness, Lags lags) => await Answer(context, await readiness.Check(), lags))
                .ExcludeFromDescription();
        }
    }

    /// <param name="lags">As they were found a few seconds ago; null where nobody asks for them.</param>
    private static Task Answer(HttpContext context, Outage? outage, Lags? lags)
    {
        context.Response.Headers.CacheControl = "no-store";
        var isOtherSchema = outage is null && lags is { IsSchemaCurrent: false };
        if (outage is { } found)
        {
            context.Response.Headers.RetryAfter = found.RetryAfterSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        return context.Respond(outage is null && !isOtherSchema ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable, json =>
        {
            var isLate = lags is not null && (lags.Backlog.FanOutLag > Lags.FanOutBound || lags.Mark > Lags.MarkBound);
            json.WriteString("status"u8, outage is not null || isOtherSchema ? "unavailable" : isLate ? "late" : "ok");
            if (outage is { } reason)
            {
                json.WriteString("reason"u8, reason.Sentence());
            }
            else if (isOtherSchema)
            {
                json.WriteString("reason"u8, "The database has the schema of another version.");
            }
            else if (lags is not null)
            {
                json.WriteString("schema"u8, "current"u8);
                Lag(json, "fan_out_lag", lags.Backlog.FanOutLag, Lags.FanOutBound);
                Lag(json, "settled_mark_lag", lags.Mark, Lags.MarkBound);
            }
        });
    }

    private static void Lag(System.Text.Json.Utf8JsonWriter json, string name, TimeSpan lag, TimeSpan bound)
    {
        json.WriteStartObject(name);
        json.WriteNumber("seconds"u8, Math.Round(lag.TotalSeconds, 3));
        json.WriteNumber("bound"u8, bound.TotalSeconds);
        json.WriteEndObject();
    }
}

/// <summary>Whether the database serves, found out on a connection of its own; those who ask at once share one look.</summary>
internal sealed class Readiness(DatabaseProbe database, OutageLog outages)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1.5);

    private readonly Lock _gate = new();
    private Task<Outage?> _look = Task.FromResult<Outage?>(null);

    /// <returns>Null when it serves.</returns>
    public async Task<Outage?> Check()
    {
        Task<Outage?> look;
        lock (_gate)
        {
            look = _look = _look.IsCompleted ? Task.Run(Look) : _look;
        }

        await ((Task)look).WaitAsync(Patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return look.IsCompleted ? await look : Outage.Slow;
    }

    private async Task<Outage?> Look()
    {
        for (var isAgain = false; ; isAgain = true)
        {
            try
            {
                await database.Ask(CancellationToken.None);
                return null;
            }
            catch (Exception e) when (DatabaseFault.Of(e) is { } outage)
            {
                // The connection may be one that broke while nobody looked.
                if (isAgain || outage is not Outage.Away)
                {
                    outages.Report(outage, e);
                    return outage;
                }
            }
        }
    }
}
