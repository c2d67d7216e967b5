using System.Collections.Frozen;
using Microsoft.Extensions.Options;
using PixeeEvents.EventLog;
using PixeeEvents.Http.Availability;
using PixeeEvents.Webhooks;
using PixeeEvents.Webhooks.Sending;
using PixeeEvents.Winddle.Attachments;
using PixeeEvents.Winddle.Images;
using PixeeEvents.Winddle.Products;
using PixeeEvents.Winddle.Products.Writing;
using PixeeEvents.Winddle.Projects;
using PixeeEvents.Winddle.Settings;
using PixeeEvents.Winddle.Shapes;
using PixeeEvents.Winddle.Variants;
using PixeeEvents.Winddle.Wire;

namespace PixeeEvents.Winddle;

/// <summary>The Winddle face: its routes, each with its <see cref="Admission"/>, and the way to them.</summary>
internal static class WinddleApi
{
    public const string Root = "/api/v1";

    public static RouteTable Routes { get; } = Table();

    /// <summary>First words of the paths: the face also answers what it has no endpoint for below them.</summary>
    private static FrozenSet<string> Words { get; } = Routes.All
        .Select(r => r[(r.IndexOf(Root, StringComparison.Ordinal) + Root.Length)..].TrimStart('/').Split('/')[0])
        .ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    public static void AddWinddle(this IServiceCollection services)
    {
        services.AddOptions<WinddleOptions>().BindConfiguration("Winddle").ValidateOnStart();
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<WinddleOptions>>().Value);
        services.AddOptions<ImageOptions>().BindConfiguration("Images").ValidateOnStart();
        services.AddSingleton<ImageScaler>();
        services.AddSingleton(provider => new Uploads(provider.GetRequiredService<ImageScaler>(), provider.GetRequiredService<Fetch>()));
        services.AddSingleton<ShownProducts>();
        services.AddSingleton<ProductWriting>();
        services.AddSingleton(provider => new ProductRegistrations(
            provider.GetRequiredService<EventStore>(), provider.GetRequiredService<CallBounds>().Answer));
        services.AddSingleton<ShownProjects>();
        services.AddSingleton<ShownLines>();
    }

    /// <summary>Before routing: takes the format off the path, and puts the method and path there that have an endpoint.</summary>
    public static void UseWinddleAliases(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        if (IsOurs(context))
        {
            Formats.TakeSuffix(context);
            Aliases.Resolve(context.Request);
        }

        return next(context);
    });

    /// <summary>After routing.</summary>
    public static void UseWinddle(this IApplicationBuilder app) => app.UseWhen(
        IsOurs,
        branch => branch.UseMiddleware<Gate>(ActivatorUtilities.CreateInstance<TokenCheck>(app.ApplicationServices), new RefusedAnswers()));

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

    private static bool IsOurs(HttpContext context) => Owns(context.Request.Path);

    private static RouteTable Table()
    {
        var routes = new RouteTable(typeof(WinddleApi), "Winddle", Root, Aliases.Of);
        routes.Add(
            "GET /user",
            Admission.Read,
            "users/current",
            "The user that the call runs for.",
            gives: typeof(WinddleShapes.UserAnswer),
            id: "GetCurrentUser");
        ProductRoutes.Add(routes);
        VariantRoutes.Add(routes);
        AttachmentRoutes.Add(routes);
        SettingRoutes.Add(routes);
        ProjectRoutes.Add(routes);
        return routes;
    }
}
