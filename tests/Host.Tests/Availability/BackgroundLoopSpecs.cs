using Microsoft.Extensions.Logging;
using Npgsql;
using PixeeEvents.Host.Availability;
using PixeeEvents.Http.Availability;
using Xunit;

namespace PixeeEvents.Host.Tests.Availability;

public sealed class BackgroundLoopSpecs
{
    [Fact]
    public async Task a_loop_goes_on_whatever_its_step_throws_and_tells_it_once()
    {
        var (outages, faults) = (new Lines<OutageLog>(), new Lines<Failing>());
        var loop = new Failing(new OutageLog(outages, TimeProvider.System), faults);
        await loop.StartAsync(TestContext.Current.CancellationToken);
        await Waiting.Until(() => Task.FromResult(loop.Steps > 40 ? null : $"{loop.Steps} steps"));
        Assert.False(loop.ExecuteTask!.IsCompleted);
        await loop.StopAsync(TestContext.Current.CancellationToken);
        Assert.Single(outages.All);
        Assert.Equal("Failing: a step failed and will be tried again", Assert.Single(faults.All));
    }

    private sealed class Failing(OutageLog outages, ILogger<Failing> logger) : BackgroundLoop(
        TimeSpan.FromMilliseconds(1), outages, logger, TimeProvider.System)
    {
        public int Steps { get; private set; }

        protected override Task Step(CancellationToken stop) => ++Steps % 2 == 0
            ? throw new NpgsqlException("Failed to connect", new IOException("Connection refused"))
            : throw new InvalidOperationException("a fault of ours");
    }
}
