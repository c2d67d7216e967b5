using Marten;
using Marten.Events;
using Npgsql;
using Xunit;

namespace PixeeEvents.EventLog.Tests.Appending;

public sealed class SnapshotSpecs(LogFixture log) : IClassFixture<LogFixture>
{
    private readonly string _tenant = LogFixture.NewTenant();
    private readonly Guid _train = Guid.NewGuid();

    [Fact]
    public async Task a_foreign_append_between_an_unlocked_read_and_the_save_is_a_lost_race()
    {
        await log.Append(_tenant, _train, new TrainScheduled("A", 100));
        await using var session = log.Store.Open(new Caller(_tenant));
        (await session.Fetch(Train.Aggregate, [_train], LogFixture.Stop))[_train].Append(new SeatsBooked(1));
        await log.AppendStored(_tenant, _train, 1, ("seats_booked", """{"Seats":7}"""));
        Assert.False(await session.SaveChanges(LogFixture.Stop));
        Assert.Equal(["1:0"], await log.Snapshot(_tenant, _train));
        Assert.Equal(["1:train_scheduled", "2:seats_booked"], await log.Events(_tenant, _train));

        // Who tries again looks twice.
        await using var again = log.Store.Open(new Caller(_tenant), afterConflict: true);
        (await again.Fetch(Train.Aggregate, [_train], LogFixture.Stop))[_train].Append(new SeatsBooked(1));
        Assert.True(await again.SaveChanges(LogFixture.Stop));
        Assert.Equal(["3:8"], await log.Snapshot(_tenant, _train));
    }

    [Fact]
    public void a_batch_names_streams_and_snapshots_as_marten_names_them()
    {
        var nightTrains = new Aggregate<NightTrain>(id => new NightTrain(id), (train, _) => train);
        var store = log.StoreWith(options => options.AddAggregate(nightTrains));
        var options = (StoreOptions)store.Documents.Options;
        Assert.Equal(2, store.Snapshots.Count);
        foreach (var snapshot in store.Snapshots)
        {
            Assert.Equal(((EventGraph)options.Events).AggregateAliasFor(snapshot.DocumentType), snapshot.StreamAlias);
            Assert.Equal(store.Documents.Options.FindOrResolveDocumentType(snapshot.DocumentType).TableName.Name, snapshot.Table);
        }

        store.Documents.Dispose();
    }

    [Theory]
    [InlineData("seats_booked", typeof(TrainLate))]
    [InlineData("train_late_again", typeof(SeatsBooked))]
    public void a_stored_name_is_given_to_one_event_and_an_event_has_one_name(string name, Type @event)
    {
        var nightTrains = new Aggregate<NightTrain>(id => new NightTrain(id), (train, _) => train);
        var refused = Assert.Throws<InvalidOperationException>(
            () => log.StoreWith(options => options.AddAggregate(nightTrains, (name, @event))));
        Assert.Contains("seats_booked", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task the_function_creates_streams_continues_them_and_returns_version_and_numbers()
    {
        var created = await log.AppendStored(
            _tenant, _train, null, ("train_scheduled", """{"Line":"B","Seats":3}"""), ("seats_booked", """{"Seats":1}"""));
        var continued = await log.AppendStored(_tenant, _train, 2, ("seats_booked", """{"Seats":1}"""));
        var stored = await log.Rows("select seq_id from mt_events where stream_id = $1 order by version", Sql.Uuid(_train));
        Assert.Equal((3, 2), (created.Length, continued.Length));
        Assert.Equal((2, 3), (created[0], continued[0]));
        Assert.Equal(stored, [.. created[1..].Concat(continued[1..]).Select(n => n.ToString())]);
        Assert.Equal(["cause|call|marten|Trains.Event, Trains"], await log.Rows(
            """
            select distinct concat_ws('|', causation_id, correlation_id, headers->>'user', mt_dotnet_type) from mt_events
                where stream_id = $1
            """,
            Sql.Uuid(_train)));
        Assert.Equal(3, await log.VersionOf(_tenant, _train));
    }

    [Fact]
    public async Task the_function_refuses_an_archived_stream_and_a_wrong_version()
    {
        await log.AppendStored(_tenant, _train, null, ("train_scheduled", """{"Line":"B","Seats":3}"""));
        var conflict = await Assert.ThrowsAsync<PostgresException>(() => log.AppendStored(_tenant, _train, 0, ("seats_booked", "{}")));
        Assert.Equal("MT003", conflict.SqlState);
        await log.Execute("select mt_archive_stream($1, $2)", Sql.Uuid(_train), Sql.Text(_tenant));
        var archived = await Assert.ThrowsAsync<PostgresException>(() => log.AppendStored(_tenant, _train, null, ("seats_booked", "{}")));
        Assert.Equal("MT001", archived.SqlState);
        Assert.Equal(["1:train_scheduled"], await log.Events(_tenant, _train));
        var missing = Guid.NewGuid();
        await Assert.ThrowsAsync<PostgresException>(() => log.AppendStored(_tenant, missing, 4, ("seats_booked", "{}")));
        Assert.Null(await log.VersionOf(_tenant, missing));
    }

    [Fact]
    public async Task progress_marked_as_marten_does_is_stored()
    {
        await log.Execute("select mt_mark_event_progression('Elsewhere:All', 3)");
        await log.Execute("select mt_mark_event_progression('Elsewhere:All', 5)");
        Assert.Equal(["5"], await log.Rows("select last_seq_id from mt_event_progression where name = 'Elsewhere:All'"));
    }
}
