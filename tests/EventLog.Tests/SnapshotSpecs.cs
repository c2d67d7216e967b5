using Npgsql;
using Xunit;

namespace PixeeEvents.EventLog.Tests;

public sealed class SnapshotSpecs(LogFixture log) : IClassFixture<LogFixture>
{
    private readonly string _tenant = LogFixture.NewTenant();
    private readonly Guid _train = Guid.NewGuid();

    [Fact]
    public async Task what_a_foreign_application_appended_is_folded_on_the_next_fetch()
    {
        await log.Decide(_tenant, [_train], new TrainScheduled("A", 100));
        await log.AppendAsMarten(_tenant, _train, null, ("seats_booked", """{"Seats":7}"""), ("train_delayed", """{"Minutes":5}"""));
        Assert.Equal(["1"], await log.Rows("select version from trains.trains where tenant_id = $1", Sql.Text(_tenant)));

        await using var session = await log.Store.Open(new Caller(_tenant), LogFixture.Stop);
        var stream = (await session.FetchForWriting(Train.Aggregate, [_train], LogFixture.Stop))[_train];
        Assert.Equal((3, new Train("A", 100, 7, 5, 3)), (stream.Version, stream.State));
        stream.Append(new SeatsBooked(1));
        Assert.IsType<SaveOutcome.Saved>(await session.SaveChanges(LogFixture.Stop));
        Assert.Equal(["4"], await log.Rows("select version from trains.trains where tenant_id = $1", Sql.Text(_tenant)));
        Assert.Empty(await log.WrongSnapshots(_tenant));
    }

    [Fact]
    public async Task a_stream_that_only_a_foreign_application_wrote_is_folded_from_the_start()
    {
        await log.AppendAsMarten(_tenant, _train, null, ("train_scheduled", """{"Line":"B","Seats":3}"""));
        Assert.IsType<SaveOutcome.Saved>(await log.Decide(_tenant, [_train], new SeatsBooked(2)));
        Assert.Equal("B", (await log.Store.AggregateStream(Train.Aggregate, _tenant, _train, cancellationToken: LogFixture.Stop)).State.Line);
        Assert.Empty(await log.WrongSnapshots(_tenant));
    }

    [Fact]
    public async Task a_foreign_append_between_an_unlocked_read_and_the_save_is_a_conflict()
    {
        await log.Decide(_tenant, [_train], new TrainScheduled("A", 100));
        await using var session = await log.Store.Open(new Caller(_tenant), LogFixture.Stop);
        (await session.Fetch(Train.Aggregate, [_train], LogFixture.Stop))[_train].Append(new SeatsBooked(1));
        await log.AppendAsMarten(_tenant, _train, null, ("seats_booked", """{"Seats":7}"""));
        Assert.Equal(new SaveOutcome.VersionConflict(_train, 1, 2), await session.SaveChanges(LogFixture.Stop));
        Assert.Equal(["1"], await log.Rows("select version from trains.trains where tenant_id = $1", Sql.Text(_tenant)));
        Assert.Equal(["1:train_scheduled", "2:seats_booked"], await log.Events(_tenant, _train));
    }

    [Fact]
    public async Task the_function_creates_streams_continues_them_and_returns_version_and_numbers()
    {
        var created = await log.AppendAsMarten(_tenant, _train, null, ("train_scheduled", """{"Line":"B","Seats":3}"""), ("seats_booked", """{"Seats":1}"""));
        var continued = await log.AppendAsMarten(_tenant, _train, 2, ("seats_booked", """{"Seats":1}"""));
        var stored = await log.Rows("select seq_id from mt_events where stream_id = $1 order by version", Sql.Uuid(_train));
        Assert.Equal((3, 2), (created.Length, continued.Length));
        Assert.Equal((2, 3), (created[0], continued[0]));
        Assert.Equal(stored, [.. created[1..].Concat(continued[1..]).Select(n => n.ToString())]);
        Assert.Equal(["cause|call|marten|Trains.Event, Trains"], await log.Rows(
            "select distinct causation_id || '|' || correlation_id || '|' || (headers->>'user') || '|' || mt_dotnet_type from mt_events where stream_id = $1", Sql.Uuid(_train)));
        Assert.Equal(3, await log.VersionOf(_tenant, _train));
    }

    [Fact]
    public async Task the_function_refuses_an_archived_stream_and_a_wrong_version()
    {
        await log.AppendAsMarten(_tenant, _train, null, ("train_scheduled", """{"Line":"B","Seats":3}"""));
        var conflict = await Assert.ThrowsAsync<PostgresException>(() => log.AppendAsMarten(_tenant, _train, 0, ("seats_booked", "{}")));
        Assert.Equal("MT003", conflict.SqlState);
        await log.Execute("select mt_archive_stream($1, $2)", Sql.Uuid(_train), Sql.Text(_tenant));
        var archived = await Assert.ThrowsAsync<PostgresException>(() => log.AppendAsMarten(_tenant, _train, null, ("seats_booked", "{}")));
        Assert.Equal("MT001", archived.SqlState);
        Assert.Equal(["1:train_scheduled"], await log.Events(_tenant, _train));
        var missing = Guid.NewGuid();
        await Assert.ThrowsAsync<PostgresException>(() => log.AppendAsMarten(_tenant, missing, 4, ("seats_booked", "{}")));
        Assert.Null(await log.VersionOf(_tenant, missing));
    }

    [Fact]
    public async Task foreign_appends_and_ours_share_a_stream_without_losing_an_update()
    {
        await log.Decide(_tenant, [_train], new TrainScheduled("A", 1));
        await BatchSpecs.InParallel(6, async writer =>
        {
            for (var i = 0; i < 15; i++)
            {
                if (writer % 2 == 0)
                {
                    await log.AppendAsMarten(_tenant, _train, null, ("seats_booked", """{"Seats":1}"""));
                }
                else
                {
                    Assert.IsType<SaveOutcome.Saved>(await log.Decide(_tenant, [_train], new SeatsBooked(1)));
                }
            }

            return 0;
        });
        await log.Decide(_tenant, [_train], new SeatsBooked(1));
        Assert.Equal(["92:91"], await log.Rows("select version || ':' || (data->>'Booked') from trains.trains where tenant_id = $1", Sql.Text(_tenant)));
        await log.AssertGapless(_tenant);
    }

    [Fact]
    public async Task progress_marked_as_marten_does_is_stored()
    {
        await log.Execute("select mt_mark_event_progression('Elsewhere:All', 3)");
        await log.Execute("select mt_mark_event_progression('Elsewhere:All', 5)");
        Assert.Equal(["5"], await log.Rows("select last_seq_id from mt_event_progression where name = 'Elsewhere:All'"));
    }
}
