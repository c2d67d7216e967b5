using Wolverine.Http;

namespace PixeeEvents.Http.Routes;

/// <summary>What stands beside the routes of a face: who may call each and how often, and what the API document says of it.</summary>
/// <param name="api">Whose namespace the endpoints of the face are in.</param>
/// <param name="aliases">Routes that stand for one, by method and path as it.</param>
internal sealed class RouteTable(Type api, string face, string root, Func<string, IEnumerable<string>>? aliases = null)
{
    private readonly Dictionary<string, object[]> _rows = new(StringComparer.Ordinal);

    /// <summary>Method and path of every route and of what stands for it.</summary>
    public IEnumerable<string> All => _rows.Keys.SelectMany(r => AliasesOf(r).Prepend(r));

    /// <param name="route">Method and path below the face's root, as in <c>GET /products</c>.</param>
    /// <param name="admission">What the face's gate asks of the caller.</param>
    /// <param name="name">Of the operation, as <see cref="Documented.Name"/>.</param>
    /// <param name="body">As <see cref="Documented.Body"/>.</param>
    /// <param name="file">As <see cref="Documented.File"/>.</param>
    /// <param name="status">Of the answer when all is well.</param>
    /// <param name="id">As <see cref="Documented.OperationId"/>; made of the name when it is null.</param>
    /// <param name="gives">As <see cref="Documented.Gives"/>.</param>
    /// <param name="takes">As <see cref="Documented.Takes"/>.</param>
    /// <param name="refusals">As <see cref="Documented.Refusals"/>.</param>
    public void Add(
        string route,
        object admission,
        string name,
        string summary,
        Parameter[]? parameters = null,
        string? body = null,
        string? file = null,
        int status = StatusCodes.Status200OK,
        string? id = null,
        Type? gives = null,
        Type? takes = null,
        int[]? refusals = null)
    {
        var method = route[..route.IndexOf(' ', StringComparison.Ordinal)];
        var row = $"{method} {root}{route[(method.Length + 1)..]}";
        var documented = new Documented(name, id ?? Identifiers.OfOperation(name), summary, parameters ?? [], body, file, status)
        {
            Aliases = [.. AliasesOf(row)],
            Gives = gives,
            Takes = takes,
            Refusals = refusals ?? [],
        };
        _rows.Add(row, [admission, documented, new Tag(face)]);
    }

    /// <exception cref="InvalidOperationException">An endpoint of the face stands in no row.</exception>
    public void Describe(HttpChain chain)
    {
        var path = chain.RoutePattern!.RawText!;
        if (!$"{chain.Method.HandlerType.Namespace}.".StartsWith($"{api.Namespace}.", StringComparison.Ordinal))
        {
            return;
        }

        foreach (var method in chain.HttpMethods)
        {
            if (!_rows.TryGetValue($"{method} {path}", out var metadata))
            {
                throw new InvalidOperationException($"{method} {path} stands in no table of {face}.");
            }

            chain.Metadata.WithMetadata(metadata);
        }
    }

    private IEnumerable<string> AliasesOf(string row) => aliases?.Invoke(row) ?? [];

    private sealed class Tag(string face) : Microsoft.AspNetCore.Http.Metadata.ITagsMetadata
    {
        public IReadOnlyList<string> Tags { get; } = [face];
    }
}
