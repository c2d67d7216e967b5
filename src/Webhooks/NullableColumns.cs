using System.Data.Common;

namespace PixeeEvents.Webhooks;

/// <summary>Columns that may be null.</summary>
internal static class NullableColumns
{
    public static T? Nullable<T>(this DbDataReader row, int column)
        where T : struct => row.IsDBNull(column) ? null : row.GetFieldValue<T>(column);

    public static T? Nullable<T>(this DbDataReader row, string column)
        where T : struct => row.Nullable<T>(row.GetOrdinal(column));

    public static string? NullableText(this DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    public static string? NullableText(this DbDataReader row, string column) => row.NullableText(row.GetOrdinal(column));

    public static T[]? NullableArray<T>(this DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<T[]>(column);

    public static T[]? NullableArray<T>(this DbDataReader row, string column) => row.NullableArray<T>(row.GetOrdinal(column));
}
