using System.Collections.Concurrent;
using Npgsql;
using PixeeEvents.Accounts;
using PixeeEvents.EventLog;

namespace PixeeEvents.WinDev.Since;

/// <summary>A walk through the since list: where it began, what it looks at, and how far it was served.</summary>
/// <param name="Since">The timestamp the client gave.</param>
/// <param name="Position">Settled position of the log before the walk's first page was read.</param>
/// <param name="Floor">Rows at or below are not part of the walk.</param>
/// <param name="Served">Rows served so far, page after page; <paramref name="Last"/> is the position of the last one.</param>
internal sealed record Walk(long Since, long Position, long Floor, long Total, long Served, long Last, bool IsComplete)
{
    /// <summary>Null until a page out of order was asked for.</summary>
    public WalkMarks? Marks { get; init; }
}

/// <summary>
/// What the server remembers of an API key's incremental sync, so that the documented client loses nothing.
/// </summary>
/// <remarks>
/// <para>
/// That client stores its own clock after the last page and passes it next time. Its clock may be ahead, products change while it
/// walks, and writers commit after the time they were stamped with. So the server remembers a position of the log per key: the one
/// at which the last walk began that is known to have arrived. The next walk returns everything behind it, whatever time is asked
/// for: more rows, never fewer.
/// </para>
/// <para>
/// A walk is known to have arrived when its last page was served and the client then asked with another timestamp. An abandoned
/// walk, or one asked for again with the same timestamp, moves nothing. What is remembered may be old, never too new, so it is
/// written without waiting for the disk.
/// </para>
/// </remarks>
internal sealed record Bookmark(long? Confirmed, Walk? Walk)
{
    private static readonly Bookmark Unknown = new(null, null);

    /// <summary>Keys that have a row, as far as this node knows: a row, once made, stays.</summary>
    private static readonly ConcurrentDictionary<Guid, bool> Known = [];

    /// <summary>Everything behind this position is new to the client; null when it was never here.</summary>
    public long? Position => Confirmed ?? Walk?.Position;

    public static async Task<Bookmark> Read(NpgsqlDataSource dataSource, string tenant, Guid key, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            """
            select position, walk_since, walk_position, walk_floor, walk_total, walk_served, walk_last, walk_is_complete, walk_marks,
                walk_mark_step, walk_front
            from sync.bookmarks where tenant_id = $1 and key_id = $2
            """).With(Sql.Text(tenant), Sql.Uuid(key));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? new Bookmark(
                reader.IsDBNull(0) ? null : reader.GetInt64(0),
                reader.IsDBNull(1) ? null : new Walk(
                    reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetInt64(4), reader.GetInt64(5), reader.GetInt64(6),
                    reader.GetBoolean(7))
                {
                    Marks = reader.IsDBNull(8)
                        ? null
                        : new WalkMarks(reader.GetInt32(9), reader.GetFieldValue<long[]>(8), reader.GetInt64(10)),
                })
            : Unknown;
    }

    /// <summary>A client that begins with the whole list is remembered from before its first page, unless it is known already.</summary>
    public static async Task BeginWithList(NpgsqlDataSource dataSource, SettledMark mark, ApiKey key, CancellationToken cancellationToken)
    {
        if (Known.ContainsKey(key.Id))
        {
            return;
        }

        await using var command = dataSource.CreateCommand(
            "insert into sync.bookmarks (tenant_id, key_id, position) values ($1, $2, $3) on conflict do nothing")
            .With(Sql.Text(key.Tenant), Sql.Uuid(key.Id), Sql.Long(await mark.Read(cancellationToken)));
        await command.ExecuteNonQueryAsync(cancellationToken);
        Known.TryAdd(key.Id, true);
    }

    /// <summary>Asking with another timestamp after a complete walk says that its rows arrived.</summary>
    public Bookmark Confirm(long since) =>
        Walk is { IsComplete: true } walk && walk.Since != since ? new Bookmark(walk.Position, walk) : this;

    public async Task Write(NpgsqlDataSource dataSource, string tenant, Guid key, CancellationToken cancellationToken)
    {
        if (Walk is null)
        {
            return;
        }

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection);
        batch.Add("begin").Add("set local synchronous_commit = off");
        batch.Add(
            """
            insert into sync.bookmarks as b (
                tenant_id, key_id, position, walk_since, walk_position, walk_floor, walk_total, walk_served, walk_last, walk_is_complete,
                walk_marks, walk_mark_step, walk_front)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
            on conflict (tenant_id, key_id) do update set position = excluded.position, walk_since = excluded.walk_since,
                walk_position = excluded.walk_position, walk_floor = excluded.walk_floor, walk_total = excluded.walk_total,
                walk_served = excluded.walk_served, walk_last = excluded.walk_last, walk_is_complete = excluded.walk_is_complete,
                walk_marks = excluded.walk_marks, walk_mark_step = excluded.walk_mark_step, walk_front = excluded.walk_front
            """,
            Sql.Text(tenant), Sql.Uuid(key), Sql.Long(Confirmed), Sql.Long(Walk.Since), Sql.Long(Walk.Position), Sql.Long(Walk.Floor),
            Sql.Long(Walk.Total), Sql.Long(Walk.Served), Sql.Long(Walk.Last), Sql.Bool(Walk.IsComplete),
            Walk.Marks is null ? Sql.NoLongs() : Sql.Longs(Walk.Marks.Positions), Sql.Int(Walk.Marks?.Step), Sql.Long(Walk.Marks?.Front));
        batch.Add("commit");
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }
}
