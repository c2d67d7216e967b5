using Xunit;

namespace PixeeEvents.EventLog.Tests.Appending;

public sealed class AppendSpecs(LogFixture log) : IClassFixture<LogFixture>
{
    private static readonly TrainScheduled Scheduled = new("TER 7", 200);

    private readonly string _tenant = LogFixture.NewTenant();
    private readonly Guid _train = Guid.NewGuid();

    [Fact]
    public async Task an_append_creates_the_stream_and_continues_it()
    {
        await log.Append(_tenant, _train, Scheduled);
        await log.Append(_tenant, _train, new SeatsBooked(1), new SeatsBooked(2));
        Assert.Equal(["1:train_scheduled", "2:seats_booked", "3:seats_booked"], await log.Events(_tenant, _train));
        Assert.Equal(["train:3"], await log.Rows("select type || ':' || version from mt_streams where id = $1", Sql.Uuid(_train)));
    }

    [Fact]
    public async Task a_single_write_creates_the_stream_and_continues_it_like_a_batch()
    {
        await log.AppendSingle(_tenant, _train, Scheduled);
        await log.AppendSingle(_tenant, _train, new SeatsBooked(1));
        Assert.Equal(["1:train_scheduled", "2:seats_booked"], await log.Events(_tenant, _train));
        Assert.Equal(["train:2"], await log.Rows("select type || ':' || version from mt_streams where id = $1", Sql.Uuid(_train)));
        await log.AssertSnapshotsEqualFold(_tenant);
        await log.AssertRowsEqualLog(_tenant);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task a_started_stream_stores_its_events_its_snapshot_and_its_row(bool looked)
    {
        await using var session = log.Store.Open(new Caller(_tenant));
        var stream = looked
            ? await session.FetchForWriting(Train.Aggregate, _train, LogFixture.Stop)
            : session.Start(Train.Aggregate, _train);
        Assert.Equal(0, stream.Version);
        stream.Append(Scheduled);
        stream.Append(new SeatsBooked(3));
        Assert.True(await session.SaveChanges(LogFixture.Stop));
        Assert.Equal(["1:train_scheduled", "2:seats_booked"], await log.Events(_tenant, _train));
        Assert.Equal(["train:2"], await log.Rows("select type || ':' || version from mt_streams where id = $1", Sql.Uuid(_train)));
        Assert.Equal(["2:3"], await log.Snapshot(_tenant, _train));
        Assert.Equal(["2"], await log.Rows("select events from trains.occupancy where train = $1", Sql.Uuid(_train)));
        await log.AssertSnapshotsEqualFold(_tenant);
        await log.AssertRowsEqualLog(_tenant);
    }

    [Fact]
    public async Task starting_an_existing_stream_is_refused()
    {
        await log.Append(_tenant, _train, Scheduled, new SeatsBooked(1));
        await using var session = log.Store.Open(new Caller(_tenant));
        session.Start(Train.Aggregate, _train).Append(Scheduled);
        Assert.False(await session.SaveChanges(LogFixture.Stop));
        Assert.Equal(2, (await log.Events(_tenant, _train)).Count);
        Assert.Equal(["2:1"], await log.Snapshot(_tenant, _train));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task an_archived_stream_takes_no_more_events_however_they_come(bool single)
    {
        await log.Append(_tenant, _train, Scheduled);
        await using (var archiving = log.Store.Documents.LightweightSession(_tenant))
        {
            archiving.Events.ArchiveStream(_train);
            await archiving.SaveChangesAsync(LogFixture.Stop);
        }

        await using var session = log.Store.Open(new Caller(_tenant));
        var stream = single
            ? await session.FetchForWriting(Train.Aggregate, _train, LogFixture.Stop)
            : (await session.FetchForWriting(Train.Aggregate, [_train], LogFixture.Stop))[_train];
        stream.Append(new SeatsBooked(1));

        // No lost race: who tries again would be refused again.
        var refused = await Assert.ThrowsAsync<ArchivedStreamException>(() => session.SaveChanges(LogFixture.Stop));
        Assert.Equal(_train, refused.Stream);
        Assert.Equal(["1:train_scheduled"], await log.Events(_tenant, _train));
        Assert.Equal(["1:0"], await log.Snapshot(_tenant, _train));
        Assert.Equal(["true"], await log.Rows("select is_archived::text from mt_events where stream_id = $1", Sql.Uuid(_train)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task a_stream_that_is_there_is_not_started_again_archived_or_not(bool archived)
    {
        await log.Append(_tenant, _train, Scheduled);
        if (archived)
        {
            await using var archiving = log.Store.Documents.LightweightSession(_tenant);
            archiving.Events.ArchiveStream(_train);
            await archiving.SaveChangesAsync(LogFixture.Stop);
        }

        await using var session = log.Store.Open(new Caller(_tenant));
        session.Start(Train.Aggregate, _train).Append(new SeatsBooked(1));
        Assert.False(await session.SaveChanges(LogFixture.Stop));
        Assert.Equal(["1:train_scheduled"], await log.Events(_tenant, _train));
        Assert.Equal(["1:0"], await log.Snapshot(_tenant, _train));
    }

    [Fact]
    public async Task one_refused_stream_refuses_the_whole_batch_and_nothing_of_it_is_stored()
    {
        await log.Append(_tenant, _train, Scheduled);
        await using var session = log.Store.Open(CallerOf("request"));
        foreach (var train in LogFixture.NewTrains(3).Append(_train))
        {
            session.Start(Train.Aggregate, train).Append(Scheduled);
        }

        session.Publish(new OutboxMessage(Guid.NewGuid(), "train.booked", "{}"u8.ToArray()));
        Assert.False(await session.SaveChanges(LogFixture.Stop));
        Assert.Equal(
            (1, 1, 0), (await log.Count("mt_events", _tenant), await log.Count("mt_streams", _tenant), await log.Count("outbox", _tenant)));
        Assert.Equal((1, 1), (await log.Count("mt_doc_train", _tenant), await log.Count("trains.occupancy", _tenant)));
    }

    [Fact]
    public void a_refusal_that_the_caller_did_not_heed_throws_and_appends_nothing()
    {
        var train = new EventStream<Train>(Train.Aggregate, _train, 0, exists: false, null);
        var refused = Assert.Throws<UnheededRefusalException>(() => train.Append(new Refusal("full", "no seat is left")));
        Assert.Equal("full", refused.Refusal.Code);
        Assert.Equal((0, 0, Train.Aggregate.Initial(_train)), (train.Events.Count, train.Version, train.State));
        Assert.False(train.Append(Decision.Nothing));
        Assert.True(train.Append(Decision.Of(Scheduled, new SeatsBooked(2))));
        Assert.Equal((2, 2, 2), (train.Events.Count, train.Version, train.State.Booked));
    }

    [Fact]
    public async Task who_publishes_names_what_caused_it()
    {
        await using var session = log.Store.Open(new Caller(_tenant));
        Assert.Throws<InvalidOperationException>(
            () => session.Publish(new OutboxMessage(Guid.NewGuid(), "train.booked", "{}"u8.ToArray())));
    }

    [Theory]
    [InlineData("batch")]
    [InlineData("singles")]
    [InlineData("both")]
    public async Task a_message_finds_the_events_of_its_call_and_no_others(string way)
    {
        var calls = await BatchSpecs.InParallel(8, async n =>
        {
            var message = new OutboxMessage(Guid.NewGuid(), "train.booked", "{}"u8.ToArray());
            await using var session = log.Store.Open(CallerOf($"request {n}"));
            foreach (var (i, train) in LogFixture.NewTrains(10).Index())
            {
                var stream = way == "singles" || (way == "both" && i % 2 == 0)
                    ? await session.FetchForWriting(Train.Aggregate, train, LogFixture.Stop)
                    : session.Start(Train.Aggregate, train);
                stream.Append(new SeatsBooked(n));
            }

            session.Publish(message);
            Assert.True(await session.SaveChanges(LogFixture.Stop));
            return (message.Id, Cause: $"request {n}");
        });
        foreach (var (id, cause) in calls)
        {
            var message = await OutboxRecord.Find(log.DataSource, _tenant, id, LogFixture.Stop);
            var events = await log.Log.EventsOf(message!, LogFixture.Stop);
            Assert.Equal(
                await log.Rows(
                    "select id from mt_events where tenant_id = $1 and causation_id = $2 order by seq_id",
                    Sql.Text(_tenant), Sql.Text(cause)),
                events.Select(e => e.Id.ToString()));
            Assert.Equal((10, message!.FirstSequence, message.LastSequence), (events.Count, events[0].Sequence, events[^1].Sequence));
            Assert.Null(await OutboxRecord.Find(log.DataSource, _tenant + "x", id, LogFixture.Stop));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task saving_twice_stores_once(bool single)
    {
        await using var session = log.Store.Open(CallerOf("request"));
        var stream = single
            ? await session.FetchForWriting(Train.Aggregate, _train, LogFixture.Stop)
            : session.Start(Train.Aggregate, _train);
        stream.Append(Scheduled);
        session.Publish(new OutboxMessage(Guid.NewGuid(), "train.booked", "{}"u8.ToArray()));
        Assert.True(await session.SaveChanges(LogFixture.Stop));
        Assert.True(await session.SaveChanges(LogFixture.Stop));
        Assert.Equal((1, 1), (await log.Count("mt_events", _tenant), await log.Count("outbox", _tenant)));
    }

    [Fact]
    public async Task what_is_stored_in_the_session_is_committed_with_it_though_no_event_is_appended()
    {
        var id = Guid.NewGuid();
        await using (var session = log.Store.Open(new Caller(_tenant)))
        {
            session.Documents.Store(Train.Aggregate.Initial(id));
            Assert.True(await session.SaveChanges(LogFixture.Stop));
        }

        Assert.Equal(1, await log.Count("mt_doc_train", _tenant));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task a_session_that_is_given_up_stores_nothing_and_holds_no_lock(bool whileSaving)
    {
        await log.Append(_tenant, _train, Scheduled);
        await using (var session = log.Store.Open(new Caller(_tenant)))
        {
            (await session.FetchForWriting(Train.Aggregate, [_train], LogFixture.Stop))[_train].Append(new SeatsBooked(1));
            if (whileSaving)
            {
                await using var holder = await log.DataSource.OpenConnectionAsync(LogFixture.Stop);
                await using var transaction = await holder.BeginTransactionAsync(LogFixture.Stop);
                await using var hold = new Npgsql.NpgsqlCommand("lock table trains.occupancy", holder);
                await hold.ExecuteNonQueryAsync(LogFixture.Stop);
                using var givenUp = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => session.SaveChanges(givenUp.Token));
            }
        }

        await log.AppendSingle(_tenant, _train, new SeatsBooked(2)).WaitAsync(TimeSpan.FromSeconds(20), LogFixture.Stop);
        Assert.Equal(["2:2"], await log.Snapshot(_tenant, _train));
        await log.AssertRowsEqualLog(_tenant);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task a_save_that_is_given_up_leaves_nothing_half_written_the_session_at_its_end_and_the_connection_sound(bool single)
    {
        await log.Append(_tenant, _train, Scheduled);
        await using var source = Database.Connect(log.ConnectionString + ";Maximum Pool Size=1");
        var store = log.StoreWith(options => options.AddRows(new Occupancy()), source);
        await using (var session = store.Open(new Caller(_tenant)))
        {
            var stream = single
                ? await session.FetchForWriting(Train.Aggregate, _train, LogFixture.Stop)
                : (await session.FetchForWriting(Train.Aggregate, [_train], LogFixture.Stop))[_train];
            stream.Append(new SeatsBooked(1));
            await using (var holder = await log.DataSource.OpenConnectionAsync(LogFixture.Stop))
            {
                await using var transaction = await holder.BeginTransactionAsync(LogFixture.Stop);
                await using var hold = new Npgsql.NpgsqlCommand("lock table trains.occupancy", holder);
                await hold.ExecuteNonQueryAsync(LogFixture.Stop);
                using var givenUp = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => session.SaveChanges(givenUp.Token));
            }

            await Assert.ThrowsAsync<InvalidOperationException>(() => session.SaveChanges(LogFixture.Stop));
            Assert.Equal(["1:train_scheduled"], await log.Events(_tenant, _train));
        }

        // The only connection of its pool: back, and in no transaction.
        await using (var ask = source.CreateCommand("select pg_backend_pid()"))
        {
            var process = (int)(await ask.ExecuteScalarAsync(LogFixture.Stop))!;
            Assert.Equal(["idle"], await log.Rows("select state from pg_stat_activity where pid = $1", Sql.Int(process)));
        }

        await using (var again = store.Open(new Caller(_tenant)))
        {
            (await again.FetchForWriting(Train.Aggregate, _train, LogFixture.Stop)).Append(new SeatsBooked(2));
            Assert.True(await again.SaveChanges(LogFixture.Stop));
        }

        store.Documents.Dispose();
        Assert.Equal(["2:2"], await log.Snapshot(_tenant, _train));
        await log.AssertRowsEqualLog(_tenant);
    }

    [Fact]
    public async Task a_session_that_lost_a_race_is_at_its_end()
    {
        await using var session = log.Store.Open(new Caller(_tenant));
        (await session.FetchForWriting(Train.Aggregate, _train, LogFixture.Stop)).Append(Scheduled);
        await log.Append(_tenant, _train, Scheduled);
        Assert.False(await session.SaveChanges(LogFixture.Stop));
        await Assert.ThrowsAsync<InvalidOperationException>(() => session.SaveChanges(LogFixture.Stop));
        Assert.Equal(["1:train_scheduled"], await log.Events(_tenant, _train));
    }

    [Fact]
    public async Task the_same_stream_asked_for_twice_in_one_fetch_is_one_stream()
    {
        await log.Append(_tenant, _train, Scheduled);
        var fresh = Guid.NewGuid();
        await using var session = log.Store.Open(new Caller(_tenant));
        var streams = await session.FetchForWriting(Train.Aggregate, [_train, fresh, _train, fresh], LogFixture.Stop);
        Assert.Equal(2, streams.Count);
        streams[_train].Append(new SeatsBooked(1));
        Assert.True(await session.SaveChanges(LogFixture.Stop));
        Assert.Equal(2, await log.VersionOf(_tenant, _train));
    }

    [Fact]
    public async Task tenants_with_the_same_stream_id_do_not_see_each_other()
    {
        var other = LogFixture.NewTenant();
        await log.Append(_tenant, _train, Scheduled, new SeatsBooked(1));
        await log.Append(other, _train, new SeatsBooked(9));
        await log.AppendSingle(other, _train, new SeatsBooked(1));
        Assert.Equal(["1:seats_booked", "2:seats_booked"], await log.Events(other, _train));
        Assert.Equal((1, 10), ((await log.Fold(_tenant, _train))!.Booked, (await log.Fold(other, _train))!.Booked));
        await log.AssertSnapshotsEqualFold(_tenant);
        await log.AssertSnapshotsEqualFold(other);
    }

    private Caller CallerOf(string cause) => new(_tenant, "trace", cause, new Dictionary<string, string>(StringComparer.Ordinal));
}
