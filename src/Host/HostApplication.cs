using System.IO.Compression;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.Extensions.Options;
using PixeeEvents.Host.Availability;
using PixeeEvents.Host.Cli.Demo;
using PixeeEvents.Host.Http;
using PixeeEvents.Host.OpenApi;
using PixeeEvents.Host.Webhooks;
using PixeeEvents.Http.Text;
using PixeeEvents.Webhooks;
using PixeeEvents.Webhooks.Sending;
using PixeeEvents.Winddle;
using PixeeEvents.Winddle.Files;
using PixeeEvents.WinDev;

namespace PixeeEvents.Host;

/// <summary>The server: one stateless node over a database.</summary>
public static class HostApplication
{
    /// <summary>Brings the database up to date, fills an empty one with the demo company, and serves until stopped.</summary>
    /// <param name="url">Where to listen; port 0 takes a free one.</param>
    /// <param name="trial">Webhooks may go to this machine over plain http, unless the settings say otherwise.</param>
    /// <exception cref="IOException">The address is in use.</exception>
    /// <exception cref="CommandException">It stopped without being told to.</exception>
    public static async Task Serve(string connectionString, string url, bool trial, TextWriter announce, CancellationToken stop)
    {
        // It is work for one core, and so is what the database needs meanwhile.
        var composing = Task.Run(
            () => Build(Connections.OfServer(connectionString), url, TimeProvider.System, trial ? WebhookOptions.Trial : null), stop);
        var demo = await Prepare(connectionString, stop);
        await using var app = await composing;
        var webhooks = app.Services.GetRequiredService<SenderOptions>();
        await app.StartAsync(stop);
        await announce.WriteLineAsync($"PixeeEvents serves {app.Urls.Single()}");
        if (demo is var (key, token))
        {
            await announce.WriteLineAsync($"A demo company was created. Its API key, shown this once: {key}");
            await announce.WriteLineAsync($"The API token of its user {DemoCompany.Admin}, shown this once: {token}");
        }
        else
        {
            await announce.WriteLineAsync(
                "API keys: ./pixee keys list | create | rotate | revoke    API tokens: ./pixee tokens list | create | revoke");
        }

        if (Telemetry.Said(app.Configuration) is { } exported)
        {
            await announce.WriteLineAsync(exported);
        }

        if (webhooks.AllowHttp || webhooks.AllowedNetworks.Count > 0)
        {
            string[] beyond = [
                .. webhooks.AllowHttp ? ["plain http"] : Array.Empty<string>(), .. webhooks.AllowedNetworks.Select(n => n.ToString())
            ];
            await announce.WriteLineAsync(
                $"Webhooks may also go to {string.Join(", ", beyond)} (Webhooks__AllowHttp, Webhooks__AllowedNetworks). "
                + "Try: ./pixee webhooks listen --register");
        }

        await app.WaitForShutdownAsync(stop);
        if (!stop.IsCancellationRequested && FailureOf(app) is { } failure)
        {
            throw new CommandException($"The server stopped by itself: {failure.Message}");
        }
    }

    private static async Task<(string Key, string Token)?> Prepare(string connectionString, CancellationToken stop)
    {
        await using var modules = ModuleServices.Open(connectionString, TimeProvider.System);
        await modules.BringUpToDate(compares: false, stop);
        return await DemoCompany.CreateUnlessInhabited(modules, stop);
    }

    /// <summary>What ended the host, when it was not told to stop.</summary>
    internal static Exception? FailureOf(WebApplication app) => app.Services.GetServices<IHostedService>().OfType<BackgroundService>()
        .Select(s => s.ExecuteTask?.Exception?.GetBaseException()).FirstOrDefault(e => e is not null);

    /// <summary>The server over a database that is not asked before the caller starts it, on a schema that is up to date.</summary>
    /// <inheritdoc cref="Compose"/>
    public static WebApplication Build(
        Connections connections, string url, TimeProvider time, Action<IConfigurationBuilder>? configure = null,
        string? generatesInto = null)
    {
        var app = Compose(connections, url, time, configure, generatesInto).Build();
        Map(app);
        return app;
    }

    /// <param name="url">Where to listen; port 0 takes a free one.</param>
    /// <param name="configure">Settings on top of the environment's.</param>
    /// <param name="generatesInto">Where the code goes that Wolverine calls endpoints and handlers by; null runs what the build
    /// made.</param>
    public static WebApplicationBuilder Compose(
        Connections connections, string url, TimeProvider time, Action<IConfigurationBuilder>? configure = null,
        string? generatesInto = null)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        configure?.Invoke(builder.Configuration);
        builder.WebHost.UseUrls(url);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.RequestHeaderEncodingSelector = _ => HeaderText.AsItCame;
            kestrel.Limits.MaxRequestBodySize = WireBody.MaxBytes;
            kestrel.UseRefusedRequests();
        });
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);
        // What its messages fail with is told by their handlers; what its heartbeat meets is the state of the database, which is told once.
        builder.Logging.AddFilter("Wolverine", LogLevel.Critical);
        // What a statement failed with is told once by whoever ran it.
        builder.Logging.AddFilter("Marten", LogLevel.None);
        builder.Services.AddModules(connections, time);
        builder.AddEndpoints(generatesInto);
        builder.AddTelemetry();
        builder.Services.AddProxies(url);
        builder.Services.AddRefusedRequests();
        builder.Services.AddSingleton<RateLimits>();
        builder.Services.AddSingleton<FailedAuthentications>();
        builder.Services.AddOptions<RateLimitOptions>().BindConfiguration("RateLimits").ValidateOnStart();
        builder.Services.AddWinDev();
        builder.Services.AddWinddle();
        builder.Services.AddWebhooks();
        builder.Services.AddSingleton<Fetch>();
        ApiDocuments.Add(builder.Services);
        builder.Services.AddAvailability();
        builder.Services.AddResponseCompression(options => options.EnableForHttps = true);
        builder.Services.Configure<GzipCompressionProviderOptions>(options => options.Level = CompressionLevel.Fastest);
        builder.Services.Configure<BrotliCompressionProviderOptions>(options => options.Level = CompressionLevel.Fastest);
        return builder;
    }

    /// <summary>The way of a call, from what it is told first to the endpoints.</summary>
    public static void Map(WebApplication app)
    {
        app.UseAnswerHeaders();
        app.UseTrustedProxies();
        app.UseRequestTarget();
        app.UseAllowedHosts();
        app.UseResponseCompression();
        app.UseWinddleAliases();
        app.UseHeadAsGet();
        app.UseRouting();
        app.UseHeadAgain();
        app.UseRouteValues();
        app.UseWinDev();
        app.UseWinddle();
        app.UseWebhooks();
        app.UsePackedBodies();
        app.UseFiles();
        app.MapHealth();
        app.MapFiles();
        app.MapEndpoints();
        ApiDocuments.Map(app);
        DocsPage.Map(app);
        Pointer.Map(app);
    }
}
