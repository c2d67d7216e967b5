using Npgsql;

namespace PixeeEvents.EventSourcing;

/// <content>Finding, locking and creating the streams of a unit of work.</content>
public sealed partial class EventSession
{
    private async Task<IReadOnlyDictionary<Guid, EventStream<TState>>> FetchSnapshots<TState>(
        Aggregate<TState> aggregate, IReadOnlyCollection<Guid> ids, CancellationToken cancellationToken)
        where TState : class
    {
        if (ids.Count == 0)
        {
            return new Dictionary<Guid, EventStream<TState>>();
        }

        await using var batch = Batch();
        AddFetch(batch, aggregate, "select i.id from unnest($2::uuid[]) as i(id)", Sql.Text(Tenant), Sql.Uuids(ids));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        return Take(aggregate, ids, await ReadSnapshots(aggregate, reader, cancellationToken));
    }

    private static async Task<Dictionary<Guid, EventStream<TState>>> ReadSnapshots<TState>(
        Aggregate<TState> aggregate, NpgsqlDataReader reader, CancellationToken cancellationToken)
        where TState : class
    {
        var found = new Dictionary<Guid, EventStream<TState>>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var id = reader.GetGuid(0);
            var state = Aggregate<TState>.Read(reader.GetFieldValue<byte[]>(2));
            found[id] = new EventStream<TState>(aggregate, id, reader.GetInt64(1), exists: true, isArchived: false, state) { IsVerified = false };
        }

        return found;
    }

    private async Task<IReadOnlyDictionary<Guid, EventStream<TState>>> FetchLocked<TState>(
        Aggregate<TState> aggregate, IReadOnlyCollection<Guid> ids, CancellationToken cancellationToken)
        where TState : class
    {
        var found = new Dictionary<Guid, EventStream<TState>>(ids.Count);
        if (ids.Count == 0)
        {
            return found;
        }

        var behind = new List<(Guid Id, long StreamVersion, long SnapshotVersion, bool Archived, TState State)>();
        await using (var batch = LockingBatch())
        {
            batch.Add(
                $"""
                 select s.id, s.version, s.is_archived, d.version, d.data
                 from unnest($2::uuid[]) as i(id)
                 join mt_streams s on s.tenant_id = $1 and s.id = i.id
                 left join {aggregate.Schema}.{aggregate.Table} d on d.tenant_id = $1 and d.id = i.id
                 order by s.id for update of s
                 """,
                Sql.Text(Tenant), Sql.Uuids(ids));
            await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                var (id, version, archived) = (reader.GetGuid(0), reader.GetInt64(1), reader.GetBoolean(2));
                var (snapshotVersion, state) = reader.IsDBNull(3) ? (0, aggregate.Initial) : (reader.GetInt64(3), Aggregate<TState>.Read(reader.GetFieldValue<byte[]>(4)));
                if (snapshotVersion == version)
                {
                    found[id] = new EventStream<TState>(aggregate, id, version, exists: true, archived, state);
                }
                else
                {
                    behind.Add((id, version, snapshotVersion, archived, state));
                }
            }
        }

        if (behind.Count > 0)
        {
            // The row was waited for (the snapshot was read before the wait) or a foreign application appended.
            var missing = await ReadBetween(behind.Select(b => (b.Id, b.SnapshotVersion, b.StreamVersion)), cancellationToken);
            foreach (var (id, version, _, archived, state) in behind)
            {
                var current = missing[id].Aggregate(state, (s, e) => aggregate.Evolve(s, e.Data));
                found[id] = new EventStream<TState>(aggregate, id, version, exists: true, archived, current);
            }
        }

        return Take(aggregate, ids, found);
    }

    private Dictionary<Guid, EventStream<TState>> Take<TState>(
        Aggregate<TState> aggregate, IReadOnlyCollection<Guid> ids, Dictionary<Guid, EventStream<TState>> found)
        where TState : class
    {
        foreach (var id in ids.Distinct())
        {
            if (found.TryGetValue(id, out var stream))
            {
                _streams.Add(id, stream);
            }
            else
            {
                found.Add(id, Start(aggregate, id));
            }
        }

        return found;
    }

    private async Task<ILookup<Guid, StoredEvent>> ReadBetween(IEnumerable<(Guid Id, long After, long UpTo)> streams, CancellationToken cancellationToken)
    {
        var list = streams.ToList();
        await using var batch = LockingBatch();
        batch.Add(
            $"""
             select {EventStore.EventColumns} from unnest($2::uuid[], $3::bigint[], $4::bigint[]) as i(id, after, up_to)
             join mt_events e on e.tenant_id = $1 and e.stream_id = i.id and e.version > i.after and e.version <= i.up_to
             order by e.stream_id, e.version
             """,
            Sql.Text(Tenant), Sql.Uuids(list.Select(s => s.Id)), Sql.Longs(list.Select(s => s.After)), Sql.Longs(list.Select(s => s.UpTo)));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        return (await EventReader.ReadAll(reader, _store.Types, cancellationToken)).ToLookup(e => e.Stream);
    }

    /// <summary>Locks the streams that exist, in id order, then creates those that an append may create, in id order.</summary>
    /// <remarks>
    /// Every writer keeps these two phases and that order, so none waits for another in a circle. A stream that somebody else
    /// created in between would have to be locked out of order; all locks are given back and taken anew instead.
    /// </remarks>
    private async Task LockPlainStreams(List<PlainStream> streams, CancellationToken cancellationToken)
    {
        if (streams.Count == 0)
        {
            return;
        }

        var alone = _streams.Values.All(s => s is PlainStream);
        while (true)
        {
            await Lock(streams, cancellationToken);
            var missing = streams.Where(s => s is { FetchedVersion: null, Expected.Value: null or 0 }).ToList();
            if (missing.TrueForAll(s => s.Expected.Value is 0))
            {
                // New or refused: the insert that belongs to the append finds out.
                return;
            }

            if (await Create(missing, cancellationToken) == missing.Count)
            {
                return;
            }

            if (!alone)
            {
                await Lock(streams, cancellationToken);
                return;
            }

            await End("rollback", cancellationToken);
            foreach (var stream in streams)
            {
                (stream.FetchedVersion, stream.Exists) = (null, false);
            }
        }
    }

    private async Task Lock(List<PlainStream> streams, CancellationToken cancellationToken)
    {
        await using var batch = LockingBatch();
        batch.Add(
            "select s.id, s.version, s.is_archived from mt_streams s where s.tenant_id = $1 and s.id = any($2::uuid[]) order by s.id for update",
            Sql.Text(Tenant), Sql.Uuids(streams.Select(s => s.Id)));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var stream = _streams[reader.GetGuid(0)];
            (stream.FetchedVersion, stream.IsArchived, stream.Exists) = (reader.GetInt64(1), reader.GetBoolean(2), true);
        }
    }

    /// <summary>Creates streams at version 0, which nobody else sees before the same transaction has advanced them.</summary>
    private async Task<int> Create(List<PlainStream> streams, CancellationToken cancellationToken)
    {
        await using var batch = LockingBatch();
        batch.Add(
            """
            insert into mt_streams (tenant_id, id, type, version)
            select $1, i.id, i.type, 0 from unnest($2::uuid[], $3::text[]) as i(id, type) order by i.id
            on conflict on constraint pkey_mt_streams_tenant_id_id do nothing returning id
            """,
            Sql.Text(Tenant), Sql.Uuids(streams.Select(s => s.Id)), Sql.Texts(streams.Select(s => s.Type)));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var created = 0;
        while (await reader.ReadAsync(cancellationToken))
        {
            var stream = _streams[reader.GetGuid(0)];
            (stream.FetchedVersion, stream.Exists) = (0, true);
            created++;
        }

        return created;
    }
}
