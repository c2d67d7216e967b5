namespace PixeeEvents.Host.Tests.Availability;

/// <summary>A clock that stands still until it is told.</summary>
internal sealed class StillClock : TimeProvider
{
    private DateTimeOffset _now = new(2026, 11, 27, 8, 0, 0, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => _now;

    public void Advance(TimeSpan by) => _now += by;
}

/// <summary>A clock that runs as many times faster as it is told, its timers included.</summary>
internal sealed class FastClock(int times) : TimeProvider
{
    private readonly DateTimeOffset _start = System.GetUtcNow();
    private readonly long _from = System.GetTimestamp();

    public override DateTimeOffset GetUtcNow() => _start + (System.GetElapsedTime(_from) * times);

    public override long GetTimestamp() => _from + ((System.GetTimestamp() - _from) * times);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        System.CreateTimer(callback, state, Shorter(dueTime), Shorter(period));

    private TimeSpan Shorter(TimeSpan time) =>
        time > TimeSpan.Zero ? TimeSpan.FromTicks(Math.Max(time.Ticks / times, TimeSpan.TicksPerMillisecond)) : time;
}
