namespace PixeeEvents.Bench;

/// <summary>One participant of a scenario; <see cref="Run"/> gets the round's number and returns milliseconds or a rate.</summary>
internal sealed record Contender(string Role, Func<int, CancellationToken, Task<double>> Run)
{
    public const string Floor = "floor";
    public const string Baseline = "baseline";
    public const string Product = "product";
}

/// <summary>A bound on the ratio of two contenders' values, or on the value itself when there is no divisor.</summary>
internal sealed record Goal(string Dividend, string? Divisor, bool AtMost, double Bound, string Unit)
{
    public string Text => $"{(AtMost ? "≤" : "≥")} {Bound:0.##} {Unit}";

    public static Goal ProductAtMost(double bound, string of) => new(Contender.Product, of, AtMost: true, bound, $"× {of}");

    public static Goal ProductAtLeast(double bound, string of) => new(Contender.Product, of, AtMost: false, bound, $"× {of}");

    public static Goal FasterThan(double bound, string of) => new(of, Contender.Product, AtMost: false, bound, $"× faster than {of}");

    public static Goal SlowerThan(double bound, string of) => new(of, Contender.Product, AtMost: true, bound, $"× the time {of}");

    public static Goal Within(double bound, string unit) => new(Contender.Product, null, AtMost: true, bound, unit);

    public bool IsMet(double ratio) => AtMost ? ratio <= Bound : ratio >= Bound;
}

/// <summary>A row of the table: who is measured, in which unit, against which goals.</summary>
internal sealed record Scenario(string Name, string Work, string Unit, IReadOnlyList<Contender> Contenders, IReadOnlyList<Goal> Goals)
{
    /// <summary>Set where one contender's run is the other's starting point.</summary>
    public bool InOrder { get; init; }

    /// <summary>Overrides the number of measured rounds; such a scenario has no warm-up either.</summary>
    public int? Rounds { get; init; }

    public Func<CancellationToken, Task> Prepare { get; init; } = static _ => Task.CompletedTask;
}

/// <summary>How long a run lasts: <c>quick</c> shows that everything works, the others are for figures.</summary>
internal sealed record Pace(int Rounds, int WarmUps, int LoadSeconds)
{
    public static readonly Pace Short = new(5, 3, 3);
    public static readonly Pace Full = new(9, 3, 4);
    public static readonly Pace Quick = new(2, 1, 1);
}

/// <summary>Runs scenarios round by round, the contenders of a round one after the other in rotating order.</summary>
internal sealed class Runner(Pace pace, string[] only, Cluster cluster, Report report)
{
    public bool Wants(string name) => only.Length == 0 || only.Contains(name, StringComparer.OrdinalIgnoreCase);

    /// <summary>A step that rows depend on: its failure is reported, and theirs follow.</summary>
    public async Task Attempt(string what, Func<CancellationToken, Task> step, CancellationToken cancellationToken)
    {
        try
        {
            await step(cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            report.AddFailure(what, e.Message);
        }
    }

    public async Task Run(Scenario scenario, CancellationToken cancellationToken)
    {
        if (!Wants(scenario.Name))
            return;
        Console.Error.WriteLine($"{TimeProvider.System.GetLocalNow():HH:mm:ss} {scenario.Work}");
        var values = scenario.Contenders.ToDictionary(c => c.Role, _ => new List<double>());
        var failures = new Dictionary<string, string>();
        var rounds = scenario.Rounds ?? pace.Rounds;
        try
        {
            await scenario.Prepare(cancellationToken);
            for (var round = scenario.Rounds is null ? -pace.WarmUps : 0; round < rounds; round++)
                await RunRound(scenario, round, values, failures, cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            failures["preparation"] = e.Message;
        }
        report.Add(scenario, values, failures);
    }

    private async Task RunRound(
        Scenario scenario, int round, Dictionary<string, List<double>> values, Dictionary<string, string> failures,
        CancellationToken cancellationToken)
    {
        var count = scenario.Contenders.Count;
        for (var i = 0; i < count; i++)
        {
            var contender = scenario.Contenders[scenario.InOrder ? i : (i + round + count * pace.WarmUps) % count];
            if (failures.ContainsKey(contender.Role))
                continue;
            try
            {
                report.AddBusyShare(await cluster.Settle(cancellationToken));
                var value = await contender.Run(round, cancellationToken);
                if (round >= 0)
                    values[contender.Role].Add(value);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                failures[contender.Role] = e.Message;
                values[contender.Role].Clear();
            }
        }
    }
}
