using System.Data.Common;
using JasperFx.Events;
using Marten;
using Marten.Internal;
using Npgsql;
using Weasel.Storage;

namespace PixeeEvents.EventLog;

/// <summary>Reads events that a statement of ours found, as Marten reads them: upcasters included, and stopped by a name that nobody knows.</summary>
internal sealed class EventReader : IDisposable
{
    private readonly IQuerySession _session;
    private readonly ISelector<IEvent> _selector;

    public EventReader(IDocumentStore documents)
    {
        _session = documents.QuerySession();
        var storage = ((IMartenSession)_session).EventStorage();
        _selector = storage;
        Columns = string.Join(", ", storage.SelectFields().Select(f => "e." + f));
    }

    /// <summary>What <see cref="Read"/> expects of a query on mt_events as <c>e</c>, at the head of its columns.</summary>
    public string Columns { get; }

    public Task<IEvent> Read(NpgsqlDataReader reader, CancellationToken cancellationToken) => _selector.ResolveAsync(reader, cancellationToken);

    public async Task<List<IEvent>> ReadAll(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var events = new List<IEvent>();
        while (await reader.ReadAsync(cancellationToken))
        {
            events.Add(await Read(reader, cancellationToken));
        }

        return events;
    }

    public void Dispose() => _session.Dispose();
}
