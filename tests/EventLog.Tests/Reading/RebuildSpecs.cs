using Npgsql;
using Xunit;

namespace PixeeEvents.EventLog.Tests.Reading;

public sealed class RebuildSpecs(LogFixture log) : IClassFixture<LogFixture>
{
    private const string Rows =
        """
        select tenant_id || '|' || train || '|' || booked || '|' || events || '|' || last_seq_id
        from trains.occupancy where tenant_id = any($1) order by 1
        """;

    private const string Snapshots =
        "select id || ' ' || mt_version || data::text || mt_dotnet_type from mt_doc_train where tenant_id = $1 order by id";

    private readonly string _tenant = LogFixture.NewTenant();
    private readonly List<Guid> _trains = LogFixture.NewTrains(60);

    [Fact]
    public async Task a_read_model_rebuilt_from_zero_equals_the_running_one()
    {
        var other = LogFixture.NewTenant();
        for (var i = 0; i < 5; i++)
        {
            await log.Append(_tenant, _trains, new SeatsBooked(i));
            await log.Append(other, _trains, new SeatsBooked(i));
            await log.AppendSingle(_tenant, _trains[i], new SeatsBooked(i));
        }

        var (model, snapshots) = (await log.Rows(Rows, Sql.Texts([_tenant, other])), await log.Rows(Snapshots, Sql.Text(_tenant)));
        var reports = new List<(long, long)>();
        await log.Rebuild.Projection(log.Store.Rows[0], new Collected(reports), LogFixture.Stop);
        await log.Rebuild.Snapshot(log.Store.Snapshots[0], LogFixture.Stop);
        Assert.Equal(model, await log.Rows(Rows, Sql.Texts([_tenant, other])));
        Assert.Equal(snapshots, await log.Rows(Snapshots, Sql.Text(_tenant)));
        Assert.Equal((120, 60), (model.Count, snapshots.Count));
        Assert.NotEmpty(reports);
        Assert.Empty(await log.Rows("select nspname from pg_namespace where nspname like 'rebuild%'"));
    }

    [Fact]
    public async Task a_damaged_model_and_a_damaged_snapshot_are_whole_after_their_rebuild()
    {
        await log.Append(_tenant, _trains, new SeatsBooked(2));
        var (model, snapshots) = (await log.Rows(Rows, Sql.Texts([_tenant])), await log.Rows(Snapshots, Sql.Text(_tenant)));
        await log.Execute(
            """
            update trains.occupancy set booked = 99;
            delete from mt_doc_train where id in (select id from mt_doc_train limit 9);
            update mt_doc_train set data = '{}'
            """);
        await log.Rebuild.Projection(log.Store.Rows[0], null, LogFixture.Stop);
        await log.Rebuild.Snapshot(log.Store.Snapshots[0], LogFixture.Stop);
        Assert.Equal(model, await log.Rows(Rows, Sql.Texts([_tenant])));
        Assert.Equal(snapshots, await log.Rows(Snapshots, Sql.Text(_tenant)));
    }

    [Fact]
    public async Task the_successor_keeps_constraints_indexes_and_storage_parameters_with_their_names()
    {
        const string Shape =
            """
            select c.relname || ' ' || coalesce(c.reloptions::text, '') || ' ' || coalesce(pg_get_constraintdef(k.oid),
                pg_get_indexdef(c.oid), '')
            from pg_class c left join pg_constraint k on k.conindid = c.oid
            where c.relnamespace = 'trains'::regnamespace or c.relname like '%mt_doc_train%' order by 1
            """;
        var before = await log.Rows(Shape);
        await log.Rebuild.Projection(log.Store.Rows[0], null, LogFixture.Stop);
        await log.Rebuild.Snapshot(log.Store.Snapshots[0], LogFixture.Stop);
        Assert.Equal(before, await log.Rows(Shape));
        Assert.Contains(before, r => r.StartsWith("occupancy {fillfactor=60}", StringComparison.Ordinal));
        Assert.Contains(before, r => r.StartsWith("pkey_mt_doc_train", StringComparison.Ordinal));
    }

    [Fact]
    public async Task what_a_schema_file_made_due_is_rebuilt_once()
    {
        await log.Append(_tenant, _trains, new SeatsBooked(2));
        await log.Execute("update trains.occupancy set booked = 99; insert into due_rebuilds values ('Occupancy')");
        await BatchSpecs.InParallel(3, async _ =>
        {
            await log.Rebuild.WhatIsDue(log.Store.Rows, LogFixture.Stop);
            return 0;
        });
        await log.AssertRowsEqualLog(_tenant);
        Assert.Empty(await log.Rows("select name from due_rebuilds"));
    }

    [Fact]
    public async Task a_node_waits_for_another_that_rebuilds_longer_than_a_statement_may_take()
    {
        await log.Execute("insert into due_rebuilds values ('Occupancy')");
        await using var impatient = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(log.ConnectionString) { CommandTimeout = 1 });
        await using var holder = await log.DataSource.OpenConnectionAsync(LogFixture.Stop);
        await using var transaction = await holder.BeginTransactionAsync(LogFixture.Stop);
        await using var hold = new NpgsqlCommand("delete from due_rebuilds", holder);
        await hold.ExecuteNonQueryAsync(LogFixture.Stop);
        var waiting = new Rebuild(new EventStore(log.Store.Documents, impatient), log.Log, log.Mark)
            .WhatIsDue(log.Store.Rows, LogFixture.Stop);
        await Task.Delay(1500, LogFixture.Stop);
        Assert.False(waiting.IsCompleted);
        await transaction.CommitAsync(LogFixture.Stop);
        await waiting;
    }

    [Fact]
    public async Task a_rebuild_waits_for_a_vacuum_of_what_it_has_just_built()
    {
        await log.Append(_tenant, _trains, new SeatsBooked(2));
        await using var reader = await Holding("lock table trains.occupancy in access share mode");
        var rebuild = log.Rebuild.Projection(log.Store.Rows[0], null, LogFixture.Stop);
        while (await log.Rows("select nspname from pg_namespace where nspname = 'rebuild_trains_occupancy'") is [])
        {
            await Task.Delay(20, LogFixture.Stop);
        }

        await using (await Holding("lock table rebuild_trains_occupancy.occupancy in share update exclusive mode"))
        {
            await reader.DisposeAsync();
            await Task.Delay(1500, LogFixture.Stop);
            Assert.False(rebuild.IsCompleted);
        }

        await rebuild;
        await log.AssertRowsEqualLog(_tenant);
    }

    [Fact]
    public async Task a_rebuild_beside_busy_writers_loses_no_row_and_no_writer_fails()
    {
        await log.Append(_tenant, _trains, new TrainScheduled("A", 1));
        using var stop = new CancellationTokenSource();
        var writers = BatchSpecs.InParallel(8, async writer =>
        {
            var (random, written) = (new Random(writer), 0);
            while (!stop.IsCancellationRequested)
            {
                if (writer % 4 == 3)
                {
                    await log.AppendSingle(_tenant, _trains[random.Next(60)], new SeatsBooked(1));
                    written++;
                    continue;
                }

                await using var session = log.Store.Open(new Caller(_tenant));
                if (writer % 2 == 0)
                {
                    await using var read = await session.Batch(LogFixture.Stop);
                    read.Add("select count(*) from trains.occupancy where tenant_id = $1", Sql.Text(_tenant));
                    await read.ExecuteNonQueryAsync(LogFixture.Stop);
                }

                switch (writer % 4)
                {
                    case 0:
                        session.Start(Train.Aggregate, Guid.NewGuid()).Append(new TrainScheduled("B", 1));
                        break;
                    case 1:
                        var train = await session.FetchForWriting(Train.Aggregate, _trains[random.Next(60)], LogFixture.Stop);
                        train.Append(new SeatsBooked(1));
                        break;
                    default:
                        var streams = await session.FetchForWriting(
                            Train.Aggregate, [.. _trains.OrderBy(_ => random.Next()).Take(5)], LogFixture.Stop);
                        streams.Values.ToList().ForEach(s => s.Append(new SeatsBooked(1)));
                        break;
                }

                Assert.True(await session.SaveChanges(LogFixture.Stop));
                written++;
            }

            return written;
        });
        for (var i = 0; i < 4; i++)
        {
            await log.Rebuild.Snapshot(log.Store.Snapshots[0], LogFixture.Stop).WaitAsync(TimeSpan.FromSeconds(60), LogFixture.Stop);
            await log.Rebuild.Projection(log.Store.Rows[0], null, LogFixture.Stop).WaitAsync(TimeSpan.FromSeconds(60), LogFixture.Stop);
        }

        await stop.CancelAsync();
        Assert.All(await writers, written => Assert.True(written > 5));
        await log.AssertRowsEqualLog(_tenant);
        await log.AssertGapless(_tenant);
        await log.AssertSnapshotsEqualFold(_tenant);
    }

    [Fact]
    public async Task a_rebuild_gives_way_to_a_long_reader_and_lets_writers_pass()
    {
        await log.Append(_tenant, _trains, new SeatsBooked(1));
        await using var reader = await log.DataSource.OpenConnectionAsync(LogFixture.Stop);
        await using var transaction = await reader.BeginTransactionAsync(LogFixture.Stop);
        await using var read = new NpgsqlCommand("select count(*) from trains.occupancy, mt_doc_train", reader);
        await read.ExecuteNonQueryAsync(LogFixture.Stop);
        Task[] rebuilds =
        [
            log.Rebuild.Projection(log.Store.Rows[0], null, LogFixture.Stop), log.Rebuild.Snapshot(log.Store.Snapshots[0], LogFixture.Stop),
        ];
        for (var i = 0; i < 5; i++)
        {
            await Task.Delay(100, LogFixture.Stop);
            Assert.True(await log.Append(_tenant, _trains, new SeatsBooked(1)).WaitAsync(TimeSpan.FromSeconds(20), LogFixture.Stop));
            await log.AppendSingle(_tenant, _trains[i], new SeatsBooked(1)).WaitAsync(TimeSpan.FromSeconds(20), LogFixture.Stop);
        }

        Assert.DoesNotContain(rebuilds, r => r.IsCompleted);
        await transaction.RollbackAsync(LogFixture.Stop);
        await Task.WhenAll(rebuilds);
        await log.AssertRowsEqualLog(_tenant);
        await log.AssertSnapshotsEqualFold(_tenant);
    }

    /// <returns>Holds the lock until it is disposed.</returns>
    private async Task<NpgsqlConnection> Holding(string @lock)
    {
        var holder = await log.DataSource.OpenConnectionAsync(LogFixture.Stop);
        await using var hold = new NpgsqlCommand($"begin; {@lock}", holder);
        await hold.ExecuteNonQueryAsync(LogFixture.Stop);
        return holder;
    }

    private sealed class Collected(List<(long, long)> reports) : IProgress<(long, long)>
    {
        public void Report((long, long) value) => reports.Add(value);
    }
}
