using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using PixeeEvents.EventLog;

namespace PixeeEvents.Host.Cli;

/// <summary>Read models and snapshots: list them, build one anew from the log, or see whether they say what the log says.</summary>
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

        return new Command("projections", "Read models and snapshots") { list, anew, Verify() };
    }

    private static Command Verify()
    {
        var verify = new Command(
            "verify",
            "Builds every read model and snapshot beside the running one, compares row by row, and says the difference; exit code 1 "
            + "when there is one. Changes nothing; the server may run");
        verify.SetAction(async (_, cancellationToken) =>
        {
            await using var session = await CommandSession.Open(cancellationToken);
            var store = session.Store;
            var comparison = new Comparison(store, session.Get<LogReader>(), session.Get<Rebuild>());
            var allEqual = true;
            foreach (var projection in store.Rows)
            {
                allEqual &= await Tell(projection.Name, await comparison.Projection(projection, cancellationToken));
            }

            foreach (var snapshot in store.Snapshots)
            {
                allEqual &= await Tell(snapshot.Name, await comparison.Snapshot(snapshot, cancellationToken));
            }

            return allEqual ? 0 : 1;
        });
        return verify;
    }

    /// <returns>Whether the running rows are those that the log makes.</returns>
    private static async Task<bool> Tell(string name, Compared compared)
    {
        await Console.Out.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"{name}: {compared.Rows} rows, {(compared.Different == 0 ? "all as the log says" : $"{compared.Different} differ")}"));
        foreach (var difference in compared.Examples)
        {
            await Console.Out.WriteLineAsync("  " + Line(difference));
        }

        if (compared.Different > compared.Examples.Count)
        {
            await Console.Out.WriteLineAsync($"  and more; ./pixee projections rebuild {name} builds it anew");
        }

        return compared.Different == 0;
    }

    private static string Line(RowDifference difference)
    {
        var row = $"{difference.Table} {string.Join(' ', difference.Key.EnumerateObject().Select(k => k.Value))}: ";
        return (difference.Running, difference.Built) switch
        {
            (null, _) => row + "missing",
            (_, null) => row + "not in the log",
            ({ } running, { } built) => row + string.Join(", ", built.EnumerateObject()
                .Where(b => !running.TryGetProperty(b.Name, out var shown) || !JsonElement.DeepEquals(shown, b.Value))
                .Select(b => $"{b.Name} is {(running.TryGetProperty(b.Name, out var shown) ? shown.GetRawText() : "absent")}, "
                    + $"{b.Value.GetRawText()} by the log")),
        };
    }
}
