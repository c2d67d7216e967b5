namespace PixeeEvents.Http.Availability;

/// <summary>
/// Why the database cannot serve a call now. None of it is a fault of the call or of this program; another try may succeed.
/// </summary>
internal enum Outage
{
    /// <summary>Not there, starting, shutting down, or refusing us.</summary>
    Away,

    /// <summary>Its disk is full or failing.</summary>
    Full,

    /// <summary>Neither it nor the pool has a connection left.</summary>
    Crowded,

    /// <summary>There, but without an answer in time.</summary>
    Slow,

    /// <summary>Somebody else's lock on the same data was waited for in vain.</summary>
    Locked,

    /// <summary>The company's own writes queue for their turn, and there are too many or they take too long.</summary>
    Queued,
}

internal static class Outages
{
    public static string Sentence(this Outage outage) => outage switch
    {
        Outage.Away => "The database cannot be reached.",
        Outage.Full => "The database cannot store anything: its disk is full or failing.",
        Outage.Crowded => "The database has no connection free.",
        Outage.Slow => "The database does not answer in time.",
        Outage.Locked => "The database is held up by other work on the same data.",
        _ => "Too many writes of this company are waiting.",
    };

    /// <summary>What the header Retry-After says.</summary>
    public static int RetryAfterSeconds(this Outage outage) => outage is Outage.Full ? 30 : 5;
}

/// <summary>A call that cannot be served now.</summary>
/// <param name="mayHaveWritten">It had begun to write: whether that was committed is not known.</param>
internal sealed class UnavailableException(
    Outage outage, bool mayHaveWritten, Exception? cause = null) : Exception(outage.Sentence(), cause)
{
    public Outage Outage => outage;

    public bool MayHaveWritten => mayHaveWritten;
}
