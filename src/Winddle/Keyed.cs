using System.Globalization;
using PixeeEvents.Catalog;

namespace PixeeEvents.Winddle;

/// <summary>What a path or a body calls a thing by: its id, else its source id, else its name.</summary>
internal static class Keyed
{
    /// <summary>In the form in which names are kept.</summary>
    public static string Decoded(string key) => TextForm.Clean(key);

    /// <summary>Of several of one name the oldest; null for none.</summary>
    public static long? Choose(IEnumerable<(long Id, string? SourceId, string? Name)> things, string key) => things
        .Select(t => (t.Id, Rank: t.Id.ToString(CultureInfo.InvariantCulture) == key ? 0 : t.SourceId == key ? 1 : t.Name == key ? 2 : 3))
        .Where(t => t.Rank < 3).OrderBy(t => t.Rank).ThenBy(t => t.Id).Select(t => (long?)t.Id).FirstOrDefault();
}
