using System.Globalization;
using System.Text.Json;
using Npgsql;
using PixeeEvents.Accounts;
using PixeeEvents.EventLog;
using PixeeEvents.WinDev.Rows;
using PixeeEvents.WinDev.Wire;
using Wolverine.Http;

namespace PixeeEvents.WinDev.Since;

/// <summary>
/// GET /products/since/{timestamp}: what changed, last change first. A row that changes during a walk moves to the front and pushes
/// others back, so a walker may see a row twice and skips none.
/// </summary>
public static class ProductsSinceEndpoint
{
    /// <summary>Writers that overlapped may carry times a little out of order; more than any write takes.</summary>
    private static readonly TimeSpan Overlap = TimeSpan.FromSeconds(60);

    /// <summary>Bounded on both sides: for a range without an end, the one plan for all calls would read the whole table.</summary>
    private const string Condition =
        "f.tenant_id = $1 and f.seq_id > $2 and f.seq_id < $5 and ($3::timestamptz is null or f.updated_at >= $3 or f.seq_id > $4)";

    private static readonly long LatestSecond = DateTimeOffset.MaxValue.ToUnixTimeSeconds();

    private sealed record Range(long Floor, DateTimeOffset? Since, long Exact);

    [WolverineGet(WinDevApi.Root + "/products/since/{timestamp}")]
    public static async Task List(
        HttpContext context, ApiKey key, NpgsqlDataSource database, SettledMark mark, LogReader log, string timestamp,
        CancellationToken cancellationToken)
    {
        var since = long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? Math.Min(seconds, LatestSecond)
            : throw new RefusedCallException(StatusCodes.Status400BadRequest, Messages.BadParameter("timestamp", Messages.TimestampRule));
        var (page, limit) = Query.Paging(context);
        var cursor = Cursor(context);
        var offset = (page - 1L) * limit;

        var bookmark = await Bookmark.Read(database, key.Tenant, key.Id, cancellationToken);
        var before = bookmark;
        var walk = page > 1 && cursor is null && bookmark.Walk is { } current && current.Since == since ? current : null;
        // A later page of a walk that is not remembered cannot say from where the next one is to go on.
        var knowsStart = page == 1 || walk is not null;
        if (walk is null)
        {
            bookmark = bookmark.Confirm(since);
            var position = await mark.Read(cancellationToken);
            walk = new Walk(since, position, await Floor(log, since, bookmark, cursor, cancellationToken), -1, 0, long.MaxValue, false);
        }

        var range = cursor is not null
            ? new Range(walk.Floor, null, walk.Floor)
            : new Range(walk.Floor, DateTimeOffset.FromUnixTimeSeconds(since), bookmark.Position ?? long.MaxValue);
        if (offset != walk.Served && offset >= 2 * WalkMarks.Smallest && walk.Total >= 0)
        {
            walk = walk with
            {
                Marks = await WalkMarks.Of(
                    walk, database, Condition, (floor, before) => Bounds(key.Tenant, range with { Floor = floor }, before),
                    cancellationToken),
            };
        }

        var (rows, total, nextSince) = await Read(database, key.Tenant, range, walk, offset, limit, cancellationToken);
        walk = walk with
        {
            Total = total,
            Served = offset == walk.Served ? offset + rows.Count : walk.Served,
            Last = offset == walk.Served && rows.Count > 0 ? rows[^1].Sequence : walk.Last,
            IsComplete = walk.IsComplete || offset + limit >= total,
        };
        var answer = Envelope.Ok(
            Messages.Products(total),
            rows.Count,
            json =>
            {
                json.WriteStartArray();
                foreach (var row in rows)
                {
                    row.Write(json);
                }

                json.WriteEndArray();
            },
            new Paging(page, limit, total),
            json =>
            {
                json.WriteNumber("next_since"u8, knowsStart && nextSince is { } settled ? settled : since);
                if (knowsStart)
                {
                    json.WriteString("cursor"u8, walk.Position.ToString(CultureInfo.InvariantCulture));
                }
            });
        await answer.ExecuteAsync(context);

        // A page out of order, or of a walk by cursor, says nothing about what its client has seen.
        var nothingNew = total == 0 && bookmark == before && before.Walk is not null;
        if (cursor is null && !nothingNew && (page == 1 || bookmark.Walk?.Since == since))
        {
            var next = bookmark with { Walk = walk };
            if (next != before)
            {
                await next.Write(database, key.Tenant, key.Id, CancellationToken.None);
            }
        }
    }

    private static async Task<long> Floor(LogReader log, long since, Bookmark bookmark, long? cursor, CancellationToken cancellationToken)
    {
        if (cursor is { } exact)
        {
            return exact;
        }

        var byTime = since == 0 ? 0 : await log.PositionOf(DateTimeOffset.FromUnixTimeSeconds(since), Overlap, cancellationToken);
        return Math.Min(byTime, bookmark.Position ?? byTime);
    }

    private static async Task<(List<Row> Rows, long Total, long? NextSince)> Read(
        NpgsqlDataSource dataSource, string tenant, Range range, Walk walk, long offset, int limit, CancellationToken cancellationToken)
    {
        var (before, skip) = offset == walk.Served ? (walk.Last, 0) : walk.Marks?.Find(offset) ?? (long.MaxValue, offset);
        await using var batch = dataSource.CreateBatch();
        if (walk.Total < 0)
        {
            batch.Add(
                $"select count(*) from windev.figures f where {Condition}", Bounds(tenant, range, long.MaxValue));
        }
        else
        {
            batch.Add("select $1::bigint", Sql.Long(walk.Total));
        }

        batch.Add(
            "select extract(epoch from e.timestamp)::bigint - $2 from mt_events e where e.seq_id <= $1 order by e.seq_id desc limit 1",
            Sql.Long(walk.Position), Sql.Long((long)Overlap.TotalSeconds));
        batch.Add(
            $"""
             select p.product_id, p.ean, p.reference, p.name, p.brand, f.price_ht, f.price_ttc, f.stock, p.is_active, f.updated_at,
                 f.seq_id, f.tombstone, f.product_id
             from (select f.* from windev.figures f where {Condition} order by f.seq_id desc offset $6 limit $7) f
             left join lateral (select p.* from windev.products p where p.tenant_id = f.tenant_id and p.product_id = f.product_id
                 limit 1) p on true
             order by f.seq_id desc
             """,
            [.. Bounds(tenant, range, before), Sql.Long(skip), Sql.Long(limit)]);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var total = reader.GetInt64(0);
        await reader.NextResultAsync(cancellationToken);
        long? nextSince = await reader.ReadAsync(cancellationToken) ? reader.GetInt64(0) : null;
        await reader.NextResultAsync(cancellationToken);
        var rows = new List<Row>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(reader.IsDBNull(11)
                ? new Row(reader.GetInt64(10), ProductRow.Read(reader), reader.GetGuid(12), null, default)
                : new Row(
                    reader.GetInt64(10), null, reader.GetGuid(12), reader.GetFieldValue<byte[]>(11),
                    reader.GetFieldValue<DateTimeOffset>(9)));
        }

        return (rows, total, nextSince);
    }

    /// <summary>The parameters of <see cref="Condition"/>.</summary>
    private static NpgsqlParameter[] Bounds(string tenant, Range range, long before) =>
        [Sql.Text(tenant), Sql.Long(range.Floor), Sql.Timestamp(range.Since), Sql.Long(range.Exact), Sql.Long(before)];

    private static long? Cursor(HttpContext context) =>
        Query.Text(context, "cursor") is not { } text ? null
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var cursor) ? cursor
        : throw new RefusedCallException(StatusCodes.Status400BadRequest, Messages.BadParameter("cursor", Messages.CursorRule));

    private sealed record Row(long Sequence, ProductRow? Product, Guid Id, byte[]? Tombstone, DateTimeOffset UpdatedAt)
    {
        public void Write(Utf8JsonWriter json)
        {
            if (Product is not null)
            {
                Product.WriteListed(json);
            }
            else
            {
                ProductRow.WriteTombstone(json, Id, Tombstone!, UpdatedAt);
            }
        }
    }
}
