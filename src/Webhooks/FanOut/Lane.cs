namespace PixeeEvents.Webhooks.FanOut;

/// <summary>A delivery that waits in a lane.</summary>
/// <param name="HasFailed">It was tried, and waits for its next attempt.</param>
internal sealed record Waiting(Guid Id, bool InFlight, bool HasFailed, long? PreviousVersion);

/// <summary>
/// The deliveries of one entity to one subscription, oldest first. Only the first may be sent; what comes behind it waits, or
/// takes its place.
/// </summary>
internal sealed class Lane(IReadOnlyList<Waiting> waiting)
{
    private readonly List<Waiting> _waiting = [.. waiting];

    /// <summary>Puts a delivery at the end.</summary>
    /// <param name="supersedes">It takes the place of a failing one right before it.</param>
    /// <param name="latestWins">It takes the place of all that have not left.</param>
    /// <returns>Whether it may be sent now, whose place it took, and the version from which it tells: that from which those told.</returns>
    public (bool IsDue, IReadOnlyList<Guid> Superseded, long? PreviousVersion) Add(
        Guid id, long? previousVersion, bool supersedes, bool latestWins)
    {
        List<Waiting> superseded = latestWins ? _waiting.FindAll(w => !w.InFlight)
            : supersedes && _waiting is [{ InFlight: false, HasFailed: true } failing] ? [failing]
            : [];
        _waiting.RemoveAll(superseded.Contains);
        var isDue = _waiting.Count == 0;
        var from = superseded.Select(s => s.PreviousVersion).Append(previousVersion).Min();
        _waiting.Add(new Waiting(id, InFlight: false, HasFailed: false, from));
        return (isDue, [.. superseded.Select(s => s.Id)], from);
    }
}
