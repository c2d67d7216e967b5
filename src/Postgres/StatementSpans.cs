using System.Buffers;
using System.Diagnostics;
using Npgsql;

namespace PixeeEvents.Postgres;

/// <summary>Spans of statements.</summary>
internal static class StatementSpans
{
    private static readonly SearchValues<char> Letters = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    /// <summary>A database span says what it does, and belongs to a trace: who looks for work now and then makes none.</summary>
    internal static void Describe(NpgsqlTracingOptionsBuilder spans) => spans
        .EnablePhysicalOpenTracing(false)
        .ConfigureCommandFilter(_ => Activity.Current is not null)
        .ConfigureBatchFilter(_ => Activity.Current is not null)
        .ConfigureCommandSpanNameProvider(command => OperationOf(command.CommandText))
        .ConfigureCommandEnrichmentCallback((span, command) => span.SetTag("db.operation.name", OperationOf(command.CommandText)))
        .ConfigureBatchSpanNameProvider(OperationOf)
        .ConfigureBatchEnrichmentCallback((span, batch) =>
            span.SetTag("db.operation.name", OperationOf(batch)).SetTag("db.operation.batch.size", batch.BatchCommands.Count));

    /// <summary>Of statements of one kind <c>BATCH INSERT</c>, otherwise <c>BATCH</c>, as the semantic conventions have it.</summary>
    private static string OperationOf(NpgsqlBatch batch)
    {
        var first = batch.BatchCommands.Count == 0 ? "" : OperationOf(batch.BatchCommands[0].CommandText);
        return batch.BatchCommands.Count == 1 ? first
            : batch.BatchCommands.Cast<NpgsqlBatchCommand>().All(c => OperationOf(c.CommandText) == first) ? $"BATCH {first}"
            : "BATCH";
    }

    private static string OperationOf(string sql)
    {
        var text = sql.AsSpan().TrimStart();
        var end = text.IndexOfAnyExcept(Letters);
        return text[..(end < 0 ? text.Length : end)].ToString().ToUpperInvariant();
    }
}
