using Microsoft.Extensions.Logging;
using Npgsql;
using PixeeEvents.EventLog;
using PixeeEvents.Webhooks.Deliveries;
using PixeeEvents.Webhooks.Events;
using PixeeEvents.Webhooks.Nodes;
using PixeeEvents.Webhooks.Subscriptions;

namespace PixeeEvents.Webhooks.FanOut;

/// <summary>
/// Turns public messages into deliveries: one for each subscription that wants the message, or one for each of its items.
/// </summary>
/// <remarks>
/// <para>
/// One node at a time does this, for all companies, in the order of the log: a message that is visible has every earlier message
/// about the same entity visible before it, since their writers queued on the entity's lock. So sequences have no holes and
/// lanes are in version order, without waiting for writers of other entities to settle.
/// </para>
/// <para>
/// A message that cannot be read holds back those of its company that come after it, which may be about the same entity, and those
/// of no other company. It is told in the log and tried again from time to time.
/// </para>
/// <para>
/// A message is marked as taken in the transaction that writes its deliveries: a crash leaves both or neither. That transaction
/// does not wait for the disk; if the database itself dies, both are lost together and made again.
/// </para>
/// </remarks>
internal sealed partial class MessageFanOut(
    NpgsqlDataSource dataSource, SubscriptionTable subscriptions, IMessageItems items, NodeOptions options, TimeProvider time,
    ILogger<MessageFanOut> logger)
{
    /// <summary>How long a message that could not be read is left alone.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(30);

    private const int Page = 200;
    private const int EnoughDeliveries = 10_000;
    private const long OneAtATime = 0x7069_7865_6501;

    /// <summary>Companies whose next message could not be read, and until when they are passed over.</summary>
    private readonly Dictionary<string, DateTimeOffset> _stuck = new(StringComparer.Ordinal);

    /// <summary>Takes a page of messages.</summary>
    /// <returns>
    /// Whose deliveries were written, how many messages were taken, and whether there may be more; null when another node is at it.
    /// </returns>
    public async Task<(IReadOnlyCollection<(string Tenant, Guid Subscription)> Owed, int Found, bool More)?> Take(
        CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        IReadOnlyList<OutboxRecord> messages;
        await using (var begin = new NpgsqlBatch(connection))
        {
            begin.Add("begin");
            begin.Add("set local synchronous_commit = off");
            begin.Add("select pg_try_advisory_xact_lock($1)", Sql.Long(OneAtATime));
            begin.Add(
                $"""
                 select {OutboxRecord.Columns} from outbox o
                 where o.taken_at is null and o.tenant_id <> all($2) order by o.last_seq_id, o.id limit $1
                 """,
                Sql.Long(Page), Sql.Texts(_stuck.Where(s => s.Value > time.GetUtcNow()).Select(s => s.Key)));
            await using var reader = await begin.ExecuteReaderAsync(cancellationToken);
            await reader.ReadAsync(cancellationToken);
            if (!reader.GetBoolean(0))
            {
                return null;
            }

            await reader.NextResultAsync(cancellationToken);
            messages = await OutboxRecord.ReadAll(reader, cancellationToken);
        }

        if (messages.Count == 0)
        {
            return ([], 0, false);
        }

        var wanted = (await subscriptions.Matching([.. messages.Select(m => m.Tenant).Distinct(StringComparer.Ordinal)], cancellationToken))
            .ToLookup(s => s.Tenant, StringComparer.Ordinal);
        var (matches, taken) = (new List<MatchedEvent>(), new List<OutboxRecord>(messages.Count));
        var stuck = new HashSet<string>(StringComparer.Ordinal);
        var looked = 0;
        while (looked < messages.Count && matches.Count < EnoughDeliveries)
        {
            var message = messages[looked++];
            if (stuck.Contains(message.Tenant))
            {
                continue;
            }

            try
            {
                matches.AddRange(await Select(message, wanted, cancellationToken));
                taken.Add(message);
                _stuck.Remove(message.Tenant);
            }
            catch (Exception e) when (IsOfTheMessage(e))
            {
                LogUnreadable(e, message.Id, message.Type, message.Tenant);
                stuck.Add(message.Tenant);
                _stuck[message.Tenant] = time.GetUtcNow() + Rest;
            }
        }

        await using var write = new NpgsqlBatch(connection);
        var owed = await Place(connection, matches, write, cancellationToken);
        write.Add(
            """
            update outbox o set taken_at = $3
            from unnest($1::text[], $2::uuid[]) as m(tenant_id, id) where o.tenant_id = m.tenant_id and o.id = m.id
            """,
            Sql.Texts(taken.Select(m => m.Tenant)), Sql.Uuids(taken.Select(m => m.Id)), Sql.Timestamp(time.GetUtcNow()));
        write.Add("commit");
        await write.ExecuteNonQueryAsync(cancellationToken);
        return (owed, taken.Count, looked < messages.Count || messages.Count == Page);
    }

    [LoggerMessage(
        LogLevel.Error, "Webhooks: message {Message} ({Type}) of {Company} cannot be read; the company's later messages wait for it")]
    private partial void LogUnreadable(Exception e, Guid message, string type, string company);

    /// <summary>A database that ends or cuts off our sessions (class 57) says nothing about the message.</summary>
    private static bool IsOfTheMessage(Exception failure) => failure is not (
        OperationCanceledException or NpgsqlException { IsTransient: true } or PostgresException { SqlState: ['5', '7', ..] });

    /// <summary>What each subscription is to get of a message.</summary>
    private async Task<IEnumerable<MatchedEvent>> Select(
        OutboxRecord message, ILookup<string, Subscription> wanted, CancellationToken cancellationToken)
    {
        var takers = wanted[message.Tenant].Where(s => MatchedEvent.Wants(s, message)).ToList();
        if (takers.Count == 0)
        {
            return [];
        }

        var all = takers.Exists(s => MatchedEvent.NeedsItems(s, message)) ? await items.ItemsOf(message, cancellationToken) : [];
        return takers.SelectMany(s => MatchedEvent.Of(s, message, all));
    }

    /// <summary>Numbers what was matched, finds its places in the lanes, and adds the statements that write them.</summary>
    private async Task<IReadOnlyCollection<(string Tenant, Guid Subscription)>> Place(
        NpgsqlConnection connection, List<MatchedEvent> matches, NpgsqlBatch write, CancellationToken cancellationToken)
    {
        if (matches.Count == 0)
        {
            return [];
        }

        var endpoints = await DeliveryTable.LockEndpoints(
            connection, [.. matches.Select(s => (s.Subscription.Tenant, s.Subscription.Id)).Distinct()], cancellationToken);
        var lanes = await DeliveryTable.Lanes(
            connection,
            [
                .. matches.Where(s => s.Entity is not null).Select(s => (s.Subscription, s.Entity!.Value))
                    .DistinctBy(l => (l.Subscription.Id, l.Value)),
            ],
            cancellationToken);
        var superseded = new List<(string, Guid)>();
        var deliveries = new List<NewDelivery>(matches.Count);
        foreach (var match in matches)
        {
            if (!endpoints.TryGetValue(match.Subscription.Id, out var endpoint))
            {
                continue;
            }

            var (id, subscription) = (Guid.CreateVersion7(time.GetUtcNow()), match.Subscription);
            var (isDue, replaced, from) = match.Entity is { } lane
                ? lanes[(subscription.Id, lane)].Add(id, match.PreviousVersion, match.Supersedes, subscription.LatestWins)
                : (true, [], match.PreviousVersion);
            superseded.AddRange(replaced.Select(r => (subscription.Tenant, r)));
            endpoint.LastSequence++;
            deliveries.Add(match.Deliver(id, endpoint.LastSequence, from, isDue, options.PublicUrl));
        }

        DeliveryTable.AddDeliveries(write, deliveries, time.GetUtcNow());
        // Those that were replaced in the very page that brought them are among the rows just written.
        DeliveryTable.AddSuperseded(write, superseded, time.GetUtcNow());
        DeliveryTable.AddSequences(write, endpoints.Values);
        return
        [
            .. deliveries.Where(d => d.IsDue && endpoints[d.Subscription].IsEnabled).Select(d => (d.Tenant, d.Subscription)).Distinct(),
        ];
    }
}
