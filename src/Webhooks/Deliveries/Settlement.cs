using Microsoft.Extensions.Logging;
using Npgsql;
using PixeeEvents.EventLog;
using PixeeEvents.Webhooks.Events;
using PixeeEvents.Webhooks.Nodes;
using PixeeEvents.Webhooks.Reports;
using PixeeEvents.Webhooks.Sending;
using PixeeEvents.Webhooks.Subscriptions;

namespace PixeeEvents.Webhooks.Deliveries;

/// <summary>
/// Writes down what attempts came to, and what follows from it for the delivery, its lane and its endpoint, in one transaction.
/// </summary>
internal sealed partial class Settlement(NpgsqlDataSource dataSource, TimeProvider time, ILogger<Settlement> logger)
{
    /// <summary>How long the next of a lane waits at most when it takes the place of one that failed.</summary>
    private static readonly TimeSpan AfterAFailure = TimeSpan.FromSeconds(5);

    private const string HealthColumns =
        """
        e.hold_until, e.is_open, e.pace, e.paced_at, e.failing_since, e.failed_attempts, e.failed_lanes, e.last_failed_lane, e.notices,
        e.noticed_at, e.last_success_at, e.last_failure_at
        """;

    public async Task Write(IReadOnlyList<CompletedAttempt> done, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var endpoints = await Lock(connection, done, cancellationToken);
        var now = time.GetUtcNow();
        var steps = done.Where(d => endpoints.ContainsKey(d.Subscription.Id)).Select(d => Judge(d, endpoints, now)).ToList();
        var successors = await Successors(connection, steps, cancellationToken);
        await using var batch = new NpgsqlBatch(connection);
        AddOutcomes(batch, steps, now);
        AddSuccessors(batch, steps, successors, now);
        AddPromotions(batch, steps, now);
        AddHealth(batch, endpoints);
        foreach (var step in steps)
        {
            AddNotices(batch, step, endpoints[step.Done.Subscription.Id].Health, now);
        }

        batch.Add("commit");
        await batch.ExecuteNonQueryAsync(cancellationToken);
        foreach (var (attempt, notice) in steps.Where(s => s.Notice is not null).Select(s => (s.Done, s.Notice!.Value)))
        {
            LogEndpoint(attempt.Subscription.Id, attempt.Subscription.Name, attempt.Delivery.Tenant, notice switch
            {
                HealthNotice.Failing => "has failed for half of the time after which it is disabled",
                HealthNotice.DisableTomorrow => "fails and will be disabled in 24 hours",
                HealthNotice.Disabled => "failed for five days and is disabled",
                _ => "answered 410 Gone and is disabled",
            });
        }
    }

    [LoggerMessage(LogLevel.Warning, "Webhooks: {Webhook} ({Name}) of {Company} {What}")]
    private partial void LogEndpoint(Guid webhook, string name, string company, string what);

    /// <summary>What one attempt leads to.</summary>
    /// <param name="State">Null leaves it as it is.</param>
    private sealed record Step(CompletedAttempt Done, string? State, DateTimeOffset? Due, HealthNotice? Notice);

    /// <summary>A delivery that takes the place of a failed one, with the body it is to have.</summary>
    private sealed record Successor(string Tenant, Guid Failed, Guid Id, long? PreviousVersion, byte[] Body);

    private sealed class Endpoint(EndpointHealth before, bool isEnabled)
    {
        private EndpointHealth? _after;

        public EndpointHealth Health
        {
            get => _after ?? before;
            set => _after = value;
        }

        /// <summary>Of several answers that disable it, the first does.</summary>
        public bool IsEnabled { get; set; } = isEnabled;

        public bool HasChanged => _after is not null && _after != before;
    }

    private static Step Judge(CompletedAttempt done, Dictionary<Guid, Endpoint> endpoints, DateTimeOffset now)
    {
        if (done.IsInterrupted)
        {
            return new Step(done, "waiting", now, null);
        }

        var endpoint = endpoints[done.Subscription.Id];
        var verdict = EndpointHealth.Judge(done.Answer);
        if (verdict is Verdict.Delivered)
        {
            endpoint.Health = endpoint.Health.AfterSuccess(now);
            return new Step(done, "delivered", null, null);
        }

        var delivery = done.Delivery;
        (endpoint.Health, var notice) = endpoint.Health.AfterFailure(
            verdict, delivery.Lane ?? delivery.Id, delivery.Id, done.Answer.RetryAfter, counts: !delivery.IsByHand, now);
        if (notice is HealthNotice.Gone or HealthNotice.Disabled)
        {
            (notice, endpoint.IsEnabled) = (endpoint.IsEnabled ? notice : null, false);
        }

        var delay = delivery.Origin is Origin.Test
            ? null
            : RetrySchedule.DelayAfter(done.Subscription, delivery.Attempts + 1, Random.Shared.NextDouble());
        return delay is { } wait ? new Step(done, "waiting", now + wait, notice) : new Step(done, "exhausted", null, notice);
    }

    private static async Task<Dictionary<Guid, Endpoint>> Lock(
        NpgsqlConnection connection, IReadOnlyList<CompletedAttempt> done, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.Add("begin");
        batch.Add(
            $"""
             select e.subscription_id, {HealthColumns}, s.state = 'enabled'
             from webhooks.endpoints e join webhooks.subscriptions s on s.tenant_id = e.tenant_id and s.id = e.subscription_id
             where (e.tenant_id, e.subscription_id) in (select u.tenant_id, u.id from unnest($1::text[], $2::uuid[]) as u(tenant_id, id))
             order by e.tenant_id, e.subscription_id for update of e
             """,
            Sql.Texts(done.Select(d => d.Delivery.Tenant)), Sql.Uuids(done.Select(d => d.Subscription.Id)));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var endpoints = new Dictionary<Guid, Endpoint>();
        while (await reader.ReadAsync(cancellationToken))
        {
            endpoints.Add(reader.GetGuid(0), new Endpoint(new EndpointHealth(
                reader.Nullable<DateTimeOffset>(1), reader.GetBoolean(2), reader.Nullable<decimal>(3), reader.Nullable<DateTimeOffset>(4),
                reader.Nullable<DateTimeOffset>(5), reader.GetInt32(6), reader.GetInt32(7), reader.Nullable<Guid>(8), reader.GetInt32(9),
                reader.Nullable<DateTimeOffset>(10), reader.Nullable<DateTimeOffset>(11),
                reader.Nullable<DateTimeOffset>(12)), reader.GetBoolean(13)));
        }

        return endpoints;
    }

    /// <summary>A delivery that was cancelled while it was in flight stays so, unless it arrived.</summary>
    private static void AddOutcomes(NpgsqlBatch batch, List<Step> steps, DateTimeOffset now) => batch.Add(
        """
        with done as (
            select * from unnest($1::text[], $2::uuid[], $3::text[], $4::timestamptz[], $5::bool[], $6::timestamptz[], $7::float8[],
                $8::int[], $9::text[], $10::text[], $11::text[], $12::text[])
                as u(tenant_id, id, state, due_at, interrupted, started_at, duration_ms, status, error, remote_ip, response, trace_id)),
        settled as (
            update webhooks.deliveries d
            set state = case when u.state = 'delivered' or d.state = 'waiting' then u.state else d.state end,
                due_at = case when d.state = 'waiting' then u.due_at end,
                settled_at = case when u.state in ('delivered', 'exhausted')
                    and (u.state = 'delivered' or d.state = 'waiting') then $13 else d.settled_at end,
                lease_until = null, attempts = d.attempts + 1, interruptions = d.interruptions + u.interrupted::int
            from done u where d.tenant_id = u.tenant_id and d.id = u.id
            returning d.tenant_id, d.id, d.attempts)
        insert into webhooks.attempts (tenant_id, delivery_id, number, started_at, duration_ms, status, error, remote_ip, response,
            trace_id)
        select s.tenant_id, s.id, s.attempts, u.started_at, u.duration_ms, u.status, u.error, u.remote_ip, u.response, u.trace_id
        from settled s join done u using (tenant_id, id)
        """,
        Sql.Texts(steps.Select(s => s.Done.Delivery.Tenant)), Sql.Uuids(steps.Select(s => s.Done.Delivery.Id)),
        Sql.Texts(steps.Select(s => s.State)), Sql.NullableTimestamps(steps.Select(s => s.Due)),
        Sql.Bools(steps.Select(s => s.Done.IsInterrupted)), Sql.Timestamps(steps.Select(s => s.Done.StartedAt)),
        Sql.Doubles(steps.Select(s => s.Done.Answer.Duration.TotalMilliseconds)), Sql.NullableInts(steps.Select(s => s.Done.Answer.Status)),
        Sql.Texts(steps.Select(s => s.Done.Answer.Error is { } error ? DeliveryTable.Name(error) : null)),
        Sql.Texts(steps.Select(s => s.Done.Answer.RemoteAddress)), Sql.Texts(steps.Select(s => s.Done.Answer.Response)),
        Sql.Texts(steps.Select(s => s.Done.TraceId)), Sql.Timestamp(now));

    /// <summary>Those that take the places of the failed ones before them in their lanes; they tell from where those did.</summary>
    private static async Task<IReadOnlyList<Successor>> Successors(
        NpgsqlConnection connection, List<Step> steps, CancellationToken cancellationToken)
    {
        var failed = steps.Where(s => s is { State: "waiting", Done: { IsInterrupted: false, Delivery.Lane: not null } })
            .Select(s => s.Done.Delivery).ToList();
        if (failed.Count == 0)
        {
            return [];
        }

        await using var command = new NpgsqlCommand(
            """
            select f.tenant_id, f.id, n.id, f.previous_version, n.body
            from unnest($1::text[], $2::uuid[]) as u(tenant_id, id)
            join webhooks.deliveries f on f.tenant_id = u.tenant_id and f.id = u.id and f.state = 'waiting'
            cross join lateral (
                select w.id, w.supersedes, w.body from webhooks.deliveries w
                where w.tenant_id = f.tenant_id and w.subscription_id = f.subscription_id and w.lane = f.lane and w.state = 'waiting'
                  and w.ordinal > f.ordinal
                order by w.ordinal limit 1) n
            where n.supersedes
            """,
            connection).With(Sql.Texts(failed.Select(d => d.Tenant)), Sql.Uuids(failed.Select(d => d.Id)));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var successors = new List<Successor>();
        while (await reader.ReadAsync(cancellationToken))
        {
            long? from = reader.Nullable<long>(3);
            var body = EventBody.From(reader.GetFieldValue<byte[]>(4), from);
            successors.Add(new Successor(reader.GetString(0), reader.GetGuid(1), reader.GetGuid(2), from, body));
        }

        return successors;
    }

    private static void AddSuccessors(NpgsqlBatch batch, List<Step> steps, IReadOnlyList<Successor> successors, DateTimeOffset now)
    {
        if (successors.Count == 0)
        {
            return;
        }

        var (retries, soon) = (steps.ToDictionary(s => s.Done.Delivery.Id, s => s.Due), now + AfterAFailure);
        DeliveryTable.AddSuperseded(batch, [.. successors.Select(s => (s.Tenant, s.Failed))], now);
        batch.Add(
            """
            update webhooks.deliveries d set due_at = n.due_at, previous_version = n.previous_version, body = n.body
            from unnest($1::text[], $2::uuid[], $3::timestamptz[], $4::bigint[], $5::bytea[]) 
                as n(tenant_id, id, due_at, previous_version, body)
            where d.tenant_id = n.tenant_id and d.id = n.id
            """,
            Sql.Texts(successors.Select(s => s.Tenant)), Sql.Uuids(successors.Select(s => s.Id)),
            Sql.Timestamps(successors.Select(s => retries[s.Failed] is { } retry && retry < soon ? retry : soon)),
            Sql.NullableLongs(successors.Select(s => s.PreviousVersion)), Sql.Bytes(successors.Select(s => s.Body)));
    }

    /// <summary>Lets the next of a lane go when its first is settled.</summary>
    private static void AddPromotions(NpgsqlBatch batch, List<Step> steps, DateTimeOffset now)
    {
        var settled = steps.Where(s => s is { State: not "waiting", Done.Delivery.Lane: not null }).Select(s => s.Done.Delivery).ToList();
        if (settled.Count > 0)
        {
            DeliveryTable.AddPromotions(batch, [.. settled.Select(d => (d.Tenant, d.Subscription, d.Lane!.Value)).Distinct()], now);
        }
    }

    private static void AddHealth(NpgsqlBatch batch, Dictionary<Guid, Endpoint> endpoints)
    {
        foreach (var (id, endpoint) in endpoints.Where(e => e.Value.HasChanged))
        {
            var health = endpoint.Health;
            batch.Add(
                """
                update webhooks.endpoints set hold_until = $2, is_open = $3, pace = $4, paced_at = $5, failing_since = $6,
                    failed_attempts = $7, failed_lanes = $8, last_failed_lane = $9, notices = $10, noticed_at = $11, last_success_at = $12,
                    last_failure_at = $13
                where subscription_id = $1
                """,
                Sql.Uuid(id), Sql.Timestamp(health.HoldUntil), Sql.Bool(health.IsOpen), Sql.Numeric(health.Pace),
                Sql.Timestamp(health.PacedAt), Sql.Timestamp(health.FailingSince), Sql.Int(health.FailedAttempts),
                Sql.Int(health.FailedLanes), Sql.Uuid(health.LastFailedLane), Sql.Int(health.Notices), Sql.Timestamp(health.NoticedAt),
                Sql.Timestamp(health.LastSuccessAt), Sql.Timestamp(health.LastFailureAt));
        }
    }

    private static void AddNotices(NpgsqlBatch batch, Step step, EndpointHealth health, DateTimeOffset now)
    {
        var (done, subscription, delivery) = (step.Done, step.Done.Subscription, step.Done.Delivery);
        if (step is { State: "exhausted" } && delivery.Origin is not Origin.Test)
        {
            Notices.AddExhausted(batch, done, now);
            WebhookTelemetry.Exhausted.Add(1, new KeyValuePair<string, object?>("type", delivery.Type));
        }

        switch (step.Notice)
        {
            case HealthNotice.Failing or HealthNotice.DisableTomorrow:
                Notices.AddFailing(batch, done, health, step.Notice.Value, now);
                break;
            case HealthNotice.Disabled:
                DeliveryTable.AddDisable(batch, delivery.Tenant, delivery.Subscription, "failing", now);
                Notices.AddDisabled(
                    batch, subscription, "failing", "No delivery has succeeded for five days. Events are kept until it is enabled.",
                    health, null, delivery.Traceparent, now);
                break;
            case HealthNotice.Gone:
                DeliveryTable.AddDisable(batch, delivery.Tenant, delivery.Subscription, "gone", now);
                Notices.AddDisabled(
                    batch, subscription, "gone", "The endpoint answered 410 Gone. Events are kept until it is enabled.",
                    health, delivery.Id, delivery.Traceparent, now);
                break;
        }
    }
}
