using System.Diagnostics;

namespace PixeeEvents.Host.Tests.Testing;

/// <summary>A server in a process of its own.</summary>
internal sealed class Victim : IDisposable
{
    private readonly Process _process;

    private Victim(Process process, Uri address) => (_process, Address) = (process, address);

    public Uri Address { get; }

    public static async Task<Victim> Start(string connectionString, params (string Key, string Value)[] settings)
    {
        const string serves = "PixeeEvents serves ";
        var start = new ProcessStartInfo("dotnet", [CommandLine.Program, "run", "--url", "http://127.0.0.1:0"])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        start.Environment["ConnectionStrings__Postgres"] =
            new Npgsql.NpgsqlConnectionStringBuilder(connectionString) { ApplicationName = "victim" }.ConnectionString;
        start.Environment["RateLimits__Enabled"] = "false";
        foreach (var (key, value) in settings)
        {
            start.Environment[key] = value;
        }

        var process = Process.Start(start)!;
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        while (await process.StandardOutput.ReadLineAsync(timeout.Token) is { } line)
        {
            if (line.StartsWith(serves, StringComparison.Ordinal))
            {
                return new Victim(process, new Uri(line[serves.Length..]));
            }
        }

        throw new InvalidOperationException("The server did not start.");
    }

    /// <summary>SIGKILL: no handler runs.</summary>
    public async Task Kill()
    {
        _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
