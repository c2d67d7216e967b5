using System.Globalization;
using Npgsql;
using PixeeEvents.EventLog;

namespace PixeeEvents.Catalog.Settings;

/// <summary>What a caller's id or name stands for: an id, or the reason why it stands for nothing.</summary>
public readonly record struct Reference(long? Id, Refusal? Refusal);

/// <summary>Finds rows by id, or else by name without regard to case. Digits are an id first and a name after that.</summary>
internal static class References
{
    /// <summary>Rows found stay until the session ends: whoever deletes one waits for it and looks for its uses afterwards.</summary>
    /// <param name="names">Columns that name a row, the more telling first.</param>
    public static async Task<IReadOnlyDictionary<string, Reference>> Resolve(
        EventSession session, string table, string id, IReadOnlyList<string> names, string noun, IReadOnlyCollection<string> keys,
        CancellationToken cancellationToken)
    {
        var asked = keys.Distinct(StringComparer.Ordinal).ToList();
        if (asked.Count == 0)
        {
            return new Dictionary<string, Reference>(StringComparer.Ordinal);
        }

        await using var batch = await session.Batch(cancellationToken);
        batch.Add(Query(table, id, names) + " for key share of t", Parameters(session.Tenant, asked));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        return await Read(reader, asked, noun, cancellationToken);
    }

    /// <summary>What one key stands for now.</summary>
    public static async Task<Reference> Find(
        NpgsqlDataSource dataSource, string tenant, string table, string id, IReadOnlyList<string> names, string noun, string key,
        CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(Query(table, id, names)).With(Parameters(tenant, [key]));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return (await Read(reader, [key], noun, cancellationToken))[key];
    }

    private static string Query(string table, string id, IReadOnlyList<string> names) =>
        $"""
         select k.key, t.{id}, case when t.{id} = k.number
             then 0 {string.Concat(names.Select((n, i) => $"when lower(t.{n}) = lower(k.key) then {i + 1} "))}end
         from unnest($2::text[], $3::bigint[]) as k(key, number)
         join {table} t on t.tenant_id = $1 and (t.{id} = k.number {string.Concat(names.Select(n => $"or lower(t.{n}) = lower(k.key) "))})
         """;

    private static NpgsqlParameter[] Parameters(string tenant, IReadOnlyList<string> keys) =>
        [Sql.Text(tenant), Sql.Texts(keys), Sql.NullableLongs(keys.Select(NumberOf))];

    private static async Task<IReadOnlyDictionary<string, Reference>> Read(
        NpgsqlDataReader reader, IReadOnlyList<string> asked, string noun, CancellationToken cancellationToken)
    {
        var found = new List<(string Key, long Id, int Rank)>();
        while (await reader.ReadAsync(cancellationToken))
        {
            found.Add((reader.GetString(0), reader.GetInt64(1), reader.GetInt32(2)));
        }

        var byKey = found.ToLookup(f => f.Key, f => (f.Rank, f.Id), StringComparer.Ordinal);
        return asked.ToDictionary(k => k, k => Choose(k, [.. byKey[k]], noun), StringComparer.Ordinal);
    }

    /// <summary>The best match, if it is the only one of its rank.</summary>
    public static Reference Choose(string key, IReadOnlyList<(int Rank, long Id)> matches, string noun)
    {
        var best = matches.Count == 0 ? [] : matches.Where(m => m.Rank == matches.Min(b => b.Rank)).ToList();
        return best.Count switch
        {
            0 => new Reference(null, new Refusal(noun + "_unknown", $"'{key}' does not exist")),
            1 => new Reference(best[0].Id, null),
            _ => new Reference(null, new Refusal(noun + "_ambiguous", $"'{key}' names several: give the id of one")),
        };
    }

    /// <summary>The id that a text of plain digits is.</summary>
    public static long? NumberOf(string key) =>
        long.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
