using System.Data.Common;
using JasperFx.Events;
using Npgsql;
using Weasel.Core;
using Weasel.Postgresql;
using Weasel.Storage;

namespace PixeeEvents.Postgres;

/// <summary>
/// A statement of ours among those that Marten sends in a unit of work, with an answer; <c>$1</c> and on are its parameters.
/// </summary>
/// <param name="read">Reads it, before the commit; adds what must undo the unit of work.</param>
public class SqlQuery(
    string statement, IReadOnlyList<NpgsqlParameter> parameters, Func<NpgsqlDataReader, IList<Exception>, CancellationToken, Task> read)
    : Marten.Internal.Operations.IStorageOperation
{
    public string Statement => statement;

    public IReadOnlyList<NpgsqlParameter> Parameters => parameters;

    /// <summary>Marten sends what concerns events before what concerns documents, in the order of queueing.</summary>
    public Type DocumentType => typeof(IEvent);

    public OperationRole Role() => OperationRole.Other;

    /// <remarks>
    /// The builder writes a placeholder wherever it takes a parameter: they are taken in a comment, so that the statement may name
    /// each as often as it likes.
    /// </remarks>
    public void ConfigureCommand(Weasel.Postgresql.ICommandBuilder builder, IStorageSession session)
    {
        builder.Append("/* ");
        foreach (var parameter in parameters)
        {
            builder.AppendParameter(parameter.Value, parameter.NpgsqlDbType);
        }

        builder.Append(" */ ");
        builder.Append(statement);
    }

    public Task PostprocessAsync(DbDataReader reader, IList<Exception> exceptions, CancellationToken token) =>
        read((NpgsqlDataReader)reader, exceptions, token);
}

/// <summary>The same without an answer.</summary>
public sealed class SqlOperation(string statement, IReadOnlyList<NpgsqlParameter> parameters)
    : SqlQuery(statement, parameters, (_, _, _) => Task.CompletedTask), NoDataReturnedCall;
