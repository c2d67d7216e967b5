using System.CommandLine;
using System.Runtime.InteropServices;
using PixeeEvents.Host.Cli.Companies;
using PixeeEvents.Host.Cli.Demo;
using PixeeEvents.Host.Cli.Import;
using PixeeEvents.Host.Cli.Webhooks;
using PixeeEvents.Host.Running;
using PixeeEvents.Http.Availability;

namespace PixeeEvents.Host.Cli;

public static class PixeeCommand
{
    public static RootCommand Create() => new(
        "PixeeEvents keeps products, stock and prices as events and serves them to WinDev and Winddle programs.")
    {
        RunCommand.Create(),
        AccountCommands.Keys(),
        AccountCommands.Companies(),
        UserCommands.Users(),
        UserCommands.Tokens(),
        SettingsCommands.Suppliers(),
        SettingsCommands.Categories(),
        ProjectionsCommand.Create(),
        DatabaseCommand.Create(),
        MartenCommand.Create(),
        ImportCommand.Create(SyncTarget.Open),
        DemoCommand.Create(SyncTarget.OpenDemo),
        WebhookCommands.Create(),
        MessagesCommand.Create(),
        SystemdUnitCommand.Create(),
        PostgresCommand.Create(),
    };

    /// <summary>Commands are cancelled, not killed, by Ctrl-C, SIGTERM and the loss of the terminal.</summary>
    public static async Task<int> Invoke(string[] arguments)
    {
        using var stop = new CancellationTokenSource();
        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.Cancel();
        }

        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);
        using var quit = PosixSignalRegistration.Create(PosixSignal.SIGQUIT, Stop);

        var root = Create();
        root.HelpName = "./pixee";
        var invocation = new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false };
        try
        {
            return await root.Parse(arguments).InvokeAsync(invocation, stop.Token);
        }
        catch (Exception failure) when (failure is PrivatePostgresException or UnauthorizedAccessException or CommandException)
        {
            await Console.Error.WriteLineAsync($"pixee: {failure.Message}");
            return 1;
        }
        catch (Exception failure) when (DatabaseFault.Of(failure) is { } outage)
        {
            await Console.Error.WriteLineAsync($"pixee: {outage.Sentence()} {DatabaseFault.Describe(failure)}");
            return 1;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return 130;
        }
    }
}
