using Npgsql;
using PixeeEvents.EventLog;
using PixeeEvents.Webhooks.FanOut;
using PixeeEvents.Webhooks.Replays;
using PixeeEvents.Webhooks.Subscriptions;

namespace PixeeEvents.Webhooks.Deliveries;

/// <summary>
/// Statements on deliveries. Whoever makes a delivery wait in its lane, or lets it go, holds the lock of its endpoint: so the
/// first of a lane is always due, and never two are.
/// </summary>
internal static class DeliveryTable
{
    /// <summary>More than a lane holds whose newest delivery takes the place of the others.</summary>
    private const int LaneDepth = 1000;

    public static async Task<IReadOnlyDictionary<Guid, LockedEndpoint>> LockEndpoints(
        NpgsqlConnection connection, IReadOnlyCollection<(string Tenant, Guid Subscription)> endpoints, CancellationToken cancellationToken)
    {
        const string Given =
            "where (e.tenant_id, e.subscription_id) in (select u.tenant_id, u.id from unnest($1::text[], $2::uuid[]) as u(tenant_id, id))";
        NpgsqlParameter[] Names() => [Sql.Texts(endpoints.Select(e => e.Tenant)), Sql.Uuids(endpoints.Select(e => e.Subscription))];
        await using var batch = new NpgsqlBatch(connection);
        batch.Add($"select from webhooks.endpoints e {Given} order by e.tenant_id, e.subscription_id for update", Names());
        // A statement of its own: one that waits for a lock goes on seeing other tables as they were before it waited.
        batch.Add(
            $"""
             select e.tenant_id, e.subscription_id, s.state = 'enabled', e.last_sequence
             from webhooks.endpoints e join webhooks.subscriptions s on s.tenant_id = e.tenant_id and s.id = e.subscription_id {Given}
             """,
            Names());
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        var found = new Dictionary<Guid, LockedEndpoint>();
        while (await reader.ReadAsync(cancellationToken))
        {
            found.Add(
                reader.GetGuid(1), new LockedEndpoint(reader.GetString(0), reader.GetGuid(1), reader.GetBoolean(2), reader.GetInt64(3)));
        }

        return found;
    }

    /// <summary>What waits in each lane now; of a lane that only has to know its first, the first two.</summary>
    public static async Task<IReadOnlyDictionary<(Guid Subscription, Guid Lane), Lane>> Lanes(
        NpgsqlConnection connection, IReadOnlyCollection<(Subscription Subscription, Guid Lane)> lanes, CancellationToken cancellationToken)
    {
        var waiting = lanes.ToDictionary(l => (l.Subscription.Id, l.Lane), _ => new List<Waiting>());
        if (lanes.Count > 0)
        {
            await using var batch = new NpgsqlBatch(connection);
            AddOfLanes(
                batch,
                """
                select l.subscription_id, l.lane, d.id, d.lease_until is not null, d.attempts > d.interruptions, d.previous_version
                from unnest($1::text[], $2::uuid[], $3::uuid[], $4::int[]) as l(tenant_id, subscription_id, lane, depth)
                cross join lateral (
                    select w.* from webhooks.deliveries w
                    where w.tenant_id = l.tenant_id and w.subscription_id = l.subscription_id and w.lane between l.lane and l.lane
                      and w.state = 'waiting'
                    order by w.lane, w.ordinal limit l.depth) d
                order by d.ordinal
                """,
                Sql.Texts(lanes.Select(l => l.Subscription.Tenant)), Sql.Uuids(lanes.Select(l => l.Subscription.Id)),
                Sql.Uuids(lanes.Select(l => l.Lane)), Sql.Ints(lanes.Select(l => l.Subscription.LatestWins ? LaneDepth : 2)));
            await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                waiting[(reader.GetGuid(0), reader.GetGuid(1))].Add(
                    new Waiting(reader.GetGuid(2), reader.GetBoolean(3), reader.GetBoolean(4), reader.Nullable<long>(5)));
            }
        }

        return waiting.ToDictionary(w => w.Key, w => new Lane(w.Value));
    }

    public static void AddDeliveries(NpgsqlBatch batch, IReadOnlyList<NewDelivery> deliveries, DateTimeOffset now) => batch.Add(
        """
        insert into webhooks.deliveries (tenant_id, subscription_id, id, event_id, message_id, type, origin, replay_id, sequence, lane,
            supersedes, entity, previous_version, version, body, traceparent, state, due_at, occurred_at, created_at)
        select d.tenant_id, d.subscription_id, d.id, d.event_id, d.message_id, d.type, d.origin, d.replay_id, d.sequence, d.lane,
            d.supersedes, d.entity, d.previous_version, d.version, d.body, d.traceparent, 'waiting', case when d.due then $19 end,
            d.occurred_at, $19
        from unnest($1::text[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::uuid[], $9::bigint[],
            $10::uuid[], $11::bool[], $12::uuid[], $13::bigint[], $14::bigint[], $15::bytea[], $16::text[], $17::bool[],
            $18::timestamptz[])
            with ordinality as d(tenant_id, subscription_id, id, event_id, message_id, type, origin, replay_id, sequence, lane, supersedes,
                entity, previous_version, version, body, traceparent, due, occurred_at, ord)
        order by d.ord
        """,
        Sql.Texts(deliveries.Select(d => d.Tenant)), Sql.Uuids(deliveries.Select(d => d.Subscription)),
        Sql.Uuids(deliveries.Select(d => d.Id)), Sql.Uuids(deliveries.Select(d => d.Event)),
        Sql.NullableUuids(deliveries.Select(d => d.Message)), Sql.Texts(deliveries.Select(d => d.Type)),
        Sql.Texts(deliveries.Select(d => Name(d.Origin))), Sql.NullableUuids(deliveries.Select(d => d.Replay)),
        Sql.NullableLongs(deliveries.Select(d => d.Sequence)), Sql.NullableUuids(deliveries.Select(d => d.Lane)),
        Sql.Bools(deliveries.Select(d => d.Supersedes)), Sql.NullableUuids(deliveries.Select(d => d.Entity)),
        Sql.NullableLongs(deliveries.Select(d => d.PreviousVersion)), Sql.NullableLongs(deliveries.Select(d => d.Version)),
        Sql.Bytes(deliveries.Select(d => d.Body)), Sql.Texts(deliveries.Select(d => d.Traceparent)),
        Sql.Bools(deliveries.Select(d => d.IsDue)), Sql.Timestamps(deliveries.Select(d => d.OccurredAt)), Sql.Timestamp(now));

    public static void AddSuperseded(NpgsqlBatch batch, IReadOnlyCollection<(string Tenant, Guid Id)> deliveries, DateTimeOffset now)
    {
        if (deliveries.Count > 0)
        {
            batch.Add(
                """
                update webhooks.deliveries d set state = 'superseded', due_at = null, settled_at = $3
                from unnest($1::text[], $2::uuid[]) as s(tenant_id, id)
                where d.tenant_id = s.tenant_id and d.id = s.id and d.state = 'waiting'
                """,
                Sql.Texts(deliveries.Select(d => d.Tenant)), Sql.Uuids(deliveries.Select(d => d.Id)), Sql.Timestamp(now));
        }
    }

    public static void AddSequences(NpgsqlBatch batch, IEnumerable<LockedEndpoint> endpoints)
    {
        var rows = endpoints.ToList();
        batch.Add(
            """
            update webhooks.endpoints e set last_sequence = u.last_sequence
            from unnest($1::text[], $2::uuid[], $3::bigint[]) as u(tenant_id, id, last_sequence)
            where e.tenant_id = u.tenant_id and e.subscription_id = u.id
            """,
            Sql.Texts(rows.Select(e => e.Tenant)), Sql.Uuids(rows.Select(e => e.Subscription)),
            Sql.Longs(rows.Select(e => e.LastSequence)));
    }

    /// <summary>Lets the first of each lane go.</summary>
    public static void AddPromotions(
        NpgsqlBatch batch, IReadOnlyCollection<(string Tenant, Guid Subscription, Guid Lane)> lanes, DateTimeOffset now) => AddOfLanes(
        batch,
        """
        with first as materialized (
            select n.tenant_id, n.id from unnest($1::text[], $2::uuid[], $3::uuid[]) as l(tenant_id, subscription_id, lane)
            cross join lateral (
                select w.tenant_id, w.id from webhooks.deliveries w
                where w.tenant_id = l.tenant_id and w.subscription_id = l.subscription_id and w.lane between l.lane and l.lane
                  and w.state = 'waiting'
                order by w.lane, w.ordinal limit 1) n)
        update webhooks.deliveries d set due_at = $4 from first f where d.tenant_id = f.tenant_id and d.id = f.id and d.due_at is null
        """,
        Sql.Texts(lanes.Select(l => l.Tenant)), Sql.Uuids(lanes.Select(l => l.Subscription)), Sql.Uuids(lanes.Select(l => l.Lane)),
        Sql.Timestamp(now));

    /// <summary>
    /// Stops a subscription: what waits for it is held by that alone, however much it is. The caller holds its endpoint's lock.
    /// </summary>
    public static void AddDisable(NpgsqlBatch batch, string tenant, Guid subscription, string reason, DateTimeOffset now) => batch.Add(
        "update webhooks.subscriptions set state = 'disabled', state_reason = $3, updated_at = $4 where tenant_id = $1 and id = $2",
        Sql.Text(tenant), Sql.Uuid(subscription), Sql.Text(reason), Sql.Timestamp(now));

    public static string Name<T>(T value)
        where T : struct, Enum => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    /// <summary>
    /// A statement that looks for the first of many lanes. It asks for a lane as a range and orders by it too, and must not sort: so the
    /// index of lanes is walked, whatever the planner believes of a table that was empty a moment ago.
    /// </summary>
    private static void AddOfLanes(NpgsqlBatch batch, string sql, params NpgsqlParameter[] parameters)
    {
        batch.Add("set local enable_sort = off");
        batch.Add(sql, parameters);
        batch.Add("set local enable_sort = on");
    }
}
