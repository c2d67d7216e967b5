using Npgsql;
using PixeeEvents.Postgres;

namespace PixeeEvents.Webhooks.Reports;

/// <summary>What waits to be told, over all companies and nodes.</summary>
/// <param name="Due">Deliveries of enabled subscriptions that are due and not under way.</param>
/// <param name="OldestDue">How long the first of them has been due; zero when none is.</param>
/// <param name="FanOutLag">How long the first message that is not a delivery yet has waited; zero when none does.</param>
/// <param name="Failing">Enabled subscriptions whose endpoint has been failing.</param>
public sealed record DeliveryBacklog(long Due, TimeSpan OldestDue, TimeSpan FanOutLag, long Disabled, long Failing)
{
    internal static Query<DeliveryBacklog> Now { get; } = new(
        """
        select d.due, d.age, o.lag, s.disabled, s.failing from (
            select count(*) as due, coalesce(extract(epoch from clock_timestamp() - min(d.due_at))::float8, 0) as age
            from webhooks.subscriptions s
            join webhooks.deliveries d on d.tenant_id = s.tenant_id and d.subscription_id = s.id
            where s.state = 'enabled' and d.state = 'waiting' and d.due_at <= clock_timestamp() and d.lease_until is null) d,
        (select coalesce(extract(epoch from clock_timestamp() - min(o.occurred_at))::float8, 0) as lag
            from outbox o where o.taken_at is null) o,
        (select count(*) filter (where s.state = 'disabled') as disabled,
                count(*) filter (where s.state = 'enabled' and e.failing_since is not null) as failing
            from webhooks.subscriptions s join webhooks.endpoints e on e.tenant_id = s.tenant_id and e.subscription_id = s.id) s
        """,
        [],
        async (reader, stop) =>
        {
            await reader.ReadAsync(stop);
            return new DeliveryBacklog(
                reader.GetInt64(0), TimeSpan.FromSeconds(reader.GetDouble(1)), TimeSpan.FromSeconds(reader.GetDouble(2)),
                reader.GetInt64(3),
                reader.GetInt64(4));
        });
}
