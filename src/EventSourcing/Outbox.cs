namespace PixeeEvents.EventSourcing;

/// <summary>Public messages as they were stored, and the events they speak of.</summary>
public sealed class Outbox(EventStore store)
{
    /// <returns>Null when the tenant has no such message.</returns>
    public async Task<OutboxRecord?> Find(string tenant, Guid id, CancellationToken cancellationToken)
    {
        await using var command = store.DataSource.CreateCommand($"select {OutboxRecord.Columns} from outbox o where o.tenant_id = $1 and o.id = $2")
            .With(Sql.Text(tenant), Sql.Uuid(id));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? OutboxRecord.Read(reader) : null;
    }

    /// <summary>The events of the call that published a message, in log order; none of another call that wrote at the same time.</summary>
    public async Task<IReadOnlyList<StoredEvent>> EventsOf(OutboxRecord message, CancellationToken cancellationToken)
    {
        await using var command = store.DataSource.CreateCommand(
            $"""
             select {EventStore.EventColumns} from mt_events e
             where e.seq_id between $2 and $3 and e.tenant_id = $1 and e.causation_id = $4
             order by e.seq_id
             """)
            .With(Sql.Text(message.Tenant), Sql.Long(message.FirstSequence), Sql.Long(message.LastSequence), Sql.Text(message.CausationId));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await EventReader.ReadAll(reader, store.Types, cancellationToken);
    }
}
