namespace PixeeEvents.Webhooks.Subscriptions;

/// <summary>
/// Subscriptions of a company that get the same events at the same URL: each of their events arrives there more than once.
/// </summary>
public static class Duplicates
{
    /// <summary>Of each such subscription but the first, which is the first.</summary>
    /// <param name="all">Of one company, in the order of creation.</param>
    public static IReadOnlyDictionary<Guid, Guid> Of(IReadOnlyList<Subscription> all) => (
        from same in all.GroupBy(Key, StringComparer.Ordinal)
        from later in same.Skip(1)
        select (later.Id, First: same.First().Id)).ToDictionary(d => d.Id, d => d.First);

    private static string Key(Subscription s) => string.Join(
        '\n', [s.Url.AbsoluteUri, Sorted(s.Events), Sorted(s.Fields), Sorted(s.SupplierCodes)]);

    private static string Sorted(IReadOnlyList<string>? names) =>
        names is null ? "" : string.Join('\t', names.Order(StringComparer.Ordinal));
}
