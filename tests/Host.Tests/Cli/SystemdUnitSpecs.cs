using System.Diagnostics;
using Xunit;

namespace PixeeEvents.Host.Tests.Cli;

public sealed class SystemdUnitSpecs
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task the_unit_runs_this_installation_and_systemd_takes_it()
    {
        var (exit, unit) = await CommandLine.Run("", "systemd-unit --user hub --settings /etc/hub.env", Stop);
        Assert.Equal(0, exit);
        Assert.Matches($"\nExecStart=\"/.*/dotnet\" \"{CommandLine.Program}\" run\n", unit);
        Assert.Contains("\nUser=hub\n", unit, StringComparison.Ordinal);
        Assert.Contains("\nEnvironmentFile=-/etc/hub.env\n", unit, StringComparison.Ordinal);
        Assert.Equal("", await Verified(unit));
    }

    /// <returns>What systemd says against it; nothing where it is not installed.</returns>
    private static async Task<string> Verified(string unit)
    {
        if (!File.Exists("/usr/bin/systemd-analyze"))
        {
            return "";
        }

        var folder = Directory.CreateTempSubdirectory("pixee-unit-");
        try
        {
            var file = Path.Combine(folder.FullName, "pixee.service");
            await File.WriteAllTextAsync(file, unit, Stop);
            using var verify = Process.Start(new ProcessStartInfo("systemd-analyze", ["verify", "--man=no", file])
            {
                RedirectStandardError = true,
                UseShellExecute = false,
            })!;
            var said = await verify.StandardError.ReadToEndAsync(Stop);
            await verify.WaitForExitAsync(Stop);
            // What it says of the machine's other units is not about this one.
            return string.Join('\n', said.Split('\n').Where(l => l.Contains("pixee.service", StringComparison.Ordinal)));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
