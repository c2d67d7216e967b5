using Npgsql;
using PixeeEvents.EventLog;
using PixeeEvents.Webhooks.Nodes;
using PixeeEvents.Webhooks.Reports;
using PixeeEvents.Webhooks.Subscriptions;

namespace PixeeEvents.Webhooks.Deliveries;

/// <summary>
/// Where nodes take deliveries from. What an endpoint may get (its concurrency, its rate, a hold, a probe) is settled in the
/// claim, under the endpoint's lock, before any delivery is looked at: so it holds across nodes, and one endpoint's backlog is
/// no one else's business. Leases go by the database's clock: a node whose own is wrong takes nothing from another.
/// </summary>
internal sealed class DeliveryQueue(NpgsqlDataSource dataSource, NodeOptions options, TimeProvider time)
{
    /// <summary>Requests per second are counted out in slots; a claim takes those of the next moment at once.</summary>
    private const double SlotsAhead = 0.25;

    private const int EndpointsAtOnce = 200;

    /// <summary>
    /// Locks endpoints that have something due. Their names go to the next statement, which looks at what is true under the locks.
    /// </summary>
    private static string Locking(string among) =>
        $"""
        select set_config('pixee.endpoints', coalesce(string_agg(l.subscription_id::text, ','), ''), true), count(*)
        from (
            select e.subscription_id
            from webhooks.endpoints e join webhooks.subscriptions s on s.tenant_id = e.tenant_id and s.id = e.subscription_id
            where s.state = 'enabled' and (e.hold_until is null or e.hold_until <= $1) {among}
              and exists (select from webhooks.deliveries d where d.tenant_id = e.tenant_id and d.subscription_id = e.subscription_id
                          and d.state = 'waiting' and d.lease_until is null and d.due_at <= $1)
            order by random() limit {EndpointsAtOnce}
            for update of e skip locked) l
        """;

    private const string Claiming =
        """
        with endpoint as (
            select e.tenant_id, e.subscription_id, e.is_open, e.next_slot_at, s.concurrency, coalesce(r.room, $9) as room,
                coalesce(r.proven, e.last_success_at is not null) as proven, least(s.rate_per_second, e.pace) as rate,
                   (select count(*) from webhooks.deliveries d
                    where d.tenant_id = e.tenant_id and d.subscription_id = e.subscription_id
                      and d.lease_until is not null)::int as in_flight
            from webhooks.endpoints e
            join webhooks.subscriptions s on s.tenant_id = e.tenant_id and s.id = e.subscription_id and s.state = 'enabled'
            left join unnest($6::uuid[], $7::int[], $8::bool[]) as r(id, room, proven) on r.id = e.subscription_id
            where e.subscription_id = any(string_to_array(current_setting('pixee.endpoints'), ',')::uuid[])
              and (e.hold_until is null or e.hold_until <= $1)),
        quota as (
            select e.*, greatest(0, case
                when e.is_open then 1 - e.in_flight
                when e.rate is null then least(e.concurrency - e.in_flight, e.room)
                else least(e.concurrency - e.in_flight, e.room, case
                    when greatest(e.next_slot_at, $1) > $1 + e.ahead then 0
                    else 1 + floor(extract(epoch from $1 + e.ahead - greatest(e.next_slot_at, $1)) * e.rate)::int end) end) as quota
            from (select f.*, greatest(0, $3 - coalesce(1 / f.rate, 0)) * interval '1 second' as ahead from endpoint f) e),
        turn as (
            select t.tenant_id, t.subscription_id, t.id
            from (
                select q.tenant_id, q.subscription_id, q.proven, d.id, d.place, 
                    row_number() over (partition by q.proven order by d.place) as rank
                from quota q
                cross join lateral (
                    select w.id, row_number() over (order by w.due_at, w.ordinal) as place from webhooks.deliveries w
                    where w.tenant_id = q.tenant_id and w.subscription_id = q.subscription_id and w.state = 'waiting'
                      and w.lease_until is null and w.due_at <= $1
                    order by w.due_at, w.ordinal limit q.quota) d) t
            where t.proven or t.rank <= $10
            order by t.place limit $4),
        slots as (
            update webhooks.endpoints e
            set next_slot_at = greatest(q.next_slot_at, $1) + t.taken / q.rate * interval '1 second',
                hold_until = case when q.is_open then $1 + $5 else e.hold_until end
            from quota q join (select t.subscription_id, count(*)::int as taken from turn t group by 1) t using (subscription_id)
            where e.tenant_id = q.tenant_id and e.subscription_id = q.subscription_id and (q.rate is not null or q.is_open))
        update webhooks.deliveries d set lease_until = clock_timestamp() + $2
        from turn t where d.tenant_id = t.tenant_id and d.id = t.id and d.state = 'waiting' and d.lease_until is null
        returning d.tenant_id, d.id, d.subscription_id, d.event_id, d.type, d.origin, d.lane, d.attempts - d.interruptions, d.body,
            d.traceparent, d.occurred_at, d.ordinal
        """;

    /// <summary>
    /// When an endpoint that was looked at will have something that may be sent, unless it is full: then an answer will tell.
    /// </summary>
    private const string Looking =
        """
        select e.subscription_id, greatest(next.due_at, e.hold_until,
            e.next_slot_at - greatest(0, $2 - coalesce(1 / least(s.rate_per_second, e.pace), 0)) * interval '1 second')
        from webhooks.endpoints e
        join webhooks.subscriptions s on s.tenant_id = e.tenant_id and s.id = e.subscription_id and s.state = 'enabled'
        cross join lateral (select d.due_at from webhooks.deliveries d
                            where d.tenant_id = e.tenant_id and d.subscription_id = e.subscription_id and d.state = 'waiting'
                              and d.lease_until is null and d.due_at is not null
                            order by d.due_at limit 1) next
        where e.subscription_id = any($1 || string_to_array(current_setting('pixee.endpoints'), ',')::uuid[])
          and (select count(*) from webhooks.deliveries d
               where d.tenant_id = e.tenant_id and d.subscription_id = e.subscription_id and d.lease_until is not null)
              < case when e.is_open then 1 else s.concurrency end
        """;

    /// <summary>Claims due deliveries, each under a lease of its own.</summary>
    /// <returns>The deliveries in the order in which they were owed, when to look at which endpoint again, and whether more endpoints have
    /// something due.</returns>
    /// <param name="endpoints">Those to look at; null for all.</param>
    public async Task<(IReadOnlyList<ClaimedDelivery> Claimed, IReadOnlyList<(Guid Endpoint, DateTimeOffset At)> Next, bool More)> Claim(
        IReadOnlyCollection<Guid>? endpoints, NodeRoom room, int limit, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection);
        batch.Add("begin");
        // A claim that the database forgets in a crash is an attempt that is made again.
        batch.Add("set local synchronous_commit = off");
        // Two statements, each with a plan of its own: one reads all endpoints, the other a few of them.
        batch.BatchCommands.Add(endpoints is null
            ? Sql.Command(Locking(""), Sql.Timestamp(now))
            : Sql.Command(Locking("and e.subscription_id = any($2)"), Sql.Timestamp(now), Sql.Uuids(endpoints)));
        batch.Add(
            Claiming, Sql.Timestamp(now), Sql.Interval(options.Lease), Sql.Double(SlotsAhead), Sql.Int(limit),
            Sql.Interval(EndpointHealth.ProbeEvery), Sql.Uuids(room.Known.Select(k => k.Endpoint)),
            Sql.Ints(room.Known.Select(k => k.Free)), Sql.Bools(room.Known.Select(k => k.IsProven)), Sql.Int(room.Usual),
            Sql.Int(room.Unproven));
        batch.Add(Looking, Sql.Uuids(endpoints ?? []), Sql.Double(SlotsAhead));
        batch.Add("commit");
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var isFull = reader.GetInt64(1) == EndpointsAtOnce;
        await reader.NextResultAsync(cancellationToken);
        var claimed = new List<(long Ordinal, ClaimedDelivery Delivery)>();
        while (await reader.ReadAsync(cancellationToken))
        {
            claimed.Add((reader.GetInt64(11), new ClaimedDelivery(
                reader.GetString(0), reader.GetGuid(1), reader.GetGuid(2), reader.GetGuid(3), reader.GetString(4),
                Enum.Parse<Origin>(reader.GetString(5), ignoreCase: true), reader.Nullable<Guid>(6), reader.GetInt32(7),
                reader.GetFieldValue<byte[]>(8), reader.NullableText(9), reader.GetFieldValue<DateTimeOffset>(10))));
        }

        await reader.NextResultAsync(cancellationToken);
        var next = new List<(Guid, DateTimeOffset)>();
        while (await reader.ReadAsync(cancellationToken))
        {
            next.Add((reader.GetGuid(0), reader.GetFieldValue<DateTimeOffset>(1)));
        }

        return ([.. claimed.OrderBy(c => c.Ordinal).Select(c => c.Delivery)], next, isFull && claimed.Count > 0);
    }

    /// <summary>
    /// Keeps the leases of what is in flight on this node. What somebody else has locked is being settled or held back: nothing waits for
    /// it.
    /// </summary>
    public async Task Renew(IReadOnlyCollection<ClaimedDelivery> inFlight, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            """
            with mine as (
                select d.tenant_id, d.id from unnest($1::text[], $2::uuid[]) as f(tenant_id, id)
                join webhooks.deliveries d on d.tenant_id = f.tenant_id and d.id = f.id
                where d.lease_until is not null
                for update of d skip locked)
            update webhooks.deliveries d set lease_until = clock_timestamp() + $3
            from mine m where d.tenant_id = m.tenant_id and d.id = m.id
            """).With(Sql.Texts(inFlight.Select(c => c.Tenant)), Sql.Uuids(inFlight.Select(c => c.Id)), Sql.Interval(options.Lease));
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Hands back what was claimed and not sent.</summary>
    public async Task Release(IReadOnlyCollection<ClaimedDelivery> claimed, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            """
            update webhooks.deliveries d set lease_until = null
            from unnest($1::text[], $2::uuid[]) as c(tenant_id, id) where d.tenant_id = c.tenant_id and d.id = c.id
            """)
            .With(Sql.Texts(claimed.Select(c => c.Tenant)), Sql.Uuids(claimed.Select(c => c.Id)));
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Frees what nodes held that are gone. The attempt they were at is recorded as interrupted and does not count.</summary>
    public async Task<IReadOnlyCollection<(string Tenant, Guid Subscription)>> Recover(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await using var command = dataSource.CreateCommand(
            """
            with lost as (
                select d.tenant_id, d.id, d.lease_until from webhooks.deliveries d
                where d.lease_until < clock_timestamp() limit 1000
                for update skip locked),
            freed as (
                update webhooks.deliveries d
                set lease_until = null, attempts = d.attempts + 1, interruptions = d.interruptions + 1,
                    due_at = case when d.state = 'waiting' then $1 end
                from lost l where d.tenant_id = l.tenant_id and d.id = l.id
                returning d.tenant_id, d.subscription_id, d.id, d.attempts, l.lease_until),
            recorded as (
                insert into webhooks.attempts (tenant_id, delivery_id, number, started_at, duration_ms, error)
                select f.tenant_id, f.id, f.attempts, f.lease_until - $2, 0, 'interrupted' from freed f)
            select distinct tenant_id, subscription_id from freed
            """).With(Sql.Timestamp(now), Sql.Interval(options.Lease));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var endpoints = new List<(string, Guid)>();
        while (await reader.ReadAsync(cancellationToken))
        {
            endpoints.Add((reader.GetString(0), reader.GetGuid(1)));
        }

        return endpoints;
    }
}
