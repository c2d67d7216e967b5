using Marten;
using Npgsql;

namespace PixeeEvents.EventLog.Tests;

internal sealed record TrainScheduled(string Line, int Seats);

internal sealed record SeatsBooked(int Seats);

internal sealed record TrainDelayed(int Minutes, string Reason);

/// <summary>How delays were stored before they had reasons.</summary>
internal sealed record TrainDelayedV1(int Minutes);

/// <summary>How delays were stored at first.</summary>
internal sealed record TrainLate(double Hours);

internal sealed record Train(Guid Id, string? Line, int Seats, int Booked, int Delay, int Events)
{
    public static Aggregate<Train> Aggregate { get; } = new(id => new Train(id, null, 0, 0, 0, 0), Evolve);

    /// <summary>The log with nothing in it but trains.</summary>
    public static void AddTrains(StoreOptions options)
    {
        options.AddEventLog();
        options.AddAggregate(
            Aggregate, ("train_scheduled", typeof(TrainScheduled)), ("seats_booked", typeof(SeatsBooked)),
            ("train_delayed_v3", typeof(TrainDelayed)));
        options.Events.Upcast<TrainDelayedV1, TrainDelayed>("train_delayed", old => new TrainDelayed(old.Minutes, "unknown"));
        options.Events.Upcast<TrainLate, TrainDelayed>("train_late", old => new TrainDelayed((int)(old.Hours * 60), "unknown"));
    }

    private static Train Evolve(Train train, object @event) => @event switch
    {
        TrainScheduled e => train with { Line = e.Line, Seats = e.Seats, Events = train.Events + 1 },
        SeatsBooked e => train with { Booked = train.Booked + e.Seats, Events = train.Events + 1 },
        TrainDelayed e => train with { Delay = train.Delay + e.Minutes, Events = train.Events + 1 },
        _ => train,
    };
}

/// <summary>A state whose name is of two words.</summary>
internal sealed record NightTrain(Guid Id);

/// <summary>Adds up the booked seats of each train: applying an event twice or not at all shows in the sum.</summary>
internal sealed class Occupancy : RowProjection
{
    public override string Name => "Occupancy";

    public override string Schema => "trains";

    public override IReadOnlyList<string> Tables => ["occupancy"];

    public override void Project(EventBatch events, NpgsqlBatch statements, string schema)
    {
        var trains = events.Numbered.GroupBy(e => e.Event.StreamId).OrderBy(g => g.Key.ToString(), StringComparer.Ordinal).ToList();
        statements.Add(
            $"""
             {EventBatch.Log}
             insert into {schema}.occupancy as o (tenant_id, train, booked, events, last_seq_id)
             select $1, t.train, t.booked, t.events, log.positions[t.last]
             from unnest($2::uuid[], $3::bigint[], $4::bigint[], $5::int[]) as t(train, booked, events, last)
             cross join log
             on conflict (tenant_id, train) do update
             set booked = o.booked + excluded.booked, events = o.events + excluded.events, last_seq_id = excluded.last_seq_id
             """,
            Sql.Text(events.Tenant), Sql.Uuids(trains.Select(g => g.Key)),
            Sql.Longs(trains.Select(g => g.Sum(e => (long)Booked(e.Event.Data)))),
            Sql.Longs(trains.Select(g => (long)g.Count())), Sql.Ints(trains.Select(g => g.Max(e => e.Number))));
    }

    private static int Booked(object @event) => @event is SeatsBooked booked ? booked.Seats : 0;
}
