using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace PixeeEvents.Host.Tests.Testing;

/// <summary>The product's commands in processes of their own, over a database.</summary>
internal sealed class CommandLine : IDisposable
{
    private readonly Process _process;

    private CommandLine(Process process) => _process = process;

    /// <summary>
    /// As it is installed, which <c>./pixee test</c> names; without it, as it was built. Marten's command line looks into every library that
    /// lies beside it.
    /// </summary>
    public static string Program { get; } = Environment.GetEnvironmentVariable("PIXEE_TEST_PROGRAM")
        ?? Path.Combine(Root(), "src", "Server", "bin", "Release", "net10.0", "PixeeEvents.Server.dll");

    /// <returns>The exit code, and what was said on both streams.</returns>
    public static async Task<(int Exit, string Said)> Run(string connectionString, string command, CancellationToken cancellationToken)
    {
        using var line = Start(connectionString, command);
        var (said, failed) = (
            line._process.StandardOutput.ReadToEndAsync(cancellationToken), line._process.StandardError.ReadToEndAsync(cancellationToken));
        await line._process.WaitForExitAsync(cancellationToken);
        return (line._process.ExitCode, ((await said) + await failed).Trim());
    }

    public static CommandLine Start(string connectionString, string command)
    {
        var start = new ProcessStartInfo("dotnet", [Program, .. command.Split(' ')])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        start.Environment["ConnectionStrings__Postgres"] = connectionString;
        return new CommandLine(Process.Start(start)!);
    }

    /// <returns>The first line that begins so.</returns>
    public async Task<string> Says(string beginning, CancellationToken cancellationToken)
    {
        while (await _process.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.TrimStart().StartsWith(beginning, StringComparison.Ordinal))
            {
                return line;
            }
        }

        throw new InvalidOperationException(
            $"It ended without '{beginning}': {await _process.StandardError.ReadToEndAsync(cancellationToken)}");
    }

    /// <summary>As Ctrl-C does, by the signal that is heeded where a suite runs in the background, too.</summary>
    public async Task Interrupt(CancellationToken cancellationToken)
    {
        using var kill = Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        await _process.WaitForExitAsync(cancellationToken);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    /// <summary>The folder of the repository.</summary>
    public static string Root([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", ".."));
}
