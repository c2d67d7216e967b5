using JasperFx;
using JasperFx.Events;
using JasperFx.Events.Projections;
using JasperFx.MultiTenancy;
using Marten;
using Marten.Events.Aggregation;
using Marten.Storage;
using Xunit;

namespace PixeeEvents.EventLog.Tests;

/// <summary>What a Marten program may do that knows our event records and nothing else of us.</summary>
public sealed class PlainMartenSpecs : IClassFixture<LogFixture>, IDisposable
{
    private readonly LogFixture _log;
    private readonly DocumentStore _plain;
    private readonly string _tenant = LogFixture.NewTenant();
    private readonly Guid _train = Guid.NewGuid();

    public PlainMartenSpecs(LogFixture log)
    {
        _log = log;
        _plain = DocumentStore.For(options =>
        {
            options.Connection(log.DataSource);
            options.AutoCreateSchemaObjects = AutoCreate.None;
            options.Events.StreamIdentity = StreamIdentity.AsGuid;
            options.Events.TenancyStyle = TenancyStyle.Conjoined;
            options.Events.AppendMode = EventAppendMode.QuickWithServerTimestamps;
            options.Events.MetadataConfig.CorrelationIdEnabled = true;
            options.Events.MetadataConfig.CausationIdEnabled = true;
            options.Events.MetadataConfig.HeadersEnabled = true;
            options.Events.MapEventType<TrainScheduled>("train_scheduled");
            options.Events.MapEventType<SeatsBooked>("seats_booked");
            options.Events.MapEventType<TrainDelayed>("train_delayed_v3");
            options.Projections.Add(new SeatCounting(), ProjectionLifecycle.Live);
        });
    }

    public void Dispose() => _plain.Dispose();

    [Fact]
    public async Task it_reads_streams_and_aggregates_live_what_was_written_one_by_one_and_by_the_batch()
    {
        await _log.AppendSingle(_tenant, _train, new TrainScheduled("A", 100));
        await _log.Append(_tenant, [_train, Guid.NewGuid()], new SeatsBooked(3), new TrainDelayed(5, "snow"));
        await using var session = _plain.QuerySession(_tenant);
        var events = await session.Events.FetchStreamAsync(_train, token: LogFixture.Stop);
        Assert.Equal([new TrainScheduled("A", 100), new SeatsBooked(3), new TrainDelayed(5, "snow")], events.Select(e => e.Data));
        Assert.Equal([1L, 2L, 3L], events.Select(e => e.Version));
        Assert.Equal(3, (await session.Events.AggregateStreamAsync<SeatCount>(_train, token: LogFixture.Stop))!.Booked);
        Assert.Equal(3, (await session.Events.FetchStreamStateAsync(_train, LogFixture.Stop))!.Version);
    }

    [Fact]
    public async Task its_append_shows_in_snapshot_and_rows_after_their_rebuild()
    {
        await WriteThenAppendPlainly();
        Assert.Equal(["2:3"], await _log.Snapshot(_tenant, _train));
        await _log.Rebuild.Snapshot(_log.Store.Snapshots[0], LogFixture.Stop);
        await _log.Rebuild.Projection(_log.Store.Rows[0], null, LogFixture.Stop);
        Assert.Equal(["3:10"], await _log.Snapshot(_tenant, _train));
        await _log.AssertSnapshotsEqualFold(_tenant);
        await _log.AssertRowsEqualLog(_tenant);
    }

    [Theory]
    [InlineData("a batch")]
    [InlineData("a single write")]
    public async Task before_the_rebuild_who_fetches_the_stream_for_writing_catches_up_on_what_it_missed(string who)
    {
        await WriteThenAppendPlainly();
        for (var version = 3; version < 5; version++)
        {
            await using var session = _log.Store.Open(new Caller(_tenant));
            var stream = await Fetch(session, who);
            Assert.Equal((version, new Train(_train, "A", 100, 7 + version, 0, version)), (stream.Version, stream.State));
            stream.Append(new SeatsBooked(1));
            Assert.True(await session.SaveChanges(LogFixture.Stop));
            await _log.AssertSnapshotsEqualFold(_tenant);
        }
    }

    [Theory]
    [InlineData("a batch")]
    [InlineData("a single write")]
    public async Task a_stream_that_only_it_wrote_is_folded_from_the_start(string who)
    {
        await AppendPlainly();
        await using var session = _log.Store.Open(new Caller(_tenant));
        var stream = await Fetch(session, who);
        Assert.Equal((1, 7), (stream.Version, stream.State.Booked));
        stream.Append(new SeatsBooked(2));
        Assert.True(await session.SaveChanges(LogFixture.Stop));
        Assert.Equal(["2:9"], await _log.Snapshot(_tenant, _train));
        await _log.AssertSnapshotsEqualFold(_tenant);
    }

    [Fact]
    public async Task its_appends_and_ours_share_a_stream_without_losing_an_update()
    {
        await _log.Append(_tenant, _train, new TrainScheduled("A", 1));
        await BatchSpecs.InParallel(6, async writer =>
        {
            for (var i = 0; i < 15; i++)
            {
                switch (writer % 3)
                {
                    case 0: await AppendPlainly(); break;
                    case 1: await _log.AppendSingle(_tenant, _train, new SeatsBooked(7)); break;
                    default:
                        while (!await _log.Append(_tenant, [_train], new SeatsBooked(7)))
                        {
                            // A writer that does not lock the stream was first.
                        }

                        break;
                }
            }

            return 0;
        });
        await _log.AppendSingle(_tenant, _train, new SeatsBooked(0));
        Assert.Equal(["92:630"], await _log.Snapshot(_tenant, _train));
        await _log.AssertGapless(_tenant);
        await _log.AssertSnapshotsEqualFold(_tenant);
    }

    private async Task WriteThenAppendPlainly()
    {
        await _log.Append(_tenant, _train, new TrainScheduled("A", 100), new SeatsBooked(3));
        await AppendPlainly();
    }

    /// <summary>Books seven seats.</summary>
    private async Task AppendPlainly()
    {
        while (true)
        {
            await using var session = _plain.LightweightSession(_tenant);
            var stream = await session.Events.FetchForWriting<SeatCount>(_train, LogFixture.Stop);
            stream.AppendOne(new SeatsBooked(7));
            try
            {
                await session.SaveChangesAsync(LogFixture.Stop);
                return;
            }
            catch (ConcurrencyException)
            {
                // Somebody was first.
            }
        }
    }

    private async Task<EventStream<Train>> Fetch(EventSession session, string who) => who switch
    {
        "a batch" => (await session.FetchForWriting(Train.Aggregate, [_train], LogFixture.Stop))[_train],
        _ => await session.FetchForWriting(Train.Aggregate, _train, LogFixture.Stop),
    };

    private sealed record SeatCount(Guid Id, int Booked);

    private sealed class SeatCounting : SingleStreamProjection<SeatCount, Guid>
    {
        public SeatCounting() => IncludeType<SeatsBooked>();

        public override SeatCount Evolve(SeatCount? snapshot, Guid id, IEvent e)
        {
            var count = snapshot ?? new SeatCount(id, 0);
            return e.Data is SeatsBooked booked ? count with { Booked = count.Booked + booked.Seats } : count;
        }
    }
}
