namespace PixeeEvents.Http.Routes;

/// <summary>Names of operations and schemas, made of the words of the paths.</summary>
internal static class Identifiers
{
    /// <summary><c>ShowProduct</c> of <c>products/show</c>, <c>ListProducts</c> of <c>products/list</c>.</summary>
    public static string OfOperation(string name)
    {
        var parts = name.Split('/');
        return Of(parts[^1]) + Of(parts[^1] == "list" ? parts[0] : Singular(parts[0]));
    }

    /// <summary>What one of many is called.</summary>
    public static string Singular(string plural) => plural switch
    {
        [.. var stem, 'i', 'e', 's'] => stem + "y",
        [.. var stem, 's', 'e', 's'] => stem + "s",
        [.. var stem, 's'] => stem,
        _ => plural,
    };

    /// <summary><c>LineItems</c> of <c>line_items</c>.</summary>
    public static string Of(string name) =>
        string.Concat(name.Split('_', '-', '.', ' ').Select(w => w.Length == 0 ? "" : char.ToUpperInvariant(w[0]) + w[1..]));
}
