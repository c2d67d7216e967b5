using System.CommandLine;
using JasperFx;
using Marten;
using PixeeEvents.EventLog;
using PixeeEvents.Host.Running;

namespace PixeeEvents.Host.Cli;

/// <summary>Marten's own command line over the product's database.</summary>
internal static class MartenCommand
{
    /// <summary>Those that change a schema by half, start a server without the product's settings, or reset data.</summary>
    private static readonly HashSet<string> NotOffered = new(["codegen", "db-apply", "marten", "resources", "run"], StringComparer.Ordinal);

    public static Command Create()
    {
        var words = new Argument<string[]>("command")
        {
            Description = "One of Marten's commands with its flags; help lists them",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var command = new Command("marten", "Marten's own commands: describe, db-assert, projections, stream-query …") { words };
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction(async (result, cancellationToken) =>
        {
            string[] given = [.. result.GetValue(words) ?? [], .. result.UnmatchedTokens];
            if (given.FirstOrDefault(NotOffered.Contains) is { } refused)
            {
                throw new CommandException(
                    $"Marten's '{refused}' is not offered here: ./pixee db apply changes the schema, ./pixee run serves.");
            }

            await using var lease = await PostgresLease.OfEnvironment(cancellationToken);
            await using var dataSource = Database.Connect(lease.ConnectionString);
            var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
            builder.Services.AddMarten(options =>
            {
                options.Connection(dataSource);
                options.AddModules();
            });
            using var host = builder.Build();
            return await host.RunJasperFxCommands(given);
        });
        return command;
    }
}
