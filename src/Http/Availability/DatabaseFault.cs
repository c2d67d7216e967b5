using System.Net.Sockets;
using Npgsql;

namespace PixeeEvents.Http.Availability;

/// <summary>Tells a database that cannot serve now from a fault of ours, in whatever exceptions a library wraps the driver's.</summary>
internal static class DatabaseFault
{
    private const string Driver = "Npgsql";

    /// <returns>Null when it is no matter of the database's state; what was cancelled is none either.</returns>
    public static Outage? Of(Exception exception)
    {
        for (var e = exception; e is not null; e = e.InnerException)
        {
            switch (e)
            {
                case UnavailableException unavailable:
                    return unavailable.Outage;
                case OperationCanceledException:
                    return null;
                case PostgresException answer:
                    return OfState(answer.SqlState);
                case NpgsqlException failure:
                    return OfDriver(failure);
                case SocketException or TimeoutException when e.Source == Driver:
                    return Outage.Away;
                case AggregateException several:
                    return several.InnerExceptions.Select(Of).FirstOrDefault(o => o is not null);
            }
        }

        return null;
    }

    /// <summary>In one line, without the values that PostgreSQL's details may show.</summary>
    public static string Describe(Exception exception)
    {
        for (var e = exception; e is not null; e = e.InnerException)
        {
            switch (e)
            {
                case PostgresException answer:
                    return $"{answer.SqlState}: {answer.MessageText}";
                case NpgsqlException { InnerException: { } cause } failure:
                    return $"{failure.Message} ({cause.GetBaseException().Message})".ReplaceLineEndings(" ");
            }
        }

        return exception.Message.ReplaceLineEndings(" ");
    }

    private static Outage? OfState(string state) => state switch
    {
        PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure =>
            Outage.Locked,
        // The driver makes a cancelled call out of one that we cancelled: this one ran into statement_timeout.
        PostgresErrorCodes.QueryCanceled => Outage.Slow,
        PostgresErrorCodes.TooManyConnections => Outage.Crowded,
        PostgresErrorCodes.ReadOnlySqlTransaction or PostgresErrorCodes.InvalidCatalogName => Outage.Away,
        _ => state[..2] switch
        {
            // Insufficient resources; system and I/O errors.
            "53" or "58" => Outage.Full,
            // Operator intervention; connections; authorization of ours.
            "57" or "08" or "28" => Outage.Away,
            _ => null,
        },
    };

    private static Outage? OfDriver(NpgsqlException failure)
    {
        for (var cause = failure.InnerException; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case PostgresException answer:
                    return OfState(answer.SqlState);
                case TimeoutException:
                    return failure.Message.Contains("pool", StringComparison.Ordinal) ? Outage.Crowded : Outage.Slow;
                case IOException or SocketException:
                    return Outage.Away;
            }
        }

        return null;
    }
}
