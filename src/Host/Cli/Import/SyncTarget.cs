using System.Text.Json;
using PixeeEvents.EventLog;
using PixeeEvents.Host.Cli.Demo;
using PixeeEvents.WinDev.Products;

namespace PixeeEvents.Host.Cli.Import;

/// <summary>
/// Sends products through the same command as POST /products/sync, on behalf of the command line. A product that exists needs no name.
/// </summary>
internal sealed class SyncTarget(EventStore store, string company, CommandSession? session) : ISyncTarget
{
    public static async Task<ISyncTarget> Open(string company, CancellationToken cancellationToken)
    {
        var session = await CommandSession.Open(company, cancellationToken);
        return new SyncTarget(session.Store, company, session);
    }

    /// <summary>As <see cref="Open"/>, for the demo catalogue: creates the company, its suppliers and categories where missing.</summary>
    public static async Task<ISyncTarget> OpenDemo(string company, CancellationToken cancellationToken)
    {
        var session = await CommandSession.Open(cancellationToken);
        await DemoCompany.PutSettings(session.Modules, company, cancellationToken);
        return new SyncTarget(session.Store, company, session);
    }

    public async Task<IReadOnlyList<ItemResult>> Sync(IReadOnlyList<JsonElement> items, CancellationToken cancellationToken)
    {
        var headers = new Dictionary<string, string>(StringComparer.Ordinal) { ["user"] = Environment.UserName, ["face"] = "cli" };
        var call = Guid.CreateVersion7().ToString("N");
        var caller = new Caller(company, call, call, headers);
        var results = await SyncProducts.Run(store, caller, items, updatesWithoutName: true, cancellationToken);
        return [.. results.Select(r => new ItemResult(r.Reference, Status(r.Status), r.Problem))];
    }

    private static string Status(SyncStatus status) =>
        status switch { SyncStatus.Created => "created", SyncStatus.Updated => "updated", _ => "error" };

    public ValueTask DisposeAsync() => session?.DisposeAsync() ?? ValueTask.CompletedTask;
}
