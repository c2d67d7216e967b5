using System.CommandLine;
using PixeeEvents.Host.Running;

namespace PixeeEvents.Host.Cli;

/// <summary>The schema: brought up to date, compared, or written down as what would be run.</summary>
internal static class DatabaseCommand
{
    public static Command Create()
    {
        var apply = new Command(
            "apply",
            "Brings the schema up to date, and builds read models that it makes or changes; once, whoever else does it at the same time");
        apply.SetAction(async (_, cancellationToken) =>
        {
            await using var lease = await PostgresLease.OfEnvironment(cancellationToken);
            await ModuleServices.BringUpToDate(lease.ConnectionString, TimeProvider.System, cancellationToken);
            await Console.Out.WriteLineAsync("The schema is up to date.");
        });

        var assert = new Command("assert", "Says whether the schema is that of this version; exit code 1 when it is not");
        assert.SetAction(async (_, cancellationToken) =>
        {
            await using var session = await CommandSession.OpenAsItIs(cancellationToken);
            if (await session.Modules.SchemaPatch(cancellationToken) is { Length: > 0 })
            {
                throw CommandSession.OldSchema();
            }

            await Console.Out.WriteLineAsync("The schema is that of this version.");
        });

        var patch = new Command("patch", "Prints the SQL that apply would run, for whoever wants to read it first");
        patch.SetAction(async (_, cancellationToken) =>
        {
            await using var session = await CommandSession.OpenAsItIs(cancellationToken);
            await Console.Out.WriteAsync(await session.Modules.SchemaPatch(cancellationToken));
        });

        return new Command("db", "The database's schema") { apply, assert, patch };
    }
}
