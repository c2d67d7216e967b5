using System.Collections.Frozen;

namespace PixeeEvents.Host.Winddle;

/// <summary>The endpoints of the Winddle face, each with its <see cref="Admission"/>.</summary>
internal static class WinddleApi
{
    public const string Root = "/api/v1";

    /// <summary>What each file declares, and the first words of its paths: the face also answers what it has no endpoint for below them.</summary>
    private static readonly (string[] Words, Action<RouteGroupBuilder> Map)[] Resources =
    [
        (["user"], UserEndpoint.Map),
        (["products", "product", "showcase"], ProductEndpoints.Map),
        (["products", "product"], VariantEndpoints.Map),
        (["products", "product"], AttachmentEndpoints.Map),
        ([CategoryEndpoints.Path], CategoryEndpoints.Map),
        ([SettingResources.CustomFields, SettingResources.Statuses, SettingResources.Seasons, SettingResources.Sizesets], SettingResources.Map),
        ([ProjectEndpoints.Path], ProjectEndpoints.Map),
        ([ProjectEndpoints.Path], LineItemEndpoints.Map),
        ([RecentEndpoint.Path], RecentEndpoint.Map),
    ];

    private static readonly FrozenSet<string> Words = Resources.SelectMany(r => r.Words).ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Before routing: takes the format off the path.</summary>
    public static void UseWinddleSuffixes(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        if (IsOurs(context))
        {
            Formats.TakeSuffix(context);
        }

        return next(context);
    });

    /// <summary>After routing.</summary>
    public static void UseWinddle(this IApplicationBuilder app) => app.UseWhen(
        IsOurs, branch => branch.UseMiddleware<Gate>(ActivatorUtilities.CreateInstance<TokenCheck>(app.ApplicationServices), new RefusedAnswers()));

    public static void MapWinddle(this IEndpointRouteBuilder routes)
    {
        var winddle = routes.MapGroup(Root).WithTags("Winddle");
        foreach (var resource in Resources)
        {
            resource.Map(winddle);
        }

        ProductEndpoints.MapLiterally(routes.MapGroup("").WithTags("Winddle"));
    }

    private static bool IsOurs(HttpContext context) => Owns(context.Request.Path);

    public static bool Owns(PathString called)
    {
        if (called.Value is not { } path || !path.StartsWith(Root, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        // The document's own paths have no slash behind the root in two places.
        var rest = path.AsSpan(Root.Length).TrimStart('/');
        var end = rest.IndexOfAny('/', '.');
        return Words.Contains(rest[..(end < 0 ? rest.Length : end)].ToString());
    }
}
