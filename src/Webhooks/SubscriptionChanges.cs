using Npgsql;
using PixeeEvents.EventSourcing;

namespace PixeeEvents.Webhooks;

/// <summary>
/// Changes of a subscription by its owner. Disabling holds what waits and enabling lets it go, in the transaction that changes the
/// state and under the subscription's lock, so that no delivery falls between the two.
/// </summary>
internal sealed class SubscriptionChanges(Subscriptions subscriptions, TimeProvider time)
{
    public const string ByOwner = "by its owner";

    /// <param name="change">Gives the subscription as it shall be; may throw to leave it as it is.</param>
    /// <param name="backlog">What to do with what was held, when the change enables the subscription.</param>
    public async Task<Result<Changed>> Apply(
        string tenant, Guid id, Func<Subscription, Subscription> change, Backlog backlog, CancellationToken cancellationToken)
    {
        await using var locked = await subscriptions.Lock(tenant, id, cancellationToken);
        if (locked is null)
        {
            return new(Refusals.NoSubscription);
        }

        var (before, now) = (locked.Subscription, time.GetUtcNow());
        var after = change(before);
        if (after == before)
        {
            return new(new Changed(before, new Released(0, 0, 0)));
        }

        after = after with { UpdatedAt = now, StateReason = after.IsEnabled ? null : before.StateReason ?? ByOwner };
        var released = new Released(0, 0, 0);
        await using (var batch = locked.Batch())
        {
            Subscriptions.AddUpdate(batch, after);
            if (before.IsEnabled && !after.IsEnabled)
            {
                AddHold(batch, after);
                AddNotice(batch, after, "webhook.disabled", $"Disabled {ByOwner}.", now);
            }

            await batch.ExecuteNonQueryAsync(cancellationToken);
        }

        if (!before.IsEnabled && after.IsEnabled)
        {
            released = await Release(locked, backlog, now, cancellationToken);
        }

        await locked.Commit(cancellationToken);
        return new(new Changed(after, released));
    }

    /// <summary>A request that is under way goes on; its answer still counts.</summary>
    private static void AddHold(NpgsqlBatch batch, Subscription subscription) => batch.Add(
        "update webhooks.deliveries set state = 'held', due_at = null where tenant_id = $1 and subscription_id = $2 and state = 'waiting'",
        Sql.Text(subscription.Tenant), Sql.Uuid(subscription.Id));

    private static void AddNotice(NpgsqlBatch batch, Subscription subscription, string type, string detail, DateTimeOffset now) => batch.Add(
        "insert into webhooks.notices (tenant_id, id, subscription_id, type, at, detail) values ($1, $2, $3, $4, $5, $6)",
        Sql.Text(subscription.Tenant), Sql.Uuid(Guid.CreateVersion7(now)), Sql.Uuid(subscription.Id), Sql.Text(type), Sql.Timestamp(now), Sql.Text(detail));

    private static async Task<Released> Release(LockedSubscription locked, Backlog backlog, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var subscription = locked.Subscription;
        await using var batch = locked.Batch();
        // Whatever it had failed before, it starts anew: the breaker shut, no days counted against it.
        batch.Add(
            """
            update webhooks.endpoints set is_open = false, hold_until = null, failing_since = null, failed_attempts = 0, failed_lanes = 0, last_failed_lane = null,
                notices = 0, noticed_at = null
            where tenant_id = $1 and subscription_id = $2
            """,
            Sql.Text(subscription.Tenant), Sql.Uuid(subscription.Id));
        AddNotice(batch, subscription, "webhook.enabled", $"Enabled {ByOwner}; of what was held, {backlog.ToString().ToLowerInvariant()}.", now);
        // Of each lane only the head is due; one whose request is under way stays, because it can no longer be called back.
        batch.Add(
            """
            with held as (
                select id, lane, ordinal, lane is null or lease_until > $4 or ordinal = max(ordinal) over (partition by lane) as is_latest
                from webhooks.deliveries where tenant_id = $1 and subscription_id = $2 and state = 'held'
            ), kept as (
                select id, lane is null or ordinal = min(ordinal) over (partition by lane) as is_head
                from held where $3 = 'all' or ($3 = 'latest' and is_latest)
            ), released as (
                update webhooks.deliveries d set
                    state = case when k.id is not null then 'waiting' when $3 = 'latest' then 'superseded' else 'cancelled' end,
                    due_at = case when k.is_head then $4 end,
                    settled_at = case when k.id is null then $4 end
                from held h left join kept k on k.id = h.id
                where d.tenant_id = $1 and d.id = h.id
                returning d.state
            )
            select count(*) filter (where state = 'waiting'), count(*) filter (where state = 'superseded'), count(*) filter (where state = 'cancelled') from released
            """,
            Sql.Text(subscription.Tenant), Sql.Uuid(subscription.Id), Sql.Text(backlog.ToString().ToLowerInvariant()), Sql.Timestamp(now));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new Released(reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2));
    }
}
