using Npgsql;
using PixeeEvents.EventLog;
using PixeeEvents.Webhooks.Deliveries;
using PixeeEvents.Webhooks.Events;
using PixeeEvents.Webhooks.FanOut;
using PixeeEvents.Webhooks.Nodes;
using PixeeEvents.Webhooks.Subscriptions;

namespace PixeeEvents.Webhooks.Replays;

/// <summary>
/// Sends again what a subscription asked for, a page at a time: the next page is written when few of the last still wait, so a
/// replay goes at the endpoint's own pace and live events never queue behind more than a page of it. Where a replay stands is
/// written with each page; any node can go on with it.
/// </summary>
internal sealed class ReplayRunner(
    NpgsqlDataSource dataSource, SubscriptionTable subscriptions, IMessageItems items, NodeOptions options, TimeProvider time)
{
    private const int PageSize = 500;

    private sealed record Replay(
        string Tenant, Guid Id, Guid Subscription, DateTimeOffset? Since, DateTimeOffset? Until, string[]? Types, bool OnlyFailed,
        long Position, long End, DateTimeOffset CreatedAt);

    private const string HasRoom =
        """
        exists (select from webhooks.subscriptions s where s.tenant_id = r.tenant_id and s.id = r.subscription_id and s.state = 'enabled')
          and (select count(*) from (
              select from webhooks.deliveries d
              where d.tenant_id = r.tenant_id and d.replay_id = r.id and d.state = 'waiting' limit $1) w) < $1 / 2
        """;

    /// <summary>Running replays that have room for a page.</summary>
    public async Task<IReadOnlyList<SendReplay>> Waits(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            $"select r.tenant_id, r.id from webhooks.replays r where r.state = 'running' and {HasRoom}").With(Sql.Int(PageSize));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var waiting = new List<SendReplay>();
        while (await reader.ReadAsync(cancellationToken))
        {
            waiting.Add(new SendReplay(reader.GetString(0), reader.GetGuid(1)));
        }

        return waiting;
    }

    /// <summary>Writes one page. A replay whose page cannot be made has failed.</summary>
    /// <returns>Whose deliveries were written, and whether another page can follow at once.</returns>
    public async Task<(IReadOnlyCollection<Guid> Owed, bool More)> Page(SendReplay asked, CancellationToken cancellationToken)
    {
        try
        {
            return await Write(asked, cancellationToken);
        }
        catch (Exception e) when (!NodeFaults.PassesBy(e))
        {
            await using var end = dataSource.CreateCommand(
                "update webhooks.replays set state = 'failed', ended_at = $3 where tenant_id = $1 and id = $2 and state = 'running'")
                .With(Sql.Text(asked.Tenant), Sql.Uuid(asked.Replay), Sql.Timestamp(time.GetUtcNow()));
            await end.ExecuteNonQueryAsync(cancellationToken);
            throw;
        }
    }

    private async Task<(IReadOnlyCollection<Guid> Owed, bool More)> Write(SendReplay asked, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        if (await Claim(connection, asked, cancellationToken) is not { } replay
            || (await subscriptions.Find(replay.Tenant, replay.Subscription, cancellationToken)) is not { } subscription)
        {
            return ([], false);
        }

        var (found, position, ended) = replay.OnlyFailed
            ? await Failed(connection, replay, cancellationToken)
            : await Past(connection, replay, subscription, cancellationToken);
        var endpoints = await DeliveryTable.LockEndpoints(connection, [(replay.Tenant, replay.Subscription)], cancellationToken);
        if (!endpoints.TryGetValue(replay.Subscription, out var endpoint) || !endpoint.IsEnabled)
        {
            return ([], false);
        }

        var deliveries = await Place(connection, replay, subscription, found, cancellationToken);
        await using var write = new NpgsqlBatch(connection);
        DeliveryTable.AddDeliveries(write, deliveries, time.GetUtcNow());
        write.Add(
            """
            update webhooks.replays
            set position = $3, enqueued = enqueued + $4,
                state = case when $5 then 'done' else 'running' end, ended_at = case when $5 then $6 end
            where tenant_id = $1 and id = $2
            """,
            Sql.Text(replay.Tenant), Sql.Uuid(replay.Id), Sql.Long(position), Sql.Long(deliveries.Count), Sql.Bool(ended),
            Sql.Timestamp(time.GetUtcNow()));
        write.Add("commit");
        await write.ExecuteNonQueryAsync(cancellationToken);
        return (deliveries.Count > 0 ? [replay.Subscription] : [], !ended || deliveries.Count > 0);
    }

    /// <summary>
    /// Puts each delivery in the lane that its entity has in this replay, apart from that of live events. The caller holds the endpoint's
    /// lock.
    /// </summary>
    private static async Task<List<NewDelivery>> Place(
        NpgsqlConnection connection, Replay replay, Subscription subscription, List<NewDelivery> deliveries,
        CancellationToken cancellationToken)
    {
        var placed = deliveries.ConvertAll(d => d.Entity is { } entity ? d with { Lane = StreamId.Of(replay.Id, entity.ToString()) } : d);
        var lanes = await DeliveryTable.Lanes(
            connection, [.. placed.Where(d => d.Lane is not null).Select(d => (subscription, d.Lane!.Value)).Distinct()],
            cancellationToken);
        return placed.ConvertAll(d => d.Lane is { } lane
            ? d with { IsDue = lanes[(subscription.Id, lane)].Add(d.Id, d.PreviousVersion, supersedes: false, latestWins: false).IsDue }
            : d);
    }

    /// <summary>
    /// A replay that runs, or goes on after it failed, and has room for a page, under its lock. Reading the page may take a while, in
    /// which its endpoint is nobody's.
    /// </summary>
    private static async Task<Replay?> Claim(NpgsqlConnection connection, SendReplay asked, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.Add("begin");
        batch.Add(
            $"""
             select r.tenant_id, r.id, r.subscription_id, r.since, r.until, r.types, r.only_failed, r.position, r.end_position, r.created_at
             from webhooks.replays r
             where r.tenant_id = $2 and r.id = $3 and r.state in ('running', 'failed') and {HasRoom} for update of r skip locked
             """,
            Sql.Int(PageSize), Sql.Text(asked.Tenant), Sql.Uuid(asked.Replay));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? new Replay(
                reader.GetString(0), reader.GetGuid(1), reader.GetGuid(2), reader.Nullable<DateTimeOffset>(3),
                reader.Nullable<DateTimeOffset>(4), reader.NullableArray<string>(5), reader.GetBoolean(6), reader.GetInt64(7),
                reader.GetInt64(8), reader.GetFieldValue<DateTimeOffset>(9))
            : null;
    }

    /// <summary>From the log: every message of the time asked for, with the bytes it was first sent with where it was.</summary>
    private async Task<(List<NewDelivery> Deliveries, long Position, bool Ended)> Past(
        NpgsqlConnection connection, Replay replay, Subscription subscription, CancellationToken cancellationToken)
    {
        var messages = await Messages(connection, replay, cancellationToken);
        var matches = new List<MatchedEvent>();
        var taken = 0;
        // Messages of one call share a position: they are taken together.
        while (taken < messages.Count && (matches.Count < PageSize || messages[taken].LastSequence == messages[taken - 1].LastSequence))
        {
            var message = messages[taken++];
            if (MatchedEvent.Wants(subscription, message) && (replay.Types is null || Subscription.Covers(replay.Types, message.Type)))
            {
                var all = MatchedEvent.NeedsItems(subscription, message) ? await items.ItemsOf(message, cancellationToken) : [];
                matches.AddRange(MatchedEvent.Of(subscription, message, all));
            }
        }

        var sent = await Sent(connection, replay, [.. matches.Select(s => s.Event)], cancellationToken);
        var deliveries = matches.ConvertAll(s =>
        {
            var delivery = s.Deliver(
                Guid.CreateVersion7(time.GetUtcNow()), sequence: null, s.PreviousVersion, isDue: true, options.PublicUrl);
            var before = sent.TryGetValue(s.Event, out var known) ? known : (delivery.Body, Sequence: null);
            return delivery with
            {
                Origin = Origin.Replay,
                Replay = replay.Id,
                Supersedes = false,
                Body = before.Body,
                Sequence = before.Sequence,
            };
        });
        var ended = taken == messages.Count && messages.Count < PageSize;
        return (deliveries, taken > 0 ? messages[taken - 1].LastSequence : replay.End, ended);
    }

    /// <summary>A page of messages that ends with the last of a call.</summary>
    private static async Task<IReadOnlyList<OutboxRecord>> Messages(
        NpgsqlConnection connection, Replay replay, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            $"""
             select {OutboxRecord.Columns} from outbox o
             where o.tenant_id = $1 and o.last_seq_id > $2 and o.last_seq_id <= $3 and o.dead_at is null and ($4::timestamptz is null
                 or o.occurred_at >= $4)
               and ($5::timestamptz is null or o.occurred_at < $5)
             order by o.last_seq_id fetch first ($6) rows with ties
             """,
            connection).With(
                Sql.Text(replay.Tenant), Sql.Long(replay.Position), Sql.Long(replay.End), Sql.Timestamp(replay.Since),
                Sql.Timestamp(replay.Until), Sql.Long(PageSize));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return [.. (await OutboxRecord.ReadAll(reader, cancellationToken)).OrderBy(m => m.LastSequence).ThenBy(m => m.Id)];
    }

    private static async Task<Dictionary<Guid, (byte[] Body, long? Sequence)>> Sent(
        NpgsqlConnection connection, Replay replay, IReadOnlyList<Guid> events, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            select d.event_id, d.body, d.sequence from unnest($3::uuid[]) as u(event_id)
            join webhooks.deliveries d on d.tenant_id = $1 and d.subscription_id = $2 and d.event_id = u.event_id and d.origin = 'event'
            """,
            connection).With(Sql.Text(replay.Tenant), Sql.Uuid(replay.Subscription), Sql.Uuids(events));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var sent = new Dictionary<Guid, (byte[], long?)>();
        while (await reader.ReadAsync(cancellationToken))
        {
            sent.Add(reader.GetGuid(0), (reader.GetFieldValue<byte[]>(1), reader.Nullable<long>(2)));
        }

        return sent;
    }

    /// <summary>
    /// From the deliveries: those that were exhausted and have not arrived since. Here a position is one of the delivery table.
    /// </summary>
    private static async Task<(List<NewDelivery> Deliveries, long Position, bool Ended)> Failed(
        NpgsqlConnection connection, Replay replay, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            select d.ordinal, d.event_id, d.message_id, d.type, d.sequence, d.entity, d.previous_version, d.version, d.body, d.traceparent,
                d.occurred_at
            from webhooks.deliveries d
            where d.tenant_id = $1 and d.subscription_id = $2 and d.state = 'exhausted' and d.origin = 'event' and d.ordinal > $3
              and d.created_at <= $4
              and ($5::timestamptz is null or d.occurred_at >= $5) and ($6::timestamptz is null or d.occurred_at < $6)
              and ($7::text[] is null or exists (select from unnest($7) t where d.type like replace(t, '*', '%')))
              and not exists (
                  select from webhooks.deliveries o
                  where o.tenant_id = d.tenant_id and o.subscription_id = d.subscription_id and o.event_id = d.event_id
                    and o.state = 'delivered')
            order by d.ordinal limit $8
            """,
            connection).With(
                Sql.Text(replay.Tenant), Sql.Uuid(replay.Subscription), Sql.Long(replay.Position), Sql.Timestamp(replay.CreatedAt),
                Sql.Timestamp(replay.Since), Sql.Timestamp(replay.Until), replay.Types is null ? Sql.NoTexts() : Sql.Texts(replay.Types),
                Sql.Long(PageSize));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var deliveries = new List<NewDelivery>();
        var position = replay.Position;
        while (await reader.ReadAsync(cancellationToken))
        {
            position = reader.GetInt64(0);
            deliveries.Add(new NewDelivery(
                replay.Tenant, replay.Subscription, Guid.CreateVersion7(), reader.GetGuid(1), reader.Nullable<Guid>(2), reader.GetString(3),
                Origin.Replay, replay.Id, reader.Nullable<long>(4), null, false, reader.Nullable<Guid>(5), reader.Nullable<long>(6),
                reader.Nullable<long>(7), reader.GetFieldValue<byte[]>(8), reader.NullableText(9), IsDue: true,
                reader.GetFieldValue<DateTimeOffset>(10)));
        }

        return (deliveries, position, deliveries.Count < PageSize);
    }
}
