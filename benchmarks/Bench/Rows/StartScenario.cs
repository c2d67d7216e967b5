using System.Diagnostics;

namespace PixeeEvents.Bench.Rows;

/// <summary>The product's start as its users have it: from the command to the first good answer, its own PostgreSQL included.</summary>
internal static class StartScenario
{
    public static Scenario Of(Cluster cluster, Installation installation)
    {
        async Task<double> Start(CancellationToken cancellationToken)
        {
            var watch = Stopwatch.StartNew();
            await using var service = await Service.StartAlone(installation, cluster.TemporaryFile("alone"), cancellationToken);
            return watch.Elapsed.TotalMilliseconds;
        }
        return new Scenario(
            "start", "start to ready, PostgreSQL included", "ms",
            [new Contender(Contender.Product, (_, cancellationToken) => Start(cancellationToken))], [Goal.Within(1500, "ms")])
        {
            Prepare = Start,
        };
    }
}
