namespace PixeeEvents.Winddle;

/// <summary>
/// PATCH stands for PUT, and products are found below <c>product</c> too. The document writes two paths without a slash, one of them
/// below a resource of its own. All of them are rewritten once, before routing, so that an endpoint has one method and one path.
/// </summary>
internal static class Aliases
{
    private const string Products = WinddleApi.Root + "/products/";

    /// <summary>What stands for <see cref="Products"/>, where this follows the product's key.</summary>
    private static readonly (string Head, string Tail)[] Heads =
    [
        (WinddleApi.Root + "/product/", ""),
        (WinddleApi.Root + "product/", "/showcase"),
        (WinddleApi.Root + "/showcase/", "/unshowcase"),
        (WinddleApi.Root + "showcase/", "/unshowcase"),
    ];

    /// <summary>What stands for a route, by method and path as it.</summary>
    public static IEnumerable<string> Of(string route)
    {
        var method = route[..route.IndexOf(' ', StringComparison.Ordinal)];
        var path = route[(method.Length + 1)..];
        var paths = Heads.Where(h => Leads(path, Products, h.Tail)).Select(h => h.Head + path[Products.Length..]).Prepend(path);
        string[] methods = HttpMethods.IsPut(method) ? [method, HttpMethods.Patch] : [method];
        return paths.SelectMany(p => methods.Select(m => $"{m} {p}")).Where(r => r != route);
    }

    /// <summary>Gives a call the method and the path that are routed.</summary>
    public static void Resolve(HttpRequest request)
    {
        if (HttpMethods.IsPatch(request.Method))
        {
            request.Method = HttpMethods.Put;
        }

        var path = request.Path.Value!;
        if (Heads.FirstOrDefault(h => Leads(path, h.Head, h.Tail)).Head is { } head)
        {
            request.Path = new PathString(Products + path[head.Length..]);
        }
    }

    /// <summary>Wherever PUT is allowed, so is PATCH.</summary>
    public static void Complete(HttpResponse response)
    {
        if (response.Headers.Allow.ToString() is var allowed && allowed.Contains(HttpMethods.Put, StringComparison.Ordinal))
        {
            response.Headers.Allow = $"{allowed}, {HttpMethods.Patch}";
        }
    }

    private static bool Leads(string path, string head, string tail)
    {
        if (path.Length <= head.Length || path[head.Length] == '/' || !path.StartsWith(head, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        var end = path.IndexOf('/', head.Length);
        var rest = end < 0 ? "" : path[end..];
        return rest.StartsWith(tail, StringComparison.OrdinalIgnoreCase)
            && (rest.Length == tail.Length || tail.Length == 0 || rest[tail.Length] == '/');
    }
}
