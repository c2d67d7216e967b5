using System.Diagnostics;

namespace PixeeEvents.Bench.Rows;

/// <summary>Rows of webhooks: from the beginning of a call over HTTP to the first byte at a receiver in this process.</summary>
internal sealed class WebhookScenarios(Cluster cluster, Installation installation, Pace pace)
{
    private const string Healthy = "all healthy";
    private const int Endpoints = 50;
    private const int Bad = 10;
    private const int RateLimit = 50;
    private const int Deliveries = 5000;

    /// <summary>Each change is a call here, which costs far more than its delivery: the load leaves the cores some air.</summary>
    private const int ShareOfCapacity = 10;

    private double? _capacity;

    public IEnumerable<Scenario> All() =>
    [
        Row("webhook-latency", "webhook: call to first byte when idle, p50", "ms", cancellationToken =>
            Idle(0.5, apart: false, cancellationToken), Goal.Within(15, "ms")),
        Row("webhook-latency-p99", "webhook: call to first byte when idle, p99", "ms", cancellationToken =>
            Idle(0.99, apart: false, cancellationToken)),
        Row("webhook-latency-apart", "webhook: the same from a node that only sends, p50", "ms",
            cancellationToken => Idle(0.5, apart: true, cancellationToken), Goal.Within(40, "ms")),
        Row("webhook-rate-1", "webhook: 5,000 deliveries to one endpoint, from the call to the last settled", "/s", cancellationToken =>
            Rate(1, cancellationToken)),
        Row("webhook-rate-100", "webhook: 5,000 deliveries to 100 endpoints", "/s", cancellationToken => Rate(100, cancellationToken)),
        Row(
            "webhook-throttle", "webhook: a limit of 50 requests per second on two nodes, fullest 10 s", "% of the limit", Throttle,
            Goal.Within(105, "%")) with { Rounds = 2 },
        Row(
            "webhook-hanging", "webhook: 1,000 endpoints that hang, most requests at once", "requests", Hang,
            Goal.Within(256, "requests")) with { Rounds = 2 },
        Row("webhook-isolation", "webhook: growth of healthy endpoints' p99 while 20 % hang under five times their share", "ms", async cancellationToken =>
            (await Share(hanging: true, cancellationToken)).P99 - (await Share(hanging: false, cancellationToken)).P99,
            Goal.Within(50, "ms")),
        new("webhook-isolation-rate", "webhook: healthy endpoints' deliveries in that load", "/s",
            [
                new Contender(Healthy, async (_, cancellationToken) => (await Share(hanging: false, cancellationToken)).PerSecond),
                new Contender(Contender.Product, async (_, cancellationToken) => (await Share(hanging: true, cancellationToken)).PerSecond),
            ],
            [Goal.ProductAtLeast(0.95, Healthy)]),
    ];

    private static Scenario Row(string name, string work, string unit, Func<CancellationToken, Task<double>> run, params Goal[] goals) =>
        new(name, work, unit, [new Contender(Contender.Product, (_, cancellationToken) => run(cancellationToken))], goals);

    /// <summary>One call at a time, each after what the one before caused has arrived. The whole call up to its commit is in it.</summary>
    private async Task<double> Idle(double quantile, bool apart, CancellationToken cancellationToken)
    {
        const int Dropped = 50, Samples = 200;
        await using var trial = await WebhookTrial.Start(cluster, installation, companies: 1, products: 1, cancellationToken,
            nodes: apart ? 2 : 1, apart);
        await trial.Subscribe([1], cancellationToken);
        var times = new List<double>();
        for (var n = 1; n <= Dropped + Samples; n++)
        {
            var (_, at) = await trial.Change(1, products: 1, cancellationToken);
            await trial.Delivered(n, cancellationToken);
            times.Add(Stopwatch.GetElapsedTime(at, trial.Receiver.Arrivals.Last().At).TotalMilliseconds);
        }
        return Quantile(times.Skip(Dropped), quantile);
    }

    private async Task<double> Rate(int endpoints, CancellationToken cancellationToken)
    {
        var products = Deliveries / endpoints;
        await using var trial = await WebhookTrial.Start(cluster, installation, companies: 1, products, cancellationToken);
        await trial.Subscribe([1], cancellationToken, perItem: true, times: endpoints);
        var warm = Math.Max(1, products / 10);
        await trial.Change(1, warm, cancellationToken);
        await trial.Delivered(warm * endpoints, cancellationToken);
        var watch = Stopwatch.StartNew();
        await trial.Change(1, products, cancellationToken);
        await trial.Delivered((warm + products) * endpoints, cancellationToken);
        return products * endpoints / watch.Elapsed.TotalSeconds;
    }

    private async Task<double> Throttle(CancellationToken cancellationToken)
    {
        const int Seconds = 14;
        await using var trial = await WebhookTrial.Start(cluster, installation, companies: 1, RateLimit * Seconds, cancellationToken,
            nodes: 2);
        await trial.Subscribe([1], cancellationToken, perItem: true, rate: RateLimit);
        await trial.Change(1, RateLimit * Seconds, cancellationToken);
        await trial.Delivered(RateLimit * Seconds, cancellationToken);
        var times = trial.Receiver.Arrivals.Select(a => a.At).Order().ToList();
        return times.Max(from => times.Count(t => t >= from && t < from + 10 * Stopwatch.Frequency)) * 100.0 / (10 * RateLimit);
    }

    private async Task<double> Hang(CancellationToken cancellationToken)
    {
        await using var trial = await WebhookTrial.Start(cluster, installation, companies: 1, products: 1, cancellationToken);
        await trial.Subscribe([1], cancellationToken, hanging: true, times: 1000);
        for (var n = 0; n < 3; n++)
            await trial.Change(1, products: 1, cancellationToken);
        var (most, watch) = (0, Stopwatch.StartNew());
        while (watch.Elapsed < TimeSpan.FromSeconds(10))
        {
            most = Math.Max(most, trial.Receiver.HangingNow);
            await Task.Delay(10, cancellationToken);
        }
        return most;
    }

    /// <summary>
    /// Calls at a steady rate, come what may: a share of the rate at which a backlog drains. What the endpoints that always answer see of
    /// it.
    /// </summary>
    /// <param name="hanging">The others never answer; without, they answer as these do.</param>
    private async Task<(double P99, double PerSecond)> Share(bool hanging, CancellationToken cancellationToken)
    {
        const int LeadIn = 2;
        var perSecond = (_capacity ??= await Rate(Endpoints, cancellationToken)) / ShareOfCapacity;
        await using var trial = await WebhookTrial.Start(cluster, installation, Endpoints, products: 1, cancellationToken);
        await trial.Subscribe(Enumerable.Range(1, Bad), cancellationToken, hanging);
        await trial.Subscribe(Enumerable.Range(Bad + 1, Endpoints - Bad), cancellationToken);
        var (random, sent, calls, watch) = (new Random(20), 0, new List<Task<(int Company, string Trace, long At)>>(),
            Stopwatch.StartNew());
        while (watch.Elapsed.TotalSeconds < LeadIn + pace.LoadSeconds)
        {
            for (; sent < watch.Elapsed.TotalSeconds * perSecond; sent++)
            {
                var draw = random.Next(5 * Bad + Endpoints - Bad);
                calls.Add(One(draw < 5 * Bad ? draw / 5 + 1 : draw - 4 * Bad + 1));
            }
            await Task.Delay(5, cancellationToken);
        }
        var from = Stopwatch.GetTimestamp() - pace.LoadSeconds * Stopwatch.Frequency;
        var healthy = (await Task.WhenAll(calls)).Where(c => c.Company > Bad && c.At >= from).ToList();
        var end = Stopwatch.GetTimestamp();
        await Task.Delay(1000, cancellationToken);
        var arrived = trial.Receiver.Arrivals.DistinctBy(a => a.Trace).ToDictionary(a => a.Trace, a => a.At);
        var now = Stopwatch.GetTimestamp();
        var delays = healthy.Select(c => Stopwatch.GetElapsedTime(c.At, arrived.GetValueOrDefault(c.Trace, now)).TotalMilliseconds);
        return (Quantile(delays, 0.99), healthy.Count(c => arrived.GetValueOrDefault(c.Trace, now) <= end) / (double)pace.LoadSeconds);

        async Task<(int, string, long)> One(int company)
        {
            var (trace, at) = await trial.Change(company, products: 1, cancellationToken);
            return (company, trace, at);
        }
    }

    private static double Quantile(IEnumerable<double> values, double quantile)
    {
        var sorted = values.Order().ToArray();
        return sorted[(int)Math.Ceiling(quantile * sorted.Length) - 1];
    }
}
