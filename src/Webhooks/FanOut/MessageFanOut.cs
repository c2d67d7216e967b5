using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Npgsql;
using PixeeEvents.EventLog;
using PixeeEvents.Webhooks.Deliveries;
using PixeeEvents.Webhooks.Events;
using PixeeEvents.Webhooks.Nodes;
using PixeeEvents.Webhooks.Subscriptions;

namespace PixeeEvents.Webhooks.FanOut;

/// <summary>
/// Turns a company's public messages into deliveries: one for each subscription that wants the message, or one for each of its items.
/// </summary>
/// <remarks>
/// <para>
/// One node at a time does this for a company, in the order of the log: a message that is visible has every earlier message about the
/// same entity visible before it, since their writers queued on the entity's lock. So sequences have no holes and lanes are in version
/// order, without waiting for writers of other entities to settle.
/// </para>
/// <para>
/// A message that cannot be handled holds back those of its company that come after it, which may be about the same entity, and those
/// of no other company. It is told in the log and tried again, at last after two minutes; then it is set aside, and the company goes on.
/// </para>
/// <para>
/// A message is marked as taken in the transaction that writes its deliveries: a crash leaves both or neither. That transaction
/// does not wait for the disk; if the database itself dies, both are lost together and made again.
/// </para>
/// <para>
/// What still waits after <see cref="Overdue"/> may be what ends the processes that handle it. So it is noted first that its handling
/// begins, page by page and then one by one, by a process that has lived for a while; what has begun so often and never ended is set
/// aside.
/// </para>
/// </remarks>
internal sealed partial class MessageFanOut(
    NpgsqlDataSource dataSource, SubscriptionTable subscriptions, IMessageItems items, NodeOptions options, TimeProvider time,
    ILogger<MessageFanOut> logger)
{
    /// <summary>How long a message waits on a day when all goes well, many times over.</summary>
    private static readonly TimeSpan Overdue = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long a process has lived before it handles what others may have died of: what ends processes as they start, or again and
    /// again for a reason of its own, is not to be blamed on a message.
    /// </summary>
    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(10);

    /// <summary>How long a message is left alone that could not be handled; after the last of them it is set aside.</summary>
    private static readonly TimeSpan[] Rests =
        [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(2)];

    private readonly DateTimeOffset _since = time.GetUtcNow();

    private const int MostBegun = 2;
    private const int Page = 200;
    private const int EnoughDeliveries = 10_000;
    private const string Kind = "fan-out";

    /// <summary>Companies of which this process noted a beginning whose end it could not write: it lives, so they did not end it.</summary>
    private readonly ConcurrentDictionary<string, bool> _begun = new(StringComparer.Ordinal);

    /// <summary>A message that waits, and how its handling went so far.</summary>
    private sealed record Waiting(OutboxRecord Message, int Begun, int Failures, DateTimeOffset? RetryAt)
    {
        /// <summary>It may be what made others fail with it, so it is handled alone.</summary>
        public bool IsSuspect => Begun + Failures > 0;
    }

    /// <summary>Companies with messages that wait and may be tried.</summary>
    public async Task<IReadOnlyList<string>> Waits(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            """
            with recursive t(id) as (
                (select o.tenant_id from outbox o where o.taken_at is null order by o.tenant_id limit 1)
                union all
                select (select o.tenant_id from outbox o where o.taken_at is null and o.tenant_id > t.id order by o.tenant_id limit 1)
                from t where t.id is not null)
            select t.id from t
            cross join lateral (
                select o.retry_at from outbox o where o.tenant_id = t.id and o.taken_at is null order by o.last_seq_id, o.id limit 1) f
            where f.retry_at is null or f.retry_at <= $1
            """).With(Sql.Timestamp(time.GetUtcNow()));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var companies = new List<string>();
        while (await reader.ReadAsync(cancellationToken))
        {
            companies.Add(reader.GetString(0));
        }

        return companies;
    }

    /// <summary>Takes a page of a company's messages. Another node that is at it is waited for.</summary>
    /// <returns>Whose deliveries were written, and whether there may be more.</returns>
    public async Task<(IReadOnlyCollection<Guid> Owed, bool More)> Take(string tenant, CancellationToken cancellationToken)
    {
        await Acquit(tenant, cancellationToken);
        List<Waiting> waiting = [];
        try
        {
            await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
            waiting = await Read(connection, tenant, cancellationToken);
            if (waiting.Count == 0 || waiting[0].RetryAt > time.GetUtcNow())
            {
                return ([], false);
            }

            var more = waiting.Count == Page;
            if (waiting[0].Begun < MostBegun)
            {
                if (waiting[0].Begun > 0 && time.GetUtcNow() - _since < Calm)
                {
                    return ([], false);
                }

                if (waiting[0].IsSuspect || time.GetUtcNow() - waiting[0].Message.OccurredAt > Overdue)
                {
                    more |= waiting.Count > 1;
                    waiting = waiting[0].IsSuspect ? [waiting[0]] : [.. waiting.TakeWhile(w => !w.IsSuspect)];
                    await Note(waiting, "begun + 1", cancellationToken);
                    _begun[tenant] = true;
                }

                var (owed, taken) = await Deliver(connection, waiting.ConvertAll(w => w.Message), cancellationToken);
                _begun.TryRemove(tenant, out _);
                return (owed, more || taken < waiting.Count);
            }
        }
        catch (Exception e) when (waiting.Count > 0 && !NodeFaults.PassesBy(e))
        {
            await (waiting.Count > 1 ? Note(waiting, "1", cancellationToken) : Fail(waiting[0], e, cancellationToken));
            _begun.TryRemove(tenant, out _);
            return ([], true);
        }

        await SetAside(waiting[0].Message, "It ended the process whenever it was handled.", cancellationToken);
        return ([], true);
    }

    [LoggerMessage(
        LogLevel.Error, "Webhooks: message {Message} ({Type}) of {Company} cannot be handled; the company's later messages wait for it")]
    private partial void LogFailed(Exception e, Guid message, string type, string company);

    [LoggerMessage(
        LogLevel.Error,
        "Webhooks: message {Message} ({Type}) of {Company} is dead and set aside; ./pixee messages dead shows it. {Reason}")]
    private partial void LogDead(Guid message, string type, string company, string reason);

    /// <summary>Begins the transaction, holds the company, and reads the messages that wait.</summary>
    private static async Task<List<Waiting>> Read(NpgsqlConnection connection, string tenant, CancellationToken cancellationToken)
    {
        await using var begin = new NpgsqlBatch(connection);
        begin.Add("begin");
        begin.Add("set local synchronous_commit = off");
        // Held in one statement, read in the next: in one, what was committed during the wait would not be seen.
        begin.Add("select pg_advisory_xact_lock(hashtextextended($1, 0))", Sql.Text($"{Kind} {tenant}"));
        begin.Add(
            $"""
             select {OutboxRecord.Columns}, o.begun, o.failures, o.retry_at from outbox o
             where o.tenant_id = $1 and o.taken_at is null order by o.last_seq_id, o.id limit $2
             """,
            Sql.Text(tenant), Sql.Long(Page));
        await using var reader = await begin.ExecuteReaderAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        var waiting = new List<Waiting>();
        while (await reader.ReadAsync(cancellationToken))
        {
            waiting.Add(new Waiting(
                OutboxRecord.Read(reader), reader.GetInt16(reader.GetOrdinal("begun")), reader.GetInt16(reader.GetOrdinal("failures")),
                reader.Nullable<DateTimeOffset>(reader.GetOrdinal("retry_at"))));
        }

        return waiting;
    }

    /// <summary>Notes, for whoever finds it if this process ends now, that these are being handled; or that one of them fails.</summary>
    private async Task Note(List<Waiting> waiting, string begun, CancellationToken cancellationToken)
    {
        await using var note = dataSource.CreateCommand($"update outbox set begun = {begun} where tenant_id = $1 and id = any($2)")
            .With(Sql.Text(waiting[0].Message.Tenant), Sql.Uuids(waiting.Select(w => w.Message.Id)));
        await note.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Takes back what was noted of messages whose handling came to no end that could be written: this process lives.</summary>
    private async Task Acquit(string tenant, CancellationToken cancellationToken)
    {
        if (_begun.ContainsKey(tenant))
        {
            await using var command = dataSource.CreateCommand(
                "update outbox set begun = 0 where tenant_id = $1 and taken_at is null and begun > 0").With(Sql.Text(tenant));
            await command.ExecuteNonQueryAsync(cancellationToken);
            _begun.TryRemove(tenant, out _);
        }
    }

    private async Task Fail(Waiting waiting, Exception failure, CancellationToken cancellationToken)
    {
        var (message, reason) = (waiting.Message, failure.GetBaseException().Message.ReplaceLineEndings(" "));
        if (waiting.Failures >= Rests.Length)
        {
            await SetAside(message, reason, cancellationToken);
            return;
        }

        LogFailed(failure, message.Id, message.Type, message.Tenant);
        await using var command = dataSource.CreateCommand(
            "update outbox set failures = failures + 1, begun = 0, failure = $3, retry_at = $4 where tenant_id = $1 and id = $2")
            .With(
                Sql.Text(message.Tenant), Sql.Uuid(message.Id), Sql.Text(reason),
                Sql.Timestamp(time.GetUtcNow() + Rests[waiting.Failures]));
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task SetAside(OutboxRecord message, string reason, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection);
        batch.Add("begin");
        batch.Add(
            "update outbox set taken_at = $4, dead_at = $4, failure = $3 where tenant_id = $1 and id = $2 and taken_at is null",
            Sql.Text(message.Tenant), Sql.Uuid(message.Id), Sql.Text(reason), Sql.Timestamp(time.GetUtcNow()));
        OperationalEvents.AddDead(batch, message, reason, time.GetUtcNow());
        batch.Add("commit");
        await batch.ExecuteNonQueryAsync(cancellationToken);
        LogDead(message.Id, message.Type, message.Tenant, reason);
    }

    /// <summary>Writes the deliveries of messages, of as many as make enough of them, and commits.</summary>
    /// <returns>Whose they are, and of how many messages.</returns>
    private async Task<(IReadOnlyCollection<Guid> Owed, int Taken)> Deliver(
        NpgsqlConnection connection, List<OutboxRecord> messages, CancellationToken cancellationToken)
    {
        var wanted = await subscriptions.Matching([messages[0].Tenant], cancellationToken);
        var (matches, taken) = (new List<MatchedEvent>(), 0);
        using var activity = WebhookTelemetry.StartFanOut(messages[0].Tenant, messages);
        while (taken < messages.Count && matches.Count < EnoughDeliveries)
        {
            matches.AddRange(await Select(messages[taken++], wanted, cancellationToken));
        }

        await using var write = new NpgsqlBatch(connection);
        var owed = await Place(connection, matches, write, cancellationToken);
        write.Add(
            "update outbox o set taken_at = $3 from unnest($2::uuid[]) as m(id) where o.tenant_id = $1 and o.id = m.id",
            Sql.Text(messages[0].Tenant), Sql.Uuids(messages.Take(taken).Select(m => m.Id)), Sql.Timestamp(time.GetUtcNow()));
        if (!options.Sends)
        {
            owed.ToList().ForEach(subscription => Bell.AddRing(write, subscription));
        }

        write.Add("commit");
        await write.ExecuteNonQueryAsync(cancellationToken);
        return (owed, taken);
    }

    /// <summary>What each subscription is to get of a message.</summary>
    private async Task<IEnumerable<MatchedEvent>> Select(
        OutboxRecord message, IReadOnlyList<Subscription> wanted, CancellationToken cancellationToken)
    {
        var takers = wanted.Where(s => MatchedEvent.Wants(s, message)).ToList();
        if (takers.Count == 0)
        {
            return [];
        }

        var all = takers.Exists(s => MatchedEvent.NeedsItems(s, message)) ? await items.ItemsOf(message, cancellationToken) : [];
        return takers.SelectMany(s => MatchedEvent.Of(s, message, all));
    }

    /// <summary>Numbers what was matched, finds its places in the lanes, and adds the statements that write them.</summary>
    private async Task<IReadOnlyCollection<Guid>> Place(
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
        return [.. deliveries.Where(d => d.IsDue && endpoints[d.Subscription].IsEnabled).Select(d => d.Subscription).Distinct()];
    }
}
