using System.CommandLine;
using PixeeEvents.Host.Running;

namespace PixeeEvents.Host.Cli;

/// <summary>A throw-away server for a test suite, which outlives the command that starts it.</summary>
internal static class PostgresCommand
{
    public static Command Create()
    {
        var data = new Option<string>("--data") { Description = "The directory of the server", HelpName = "DIR", Required = true };
        var start = new Command("start", "Starts the server and prints its connection string") { data };
        start.SetAction(async (result, stop) =>
        {
            var postgres = await PrivatePostgres.Start(result.GetRequiredValue(data), forTests: true, stop);
            await Console.Out.WriteLineAsync(postgres.ConnectionString);
        });
        var end = new Command("stop", "Stops the server") { data };
        end.SetAction((result, stop) => PrivatePostgres.Stop(result.GetRequiredValue(data), stop));
        return new Command("postgres", "A throw-away PostgreSQL for tests") { Hidden = true, Subcommands = { start, end } };
    }
}
