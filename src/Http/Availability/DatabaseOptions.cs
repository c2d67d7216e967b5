using Npgsql;

namespace PixeeEvents.Http.Availability;

/// <summary>How much of the database calls may take. Bounds are per node.</summary>
internal sealed class DatabaseOptions
{
    /// <summary>Calls that write at once; half of the pool when not set, so that the other half is left to those that read.</summary>
    public int? Writers { get; set; }

    public int WritersPerCompany { get; set; } = 8;

    /// <summary>Of its writers, those that are batches: two would mostly wait for each other's locks.</summary>
    public int BatchesPerCompany { get; set; } = 1;

    /// <summary>Calls of a company that wait for their turn, batches and others apart.</summary>
    public int WaitingPerCompany { get; set; } = 100;

    /// <summary>How long a batch waits for its turn.</summary>
    public double WaitSeconds { get; set; } = 15;

    /// <summary>How long any other call may take until its answer begins, without what it takes to send its body.</summary>
    public double AnswerSeconds { get; set; } = 4;

    public bool IsValid() =>
        Writers is null or > 0 && WritersPerCompany > 0 && BatchesPerCompany > 0 && WaitingPerCompany >= 0 && WaitSeconds > 0
            && AnswerSeconds > 0;

    public int WritersOf(string connectionString) =>
        Writers ?? Math.Max(1, new NpgsqlConnectionStringBuilder(connectionString).MaxPoolSize / 2);
}
