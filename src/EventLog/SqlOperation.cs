using System.Data.Common;
using JasperFx.Events;
using Marten.Internal.Operations;
using Marten.Storage;
using Npgsql;
using Weasel.Core;
using Weasel.Postgresql;
using Weasel.Storage;

namespace PixeeEvents.EventLog;

/// <summary>A statement of ours among those that Marten sends in a unit of work; <c>$1</c> and on are its parameters.</summary>
internal class SqlOperation(string sql, IReadOnlyList<NpgsqlParameter> parameters) : Marten.Internal.Operations.IStorageOperation, NoDataReturnedCall
{
    public Type DocumentType => typeof(IEvent);

    public OperationRole Role() => OperationRole.Other;

    public void ConfigureCommand(Weasel.Postgresql.ICommandBuilder builder, IStorageSession session) => Configure(builder, sql, parameters);

    public Task PostprocessAsync(DbDataReader reader, IList<Exception> exceptions, CancellationToken token) => Task.CompletedTask;

    /// <remarks>The builder writes a placeholder wherever it takes a parameter: they are taken in a comment, so that the statement may name each as often as it likes.</remarks>
    internal static void Configure(Weasel.Postgresql.ICommandBuilder builder, string sql, IReadOnlyList<NpgsqlParameter> parameters)
    {
        builder.Append("/* ");
        foreach (var parameter in parameters)
        {
            builder.AppendParameter(parameter.Value, parameter.NpgsqlDbType);
        }

        builder.Append(" */ ");
        builder.Append(sql);
    }
}

/// <summary>The same for a statement with an answer.</summary>
/// <param name="read">Reads it, before the commit; adds what must undo the unit of work.</param>
/// <param name="isLast">Marten sends what concerns events before what concerns documents: this comes after both.</param>
internal sealed class SqlQuery(
    string sql, IReadOnlyList<NpgsqlParameter> parameters, Func<NpgsqlDataReader, IList<Exception>, CancellationToken, Task> read,
    bool isLast = false)
    : Marten.Internal.Operations.IStorageOperation
{
    public Type DocumentType => isLast ? typeof(StorageFeatures) : typeof(IEvent);

    public OperationRole Role() => OperationRole.Other;

    public void ConfigureCommand(Weasel.Postgresql.ICommandBuilder builder, IStorageSession session) => SqlOperation.Configure(builder, sql, parameters);

    public Task PostprocessAsync(DbDataReader reader, IList<Exception> exceptions, CancellationToken token) => read((NpgsqlDataReader)reader, exceptions, token);
}
