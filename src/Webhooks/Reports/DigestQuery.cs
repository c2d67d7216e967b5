using System.Security.Cryptography;
using System.Text;
using Npgsql;
using PixeeEvents.EventLog;

namespace PixeeEvents.Webhooks.Reports;

/// <summary>What a subscription is owed of an hour: a receiver that computes the same hash has everything.</summary>
internal sealed class DigestQuery(NpgsqlDataSource dataSource, TimeProvider time)
{
    /// <param name="hour">Its first instant; the hour goes by the time of the events, not of their deliveries.</param>
    public async Task<Result<Digest>> Of(string tenant, Guid subscription, DateTimeOffset hour, CancellationToken cancellationToken)
    {
        await using var batch = dataSource.CreateBatch();
        // Asked first: what is taken afterwards is among the deliveries then.
        batch.Add(
            """
            select exists (select from outbox where tenant_id = $1 and taken_at is null and occurred_at < $2),
                exists (select from webhooks.endpoints where tenant_id = $1 and subscription_id = $3 and swept_until > $4)
            """,
            Sql.Text(tenant), Sql.Timestamp(hour.AddHours(1)), Sql.Uuid(subscription), Sql.Timestamp(hour));
        batch.Add(
            """
            select event_id, min(type), min(sequence), (array_agg(entity))[1], max(version),
                case when bool_or(state = 'delivered') then 'delivered' when bool_or(state = 'waiting') then 'waiting' else 'exhausted' end
            from webhooks.deliveries
            where tenant_id = $1 and subscription_id = $2 and occurred_at >= $3 and occurred_at < $4
              and origin <> 'test' and state in ('waiting', 'delivered', 'exhausted')
            group by event_id order by event_id
            """,
            Sql.Text(tenant), Sql.Uuid(subscription), Sql.Timestamp(hour), Sql.Timestamp(hour.AddHours(1)));
        var events = new List<DigestEvent>();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var isOver = time.GetUtcNow() >= hour.AddHours(1) && !reader.GetBoolean(0);
        if (reader.GetBoolean(1))
        {
            return new(Refusals.NotKept);
        }

        await reader.NextResultAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var one = new DigestEvent(
                reader.GetGuid(0), reader.GetString(1), reader.Nullable<long>(2), reader.Nullable<Guid>(3),
                reader.Nullable<long>(4), reader.GetString(5));
            events.Add(one);
            hash.AppendData(Encoding.ASCII.GetBytes(one.Line));
        }

        return new(new Digest(
            hour, isOver && events.All(e => e.State != "waiting"), Convert.ToHexStringLower(hash.GetHashAndReset()), events));
    }
}
