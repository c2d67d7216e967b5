using Xunit;

namespace PixeeEvents.EventLog.Tests;

public sealed class AppendSpecs(LogFixture log) : IClassFixture<LogFixture>
{
    private static readonly TrainScheduled Scheduled = new("TER 7", 200);

    private readonly string _tenant = LogFixture.NewTenant();
    private readonly Guid _train = Guid.NewGuid();

    [Fact]
    public async Task an_append_that_expects_nothing_creates_the_stream_and_continues_it()
    {
        Assert.IsType<SaveOutcome.Saved>(await log.Append(_tenant, _train, Scheduled));
        var saved = Assert.IsType<SaveOutcome.Saved>(await log.Append(_tenant, _train, new SeatsBooked(1), new SeatsBooked(2)));
        Assert.Equal([2L, 3L], saved.Events.Select(e => e.Version));
        Assert.Equal(["1:train_scheduled", "2:seats_booked", "3:seats_booked"], await log.Events(_tenant, _train));
        Assert.Equal(["train:3"], await log.Rows("select type || ':' || version from mt_streams where id = $1", Sql.Uuid(_train)));
    }

    [Fact]
    public async Task a_stream_that_must_not_exist_is_created_once_and_refused_the_second_time()
    {
        Assert.IsType<SaveOutcome.Saved>(await log.Append(_tenant, [_train], ExpectedVersion.None, Scheduled));
        Assert.Equal(new SaveOutcome.StreamExists(_train, 1), await log.Append(_tenant, [_train], ExpectedVersion.None, Scheduled));
        Assert.Equal(["1:train_scheduled"], await log.Events(_tenant, _train));
    }

    [Fact]
    public async Task an_exact_version_is_accepted_and_any_other_refused_with_both_versions()
    {
        await log.Append(_tenant, _train, Scheduled);
        Assert.IsType<SaveOutcome.Saved>(await log.Append(_tenant, [_train], ExpectedVersion.Exactly(1), new SeatsBooked(1)));
        Assert.Equal(new SaveOutcome.VersionConflict(_train, 1, 2), await log.Append(_tenant, [_train], ExpectedVersion.Exactly(1), new SeatsBooked(2)));
        Assert.Equal(new SaveOutcome.VersionConflict(_train, 3, 2), await log.Append(_tenant, [_train], ExpectedVersion.Exactly(3), new SeatsBooked(2)));
        Assert.Equal(["1:train_scheduled", "2:seats_booked"], await log.Events(_tenant, _train));
        Assert.Equal(2, await log.VersionOf(_tenant, _train));
    }

    [Fact]
    public async Task an_exact_version_of_a_stream_that_does_not_exist_is_refused()
    {
        Assert.Equal(new SaveOutcome.VersionConflict(_train, 2, 0), await log.Append(_tenant, [_train], ExpectedVersion.Exactly(2), Scheduled));
        Assert.Null(await log.VersionOf(_tenant, _train));
    }

    [Fact]
    public async Task a_started_stream_stores_its_events_and_its_snapshot()
    {
        await using var session = await log.Store.Open(new Caller(_tenant), LogFixture.Stop);
        session.Start(Train.Aggregate, _train).Append(Scheduled);
        Assert.IsType<SaveOutcome.Saved>(await session.SaveChanges(LogFixture.Stop));
        Assert.Equal(["1:train_scheduled"], await log.Events(_tenant, _train));
        Assert.Empty(await log.WrongSnapshots(_tenant));
    }

    [Fact]
    public async Task starting_an_existing_stream_is_refused()
    {
        await log.Append(_tenant, _train, Scheduled, new SeatsBooked(1));
        await using var session = await log.Store.Open(new Caller(_tenant), LogFixture.Stop);
        session.Start(Train.Aggregate, _train).Append(Scheduled);
        Assert.Equal(new SaveOutcome.StreamExists(_train, 2), await session.SaveChanges(LogFixture.Stop));
        Assert.Equal(2, (await log.Events(_tenant, _train)).Count);
        Assert.Equal(0, await log.Count("trains.trains", _tenant));
    }

    [Fact]
    public async Task an_archived_stream_takes_no_more_events_however_they_come()
    {
        await log.Append(_tenant, _train, Scheduled);
        Assert.True(await log.Store.ArchiveStream(_tenant, _train, LogFixture.Stop));
        Assert.Equal(new SaveOutcome.StreamArchived(_train, 1), await log.Append(_tenant, _train, new SeatsBooked(1)));
        Assert.Equal(new SaveOutcome.StreamArchived(_train, 1), await log.Decide(_tenant, [_train], new SeatsBooked(1)));
        Assert.Equal(["1:train_scheduled"], await log.Events(_tenant, _train));
        Assert.Equal(["true"], await log.Rows("select is_archived::text from mt_events where stream_id = $1", Sql.Uuid(_train)));
        Assert.False(await log.Store.ArchiveStream(_tenant, Guid.NewGuid(), LogFixture.Stop));
    }

    [Fact]
    public async Task one_refused_stream_refuses_the_whole_batch_and_nothing_of_it_is_stored()
    {
        var fresh = LogFixture.NewTrains(3);
        await log.Append(_tenant, _train, Scheduled);
        await using var session = await log.Store.Open(new Caller(_tenant, "trace", "request", new Dictionary<string, string>()), LogFixture.Stop);
        foreach (var train in fresh)
        {
            session.Append(train, "train", ExpectedVersion.Any, Scheduled);
        }

        session.Append(_train, "train", ExpectedVersion.Exactly(9), new SeatsBooked(1));
        session.Publish(new OutboxMessage(Guid.NewGuid(), "train.booked", "{}"u8.ToArray()));
        Assert.Equal(new SaveOutcome.VersionConflict(_train, 9, 1), await session.SaveChanges(LogFixture.Stop));
        Assert.Equal((1, 1, 0), (await log.Count("mt_events", _tenant), await log.Count("mt_streams", _tenant), await log.Count("outbox", _tenant)));
    }

    [Fact]
    public async Task a_plain_append_to_a_fetched_stream_reaches_its_snapshot()
    {
        await using var session = await log.Store.Open(new Caller(_tenant), LogFixture.Stop);
        var stream = (await session.FetchForWriting(Train.Aggregate, [_train], LogFixture.Stop))[_train];
        stream.Append(Scheduled);
        session.Append(_train, "train", ExpectedVersion.Any, new SeatsBooked(3));
        Assert.Equal(3, stream.State.Booked);
        Assert.IsType<SaveOutcome.Saved>(await session.SaveChanges(LogFixture.Stop));
        Assert.Empty(await log.WrongSnapshots(_tenant));
    }

    [Fact]
    public async Task who_publishes_names_what_caused_it()
    {
        await using var session = await log.Store.Open(new Caller(_tenant), LogFixture.Stop);
        Assert.Throws<InvalidOperationException>(() => session.Publish(new OutboxMessage(Guid.NewGuid(), "train.booked", "{}"u8.ToArray())));
    }

    [Fact]
    public async Task a_message_finds_the_events_of_its_call_and_no_others()
    {
        var outbox = new Outbox(log.Store);
        var calls = await Task.WhenAll(Enumerable.Range(1, 8).Select(async n =>
        {
            var message = new OutboxMessage(Guid.NewGuid(), "train.booked", "{}"u8.ToArray());
            await using var session = await log.Store.Open(new Caller(_tenant, "trace", $"request {n}", new Dictionary<string, string>()), LogFixture.Stop);
            foreach (var train in LogFixture.NewTrains(50))
            {
                session.Append(train, "train", ExpectedVersion.Any, new SeatsBooked(n));
            }

            session.Publish(message);
            return (message.Id, Assert.IsType<SaveOutcome.Saved>(await session.SaveChanges(LogFixture.Stop)).Events);
        }));
        foreach (var (id, events) in calls)
        {
            var message = await outbox.Find(_tenant, id, LogFixture.Stop);
            Assert.Equal(events.Select(e => e.Id), (await outbox.EventsOf(message!, LogFixture.Stop)).Select(e => e.Id));
            Assert.Null(await outbox.Find(_tenant + "x", id, LogFixture.Stop));
        }
    }

    [Fact]
    public async Task saving_twice_stores_once()
    {
        await using var session = await log.Store.Open(new Caller(_tenant, "trace", "request", new Dictionary<string, string>()), LogFixture.Stop);
        session.Append(_train, "train", ExpectedVersion.Any, Scheduled);
        session.Publish(new OutboxMessage(Guid.NewGuid(), "train.booked", "{}"u8.ToArray()));
        await session.SaveChanges(LogFixture.Stop);
        Assert.Empty(Assert.IsType<SaveOutcome.Saved>(await session.SaveChanges(LogFixture.Stop)).Events);
        Assert.Equal((1, 1), (await log.Count("mt_events", _tenant), await log.Count("outbox", _tenant)));
    }

    [Fact]
    public async Task a_session_that_is_given_up_stores_nothing_and_holds_no_lock()
    {
        await log.Append(_tenant, _train, Scheduled);
        await using (var session = await log.Store.Open(new Caller(_tenant), LogFixture.Stop))
        {
            (await session.FetchForWriting(Train.Aggregate, [_train], LogFixture.Stop))[_train].Append(new SeatsBooked(1));
        }

        Assert.IsType<SaveOutcome.Saved>(await log.Append(_tenant, [_train], ExpectedVersion.Exactly(1), new SeatsBooked(2)));
        Assert.Equal(2, await log.VersionOf(_tenant, _train));
    }

    [Fact]
    public async Task the_same_stream_asked_for_twice_in_one_fetch_is_one_stream()
    {
        await log.Append(_tenant, _train, Scheduled);
        var fresh = Guid.NewGuid();
        await using var session = await log.Store.Open(new Caller(_tenant), LogFixture.Stop);
        var streams = await session.FetchForWriting(Train.Aggregate, [_train, fresh, _train, fresh], LogFixture.Stop);
        Assert.Equal(2, streams.Count);
        streams[_train].Append(new SeatsBooked(1));
        Assert.IsType<SaveOutcome.Saved>(await session.SaveChanges(LogFixture.Stop));
        Assert.Equal(2, await log.VersionOf(_tenant, _train));
    }

    [Fact]
    public async Task tenants_with_the_same_stream_id_do_not_see_each_other()
    {
        var other = LogFixture.NewTenant();
        await log.Append(_tenant, _train, Scheduled, new SeatsBooked(1));
        Assert.IsType<SaveOutcome.Saved>(await log.Decide(other, [_train], new SeatsBooked(9)));
        Assert.Equal(["1:seats_booked"], await log.Events(other, _train));
        Assert.Equal(1, (await log.Store.AggregateStream(Train.Aggregate, _tenant, _train, cancellationToken: LogFixture.Stop)).State.Booked);
    }
}
