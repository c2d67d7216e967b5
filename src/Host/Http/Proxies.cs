using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;

namespace PixeeEvents.Host.Http;

/// <summary>Reverse proxies that are trusted, and hosts that are taken.</summary>
internal static class Proxies
{
    public static void AddProxies(this IServiceCollection services, string url)
    {
        services.AddOptions<HttpOptions>().BindConfiguration("Http");
        services.AddSingleton(provider => PublicAddress.Of(provider.GetRequiredService<IConfiguration>(), url));
        services.AddSingleton(
            provider =>
                new ServerAddress(
                    provider.GetRequiredService<PublicAddress>(), provider.GetRequiredService<IOptions<HttpOptions>>().Value));
        services.AddSingleton<Faces>();
    }

    /// <summary>First of all: from here on address, scheme and host are the client's.</summary>
    public static void UseTrustedProxies(this WebApplication app)
    {
        var proxies = app.Services.GetRequiredService<IOptions<HttpOptions>>().Value.Proxies();
        if (proxies.Count == 0)
        {
            return;
        }

        var options = new ForwardedHeadersOptions
        {
            ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedHost,
            ForwardLimit = null,
        };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var proxy in proxies)
        {
            options.KnownIPNetworks.Add(proxy);
        }

        app.UseForwardedHeaders(options);
    }

    /// <summary>Behind the path. Whoever looks after the server's health calls it by its address.</summary>
    public static void UseAllowedHosts(this WebApplication app)
    {
        var (address, faces) = (app.Services.GetRequiredService<ServerAddress>(), app.Services.GetRequiredService<Faces>());
        if (address.TakesAny)
        {
            return;
        }

        app.Use((context, next) =>
            address.Takes(context.Request.Host) || context.Request.Path.StartsWithSegments("/health", StringComparison.Ordinal)
            ? next(context)
            : faces.Of(context.Request.Path).Refuse(context, new ForeignHostException(context.Request.Host.Value!)));
    }
}
