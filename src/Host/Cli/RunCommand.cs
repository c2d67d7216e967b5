using System.CommandLine;
using Microsoft.AspNetCore.Connections;
using PixeeEvents.Host.Running;

namespace PixeeEvents.Host.Cli;

internal static class RunCommand
{
    private const string DefaultUrl = "http://127.0.0.1:5080";

    /// <summary>The address that is served unless a command line says otherwise.</summary>
    public static string Url => Environment.GetEnvironmentVariable("PIXEE_URL") is { Length: > 0 } given ? given : DefaultUrl;

    public static Command Create()
    {
        var url = new Option<string>("--url")
        {
            Description = "The address to serve; PIXEE_URL when it is not given",
            HelpName = "URL",
            DefaultValueFactory = _ => Url,
        };
        url.Validators.Add(result =>
        {
            var value = result.GetValueOrDefault<string>();
            if (!Uri.TryCreate(value, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
            {
                result.AddError($"'{value}' is not an address such as {DefaultUrl}.");
            }
        });
        var command = new Command(
            "run",
            "Starts everything: a private PostgreSQL (none when ConnectionStrings__Postgres names a database), then the server. "
            + "Ctrl-C ends it.")
        {
            url,
        };
        command.SetAction((result, stop) => Run(result.GetRequiredValue(url), stop));
        return command;
    }

    private static async Task<int> Run(string url, CancellationToken stop)
    {
        try
        {
            await using var database = await PostgresLease.OfEnvironment(stop);
            if (database.Root is { } root && root != PostgresLease.DataDirectory)
            {
                await Console.Out.WriteLineAsync(
                    $"The data lie in {root}: PostgreSQL's account cannot reach {PostgresLease.DataDirectory}.");
            }

            using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
            var watch = database.KeepRunning(Console.Out, ended.Token);
            try
            {
                // A trial is over a private database and for this machine alone: nobody else can make the server call its own network.
                var trial = database.IsPrivate && new Uri(url).IsLoopback;
                await HostApplication.Serve(database.ConnectionString, url, trial, Console.Out, stop);
            }
            finally
            {
                await ended.CancelAsync();
                await watch;
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
        catch (IOException failure) when (failure.InnerException is AddressInUseException)
        {
            await Console.Error.WriteLineAsync($"pixee: {failure.Message} Choose another with --url or PIXEE_URL.");
            return 1;
        }

        return 0;
    }
}
