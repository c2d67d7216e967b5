using System.Diagnostics;

namespace PixeeEvents.Bench.Loads;

/// <summary>Child processes: every one is started here, by argument list.</summary>
internal static class Commands
{
    public static Task<string> Run(string program, IEnumerable<string> arguments, CancellationToken cancellationToken) =>
        Run([program], arguments, cancellationToken);

    /// <summary>Runs to the end and returns standard output; a non-zero exit is an error that quotes standard error.</summary>
    public static async Task<string> Run(
        string[] program, IEnumerable<string> arguments, CancellationToken cancellationToken, IReadOnlyDictionary<string,
        string>? environment = null)
    {
        using var process = Start(program, arguments, environment, capture: true);
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw;
        }
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program[^1]} ended with {process.ExitCode}: {await errors} {await output}".Trim());
        return await output;
    }

    public static Process Start(
        string[] program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, bool capture = false)
    {
        var start = new ProcessStartInfo(program[0], [.. program.Skip(1), .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        var process = Process.Start(start) ?? throw new InvalidOperationException($"{program[0]} did not start.");
        if (!capture)
        {
            process.OutputDataReceived += static (_, _) => { };
            process.ErrorDataReceived += static (_, _) => { };
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
        }
        return process;
    }
}
