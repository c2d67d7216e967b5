using Npgsql;
using PixeeEvents.EventLog;
using PixeeEvents.Webhooks.Deliveries;
using PixeeEvents.Webhooks.Nodes;

namespace PixeeEvents.Webhooks.Subscriptions;

/// <summary>
/// Changes of a subscription by its owner, under the subscription's lock. What waits for a disabled one is held; enabling lets it
/// go. Both cost the same however much it is; only giving up what was held takes long, and that goes page by page.
/// </summary>
internal sealed class SubscriptionChanges(SubscriptionTable subscriptions, TimeProvider time)
{
    public const string ByOwner = "by its owner";

    private const int Page = 5000;

    /// <param name="change">Gives the subscription as it shall be; may throw to leave it as it is.</param>
    /// <param name="backlog">What to do with what was held, when the change enables the subscription.</param>
    public async Task<Result<Changed>> Apply(
        string tenant, Guid id, Func<Subscription, Subscription> change, Backlog backlog, CancellationToken cancellationToken)
    {
        var givenUp = 0L;
        while (true)
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

            var enables = !before.IsEnabled && after.IsEnabled;
            if (enables && backlog != Backlog.All)
            {
                var page = await GiveUp(locked, backlog, now, cancellationToken);
                givenUp += page;
                if (page == Page)
                {
                    await locked.Commit(cancellationToken);
                    continue;
                }
            }

            after = after with { UpdatedAt = now, StateReason = after.IsEnabled ? null : before.StateReason ?? ByOwner };
            await using (var batch = locked.Batch())
            {
                subscriptions.AddUpdate(batch, after);
                Bell.AddRing(batch, id);
                if (before.IsEnabled && !after.IsEnabled)
                {
                    Notices.AddDisabled(batch, after, ByOwner, $"Disabled {ByOwner}.", null, null, null, now);
                }

                await batch.ExecuteNonQueryAsync(cancellationToken);
            }

            var toDeliver = enables ? await Release(locked, backlog, now, cancellationToken) : 0;
            await locked.Commit(cancellationToken);
            var (superseded, cancelled) = (backlog == Backlog.Latest ? givenUp : 0, backlog == Backlog.None ? givenUp : 0);
            return new(new Changed(after, new Released(toDeliver, superseded, cancelled)));
        }
    }

    /// <summary>Gives up a page of what was held; the lanes that lost their first get another.</summary>
    /// <returns>How many deliveries; fewer than a page when no more are to go.</returns>
    private static async Task<long> GiveUp(
        LockedSubscription locked, Backlog backlog, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var batch = locked.Batch();
        // One whose request is under way stays, because it can no longer be called back: only its answer is not waited for when all are
        // given up.
        batch.Add(
            $"""
             with page as (
                 select d.id from webhooks.deliveries d
                 where d.tenant_id = $1 and d.subscription_id = $2 and d.state = 'waiting'
                   and ($3 = 'cancelled' or (d.lane is not null and d.lease_until is null and exists (
                       select from webhooks.deliveries n
                       where n.tenant_id = $1 and n.subscription_id = $2 and n.lane = d.lane and n.state = 'waiting'
                         and n.ordinal > d.ordinal)))
                 limit {Page})
             update webhooks.deliveries d set state = $3, due_at = null, settled_at = $4 from page p where d.tenant_id = $1 and d.id = p.id
             returning d.lane
             """,
            Sql.Text(locked.Subscription.Tenant), Sql.Uuid(locked.Subscription.Id),
            Sql.Text(backlog == Backlog.None ? "cancelled" : "superseded"), Sql.Timestamp(now));
        var lanes = new List<Guid?>();
        await using (var reader = await batch.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                lanes.Add(reader.Nullable<Guid>(0));
            }
        }

        await using var promote = locked.Batch();
        DeliveryTable.AddPromotions(
            promote, [.. lanes.OfType<Guid>().Distinct().Select(l => (locked.Subscription.Tenant, locked.Subscription.Id, l))], now);
        await promote.ExecuteNonQueryAsync(cancellationToken);
        return lanes.Count;
    }

    /// <returns>How many deliveries will come.</returns>
    private static async Task<long> Release(
        LockedSubscription locked, Backlog backlog, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var subscription = locked.Subscription;
        await using var batch = locked.Batch();
        // Whatever it had failed before, it starts anew: the breaker shut, no days counted against it, no retry waited for.
        batch.Add(
            """
            update webhooks.endpoints set is_open = false, hold_until = null, failing_since = null, failed_attempts = 0, failed_lanes = 0,
                last_failed_lane = null, notices = 0, noticed_at = null
            where tenant_id = $1 and subscription_id = $2
            """,
            Sql.Text(subscription.Tenant), Sql.Uuid(subscription.Id));
        batch.Add(
            """
            update webhooks.deliveries set due_at = $3
            where tenant_id = $1 and subscription_id = $2 and state = 'waiting' and due_at > $3 and lease_until is null
            """,
            Sql.Text(subscription.Tenant), Sql.Uuid(subscription.Id), Sql.Timestamp(now));
        Notices.AddEnabled(batch, subscription, $"Enabled {ByOwner}; of what was held, {backlog.ToString().ToLowerInvariant()}.", now);
        batch.Add(
            "select count(*) from webhooks.deliveries where tenant_id = $1 and subscription_id = $2 and state = 'waiting'",
            Sql.Text(subscription.Tenant), Sql.Uuid(subscription.Id));
        return (long)(await batch.ExecuteScalarAsync(cancellationToken))!;
    }
}
