using PixeeEvents.Webhooks.Reports;
using PixeeEvents.Webhooks.Sending;

namespace PixeeEvents.Webhooks.Deliveries;

/// <summary>What an attempt said of its endpoint.</summary>
internal enum Verdict
{
    Delivered,

    /// <summary>The endpoint lives and refuses this event.</summary>
    Refused,

    /// <summary>The endpoint is in trouble: 408, 429, 5xx.</summary>
    Overloaded,

    /// <summary>There was no answer.</summary>
    Unreachable,

    /// <summary>410: the subscriber wants no more of it.</summary>
    Gone,
}

/// <summary>What the owner and the operators are to learn of an endpoint.</summary>
internal enum HealthNotice
{
    Failing,
    DisableTomorrow,
    Disabled,
    Gone,
}

/// <summary>How an endpoint fares, as its attempts told. Every rule on slowing down, holding back and giving up is here.</summary>
/// <param name="HoldUntil">No request starts before.</param>
/// <param name="IsOpen">The breaker: only a probe now and then, until one succeeds.</param>
/// <param name="Pace">Requests per second while it recovers; null when it needs no care.</param>
/// <param name="FailedLanes">Independent failures in a row: different events where nothing answered, different entities where something
/// did.</param>
/// <param name="Notices">How many of the warnings before disabling were given.</param>
internal sealed record EndpointHealth(
    DateTimeOffset? HoldUntil = null,
    bool IsOpen = false,
    decimal? Pace = null,
    DateTimeOffset? PacedAt = null,
    DateTimeOffset? FailingSince = null,
    int FailedAttempts = 0,
    int FailedLanes = 0,
    Guid? LastFailedLane = null,
    int Notices = 0,
    DateTimeOffset? NoticedAt = null,
    DateTimeOffset? LastSuccessAt = null,
    DateTimeOffset? LastFailureAt = null)
{
    public static TimeSpan ProbeEvery { get; } = TimeSpan.FromSeconds(30);

    private const int OpensAfter = 3;
    private const int DisablesAfterAttempts = 20;
    private const decimal PaceOfTheHealthy = 2000;

    private static readonly TimeSpan DisablesAfter = TimeSpan.FromDays(5);
    private static readonly TimeSpan WarnedBefore = TimeSpan.FromHours(24);
    private static readonly TimeSpan PaceDoublesIn = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan SuccessIsNews = TimeSpan.FromSeconds(10);

    /// <summary>Before then it is not disabled; null while it does not fail.</summary>
    public DateTimeOffset? DisabledFrom => FailingSince is { } since ? Later(NoticedAt + WarnedBefore, since + DisablesAfter) : null;

    public static Verdict Judge(Answer answer) => answer switch
    {
        { IsSuccess: true } => Verdict.Delivered,
        { Error: not AttemptError.Status } => Verdict.Unreachable,
        { Status: 410 } => Verdict.Gone,
        { Status: 408 or 429 or >= 500 } => Verdict.Overloaded,
        _ => Verdict.Refused,
    };

    /// <summary>A success ends every doubt, but an endpoint that was down gets its backlog slowly.</summary>
    public EndpointHealth AfterSuccess(DateTimeOffset now)
    {
        var calm = this with
        {
            HoldUntil = HoldUntil > now && !IsOpen ? HoldUntil : null,
            IsOpen = false,
            FailingSince = null,
            FailedAttempts = 0,
            FailedLanes = 0,
            LastFailedLane = null,
            Notices = 0,
            NoticedAt = null,
            LastSuccessAt = LastSuccessAt is { } last && now - last < SuccessIsNews ? last : now,
        };
        return IsOpen ? calm with { Pace = 1, PacedAt = now } : calm.Faster(now);
    }

    /// <summary>An attempt failed.</summary>
    /// <param name="lane">The entity the event is about, or the event itself.</param>
    /// <param name="retryAfter">How long the endpoint asked to be left alone.</param>
    /// <param name="counts">False for what an operator sent by hand: it never speaks for disabling.</param>
    public (EndpointHealth Health, HealthNotice? Notice) AfterFailure(
        Verdict verdict, Guid lane, Guid delivery, TimeSpan? retryAfter, bool counts, DateTimeOffset now)
    {
        var failed = this with { LastFailureAt = now };
        if (retryAfter is { } wait && !(failed.HoldUntil > now + wait))
        {
            failed = failed with { HoldUntil = now + wait };
        }

        if (verdict is Verdict.Overloaded or Verdict.Unreachable)
        {
            failed = failed.Doubt(verdict is Verdict.Unreachable ? delivery : lane, now);
        }

        if (!counts)
        {
            return (failed, null);
        }

        failed = failed with { FailingSince = FailingSince ?? now, FailedAttempts = FailedAttempts + 1 };
        return verdict is Verdict.Gone ? (failed, HealthNotice.Gone) : failed.Warn(now);
    }

    private EndpointHealth Doubt(Guid failure, DateTimeOffset now)
    {
        var doubted = failure == LastFailedLane ? this : this with { FailedLanes = FailedLanes + 1, LastFailedLane = failure };
        doubted = doubted with { Pace = Pace is { } pace ? Math.Max(pace / 2, 0.1m) : null, PacedAt = now };
        return doubted.IsOpen || doubted.FailedLanes >= OpensAfter
            ? doubted with { IsOpen = true, HoldUntil = Later(doubted.HoldUntil, now + ProbeEvery) }
            : doubted;
    }

    private (EndpointHealth Health, HealthNotice? Notice) Warn(DateTimeOffset now)
    {
        var age = now - FailingSince!.Value;
        return Notices switch
        {
            0 when age >= DisablesAfter / 2 => (this with { Notices = 1, NoticedAt = now }, HealthNotice.Failing),
            1 when age >= DisablesAfter - WarnedBefore => (this with { Notices = 2, NoticedAt = now }, HealthNotice.DisableTomorrow),
            2 when age >= DisablesAfter && FailedAttempts >= DisablesAfterAttempts && now - NoticedAt >= WarnedBefore =>
                (this, HealthNotice.Disabled),
            _ => (this, null),
        };
    }

    private EndpointHealth Faster(DateTimeOffset now)
    {
        if (Pace is not { } pace)
        {
            return this;
        }

        var seconds = Math.Clamp((now - (PacedAt ?? now)).TotalSeconds, 0, 2);
        var next = pace * (decimal)Math.Pow(2, seconds / PaceDoublesIn.TotalSeconds);
        return next >= PaceOfTheHealthy ? this with { Pace = null, PacedAt = null } : this with { Pace = next, PacedAt = now };
    }

    private static DateTimeOffset Later(DateTimeOffset? one, DateTimeOffset other) => one > other ? one.Value : other;
}
