using System.Diagnostics;
using System.Globalization;
using Spectre.Console;

namespace PixeeEvents.Host.Cli.Import;

/// <summary>Shows how far an import is: a bar on a terminal, a plain line every few seconds when output is redirected.</summary>
/// <param name="title">What is being imported.</param>
/// <param name="total">The size of the whole, in the unit that <paramref name="done"/> measures.</param>
/// <param name="done">How much of it is behind us.</param>
internal sealed class ProgressView(string title, long total, Func<ImportProgress, long> done)
{
    private static readonly TimeSpan BetweenLines = TimeSpan.FromSeconds(5);

    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private TimeSpan _lastLine;

    public async Task<ImportReport> Show(Func<IProgress<ImportProgress>, Task<ImportReport>> import)
    {
        var report = Console.IsOutputRedirected
            ? await import(new Reported(Line))
            : await Terminal.Console.Progress()
                .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
                .StartAsync(context => Bar(context, import));
        Summary(report);
        return report;
    }

    /// <summary>Lines that stay on the screen, also while the bar moves.</summary>
    public static void Say(IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            if (Console.IsOutputRedirected)
            {
                Console.WriteLine(line);
            }
            else
            {
                AnsiConsole.WriteLine(line);
            }
        }
    }

    private async Task<ImportReport> Bar(ProgressContext context, Func<IProgress<ImportProgress>, Task<ImportReport>> import)
    {
        var task = context.AddTask(Markup.Escape(title), maxValue: Math.Max(total, 1));
        var report = await import(new Reported(progress =>
        {
            task.Value = done(progress);
            task.Description = Markup.Escape(Text($"{title} {progress.Rows:N0} items, {Rate(progress.Rows):N0}/s"));
        }));
        task.StopTask();
        return report;
    }

    private void Line(ImportProgress progress)
    {
        if (_clock.Elapsed - _lastLine < BetweenLines)
        {
            return;
        }

        _lastLine = _clock.Elapsed;
        var share = Math.Clamp((double)done(progress) / Math.Max(total, 1), 0.0001, 1);
        var remaining = TimeSpan.FromSeconds(Math.Round(_clock.Elapsed.TotalSeconds * (1 - share) / share));
        Console.WriteLine(Text($"{title}: {share:P0}, {progress.Rows:N0} items, {progress.Refused:N0} refused, ")
            + Text($"{Rate(progress.Rows):N0}/s, {remaining:c} left"));
    }

    private void Summary(ImportReport report)
    {
        Console.WriteLine(Text($"{report.Rows:N0} items in {_clock.Elapsed.TotalSeconds:N1} s ({Rate(report.Rows):N0}/s): ")
            + Text($"{report.Created:N0} created, {report.Updated:N0} updated, {report.Refused:N0} refused"));
        const int shown = 10;
        foreach (var line in report.First.Take(shown))
        {
            Console.WriteLine($"  line {line.Line} {line.Reference ?? line.Ean}: {line.Message}");
        }

        if (report.Refused > shown)
        {
            Console.WriteLine(Text($"  and {report.Refused - shown:N0} more"));
        }

        if (report.RefusedFile is { } file)
        {
            Console.WriteLine($"  all refused lines: {file}");
        }

        if (report.Failure is { } failure)
        {
            Console.Error.WriteLine(failure);
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private double Rate(long rows) => rows / Math.Max(_clock.Elapsed.TotalSeconds, 0.001);

    // Progress<T> would report from other threads and out of order.
    private sealed class Reported(Action<ImportProgress> show) : IProgress<ImportProgress>
    {
        public void Report(ImportProgress value) => show(value);
    }
}
