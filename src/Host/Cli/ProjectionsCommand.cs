using System.CommandLine;
using PixeeEvents.EventLog;

namespace PixeeEvents.Host.Cli;

/// <summary>Read models and snapshots: list them, or build one anew from the log beside the running one.</summary>
internal static class ProjectionsCommand
{
    public static Command Create()
    {
        var list = new Command("list", "Lists the read models");
        list.SetAction(async (_, cancellationToken) =>
        {
            await using var session = await CommandSession.Open(cancellationToken);
            foreach (var name in session.Store.Rows.Select(p => p.Name).Concat(session.Store.Snapshots.Select(s => s.Name)))
            {
                await Console.Out.WriteLineAsync(name);
            }
        });

        var wanted = new Argument<string>("name") { Description = "A name from the list" };
        var anew = new Command("rebuild", "Builds a read model anew from the log and swaps it in; the server may run") { wanted };
        anew.SetAction(async (arguments, cancellationToken) =>
        {
            await using var session = await CommandSession.Open(cancellationToken);
            var (rebuild, name) = (session.Get<Rebuild>(), arguments.GetRequiredValue(wanted));
            if (session.Store.Rows.FirstOrDefault(p => p.Name == name) is { } projection)
            {
                await rebuild.Projection(projection, null, cancellationToken);
            }
            else if (session.Store.Snapshots.FirstOrDefault(s => s.Name == name) is { } snapshot)
            {
                await rebuild.Snapshot(snapshot, cancellationToken);
            }
            else
            {
                throw new CommandException($"There is no read model '{name}'. ./pixee projections list shows them.");
            }

            await Console.Out.WriteLineAsync($"{name} was rebuilt.");
        });

        return new Command("projections", "Read models and snapshots") { list, anew };
    }
}
