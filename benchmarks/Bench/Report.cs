using System.Globalization;
using System.Text;

namespace PixeeEvents.Bench;

/// <summary>Collects the rows and prints them as one Markdown table: medians of the rounds, medians of the rounds' ratios.</summary>
internal sealed class Report
{
    private readonly List<string> _rows = [];
    private readonly List<string> _failures = [];
    private readonly List<double> _busyShares = [];
    private int _missed;

    /// <summary>0 when every row was measured and every goal met, 1 when a goal was missed, 2 when a row failed.</summary>
    public int ExitCode => _failures.Count > 0 ? 2 : _missed > 0 ? 1 : 0;

    public void Add(Scenario scenario, Dictionary<string, List<double>> values, Dictionary<string, string> failures)
    {
        var ratios = new List<string>();
        var verdicts = new List<string>();
        foreach (var goal in scenario.Goals)
        {
            if (Ratio(goal, values) is not { } ratio)
            {
                verdicts.Add("failed");
                continue;
            }
            ratios.Add(goal.Divisor is null ? "" : $"{Number(ratio)} {goal.Unit}");
            verdicts.Add(goal.IsMet(ratio) ? "yes" : "no");
        }
        _missed += verdicts.Count(v => v == "no");
        if (verdicts.Contains("failed") && failures.Count == 0)
            failures[Contender.Product] = "was not measured";
        foreach (var (role, message) in failures)
            _failures.Add($"- {scenario.Work}: {role}: {message.ReplaceLineEndings(" ")}");

        var cells = new[] { Contender.Floor, Contender.Baseline, Contender.Product }.Select(role => Cell(scenario, role, values, failures));
        var others = scenario.Contenders.Where(c => c.Role is not (Contender.Floor or Contender.Baseline or Contender.Product))
            .Select(c => $" ({c.Role} {Cell(scenario, c.Role, values, failures)})");
        _rows.Add($"| {scenario.Work}{string.Concat(others)} | {string.Join(" | ", cells)} | {Joined(ratios)} "
            + $"| {string.Join("; ", scenario.Goals.Select(g => g.Text))} | {Joined(verdicts)} |");
        Console.Error.WriteLine("  " + _rows[^1]);
    }

    public void AddFailure(string work, string message) => _failures.Add($"- {work}: {message.ReplaceLineEndings(" ")}");

    public void AddBusyShare(double share) => _busyShares.Add(share);

    public string Markdown(Pace pace)
    {
        var text = new StringBuilder();
        text.AppendLine("| work | floor | baseline | product | ratio | goal | met |");
        text.AppendLine("| --- | ---: | ---: | ---: | ---: | --- | --- |");
        foreach (var row in _rows)
            text.AppendLine(row);
        text.AppendLine().AppendLine(
            $"Medians of {pace.Rounds} interleaved rounds after {pace.WarmUps} dropped ones; a ratio is the median of the rounds' ratios. "
            + $"{Environment.ProcessorCount} cores shared by client, services and PostgreSQL; "
            + $"before the runs they were {(_busyShares.Count == 0 ? 0 : Median(_busyShares)):P0} busy with other work.");
        if (_failures.Count > 0)
        {
            text.AppendLine().AppendLine("Failed:").AppendLine();
            foreach (var failure in _failures)
                text.AppendLine(failure);
        }
        return text.ToString();
    }

    private static double? Ratio(Goal goal, Dictionary<string, List<double>> values)
    {
        if (!values.TryGetValue(goal.Dividend, out var dividend) || dividend.Count == 0)
            return null;
        if (goal.Divisor is null)
            return Median(dividend);
        return values.TryGetValue(goal.Divisor, out var divisor) && divisor.Count == dividend.Count
            ? Median(dividend.Zip(divisor, (a, b) => a / b))
            : null;
    }

    private static string Cell(
        Scenario scenario, string role, Dictionary<string, List<double>> values, Dictionary<string, string> failures) =>
        failures.ContainsKey(role) ? "failed"
        : values.TryGetValue(role, out var measured) && measured.Count > 0 ? $"{Number(Median(measured))} {scenario.Unit}"
        : "";

    private static string Joined(List<string> parts) => string.Join("; ", parts.Where(p => p.Length > 0));

    private static string Number(double value) =>
        value.ToString(value >= 100 ? "N0" : value >= 10 ? "0.0" : "0.00", CultureInfo.InvariantCulture);

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
