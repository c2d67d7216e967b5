using System.Runtime.InteropServices;
using System.Text.Json;
using PixeeEvents.WinDev.Products;

namespace PixeeEvents.Host.Cli.Import;

/// <param name="Status"><c>created</c>, <c>updated</c>, or anything else for a refusal.</param>
internal sealed record ItemResult(string? Reference, string Status, string? Message);

[StructLayout(LayoutKind.Auto)]
internal readonly record struct ImportProgress(long Rows, long Refused);

/// <summary>Where products go: one company's catalogue.</summary>
internal interface ISyncTarget : IAsyncDisposable
{
    /// <returns>One result per item, in their order.</returns>
    Task<IReadOnlyList<ItemResult>> Sync(IReadOnlyList<JsonElement> items, CancellationToken cancellationToken);
}

internal delegate Task<IReadOnlyList<ItemResult>> SyncBatch(IReadOnlyList<JsonElement> items, CancellationToken cancellationToken);

/// <summary>Sends rows on in batches. Batches already sent stay when a later one fails; sending them again changes nothing.</summary>
internal static class CatalogueImport
{
    public const int BatchSize = 1000;

    /// <param name="refusedFile">Where refused lines are written, or null. A file of an earlier run is removed.</param>
    public static async Task<ImportReport> Run(
        IAsyncEnumerable<CatalogueRow> rows,
        SyncBatch sync,
        IProgress<ImportProgress> progress,
        string? refusedFile,
        CancellationToken cancellationToken)
    {
        if (refusedFile is not null)
        {
            File.Delete(refusedFile);
        }

        await using var report = new ImportReport(refusedFile);
        var batch = new List<CatalogueRow>(BatchSize);
        await using var source = rows.GetAsyncEnumerator(cancellationToken);
        while (await Next(source, report))
        {
            batch.Add(source.Current);
            if (batch.Count == BatchSize)
            {
                await Send(batch, sync, report, cancellationToken);
                progress.Report(new ImportProgress(report.Rows, report.Refused));
            }
        }

        await Send(batch, sync, report, cancellationToken);
        progress.Report(new ImportProgress(report.Rows, report.Refused));
        return report;
    }

    private static async Task<bool> Next(IAsyncEnumerator<CatalogueRow> source, ImportReport report)
    {
        try
        {
            return await source.MoveNextAsync();
        }
        catch (CatalogueFileException e)
        {
            report.Failure = e.Message;
            return false;
        }
    }

    private static async Task Send(List<CatalogueRow> batch, SyncBatch sync, ImportReport report, CancellationToken cancellationToken)
    {
        JsonElement[] items = [.. batch.Where(row => row.Item is not null).Select(row => row.Item!.Value)];
        var results = items.Length == 0 ? [] : await sync(items, cancellationToken);
        if (results.Count != items.Length)
        {
            throw new InvalidOperationException($"{items.Length} items were sent and {results.Count} results came back.");
        }

        var next = 0;
        foreach (var row in batch)
        {
            if (row.Item is { } item)
            {
                Count(row.Line, item, results[next++], report);
            }
            else
            {
                report.Refuse(new RefusedLine(row.Line, null, null, row.Problem ?? ""));
            }
        }

        batch.Clear();
    }

    private static void Count(long line, JsonElement item, ItemResult result, ImportReport report)
    {
        switch (result.Status)
        {
            case "created":
                report.Created++;
                break;
            case "updated":
                report.Updated++;
                break;
            default:
                var reference = result.Reference ?? ProductReader.Key(item, "reference");
                report.Refuse(new RefusedLine(line, reference, ProductReader.Key(item, "ean"), result.Message ?? result.Status));
                break;
        }
    }

}
