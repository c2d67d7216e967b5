using System.IO.Compression;
using Microsoft.AspNetCore.ResponseCompression;
using PixeeEvents.Host.Cli;
using PixeeEvents.Host.WinDev;

namespace PixeeEvents.Host;

/// <summary>The server: one stateless node over a database.</summary>
public static class HostApplication
{
    /// <summary>Brings the database up to date, fills an empty one with the demo company, and serves until stopped.</summary>
    /// <exception cref="IOException">The address is in use.</exception>
    public static async Task Serve(string connectionString, string url, TextWriter announce, CancellationToken stop)
    {
        await using var pixee = await Pixee.Open(connectionString, TimeProvider.System, stop);
        var firstKey = await DemoCompany.CreateUnlessInhabited(pixee, stop);
        await using var app = Build(pixee, url, TimeProvider.System);
        await app.StartAsync(stop);
        await announce.WriteLineAsync($"PixeeEvents serves {url}");
        await announce.WriteLineAsync(firstKey is null
            ? "API keys: ./pixee keys list | create | rotate | revoke"
            : $"A demo company was created. Its API key, shown this once: {firstKey}");
        await app.WaitForShutdownAsync(stop);
    }

    /// <summary>Composes the server; the caller starts it and owns <paramref name="pixee"/>.</summary>
    /// <param name="url">Where to listen; port 0 takes a free one.</param>
    /// <param name="configure">Settings on top of the environment's.</param>
    public static WebApplication Build(Pixee pixee, string url, TimeProvider time, Action<IConfigurationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        configure?.Invoke(builder.Configuration);
        builder.WebHost.UseUrls(url);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = Body.MaxBytes;
        });
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        builder.Services.AddSingleton(pixee);
        builder.Services.AddSingleton(pixee.Accounts);
        builder.Services.AddSingleton(time);
        builder.Services.AddSingleton<RateLimits>();
        builder.Services.AddOptions<RateLimitOptions>().BindConfiguration("RateLimits").ValidateOnStart();
        builder.Services.AddSingleton<Telemetry>();
        builder.Services.AddHostedService<Housekeeping>();
        builder.Services.AddRequestDecompression();
        builder.Services.AddResponseCompression(options => options.EnableForHttps = true);
        builder.Services.Configure<GzipCompressionProviderOptions>(options => options.Level = CompressionLevel.Fastest);
        builder.Services.Configure<BrotliCompressionProviderOptions>(options => options.Level = CompressionLevel.Fastest);

        var app = builder.Build();
        app.Services.GetRequiredService<Telemetry>();
        app.UseResponseCompression();
        app.UseRouting();
        app.UseWinDev();
        app.UseRequestDecompression();
        app.MapGet("/health", async (CancellationToken cancellationToken) =>
        {
            await using var command = pixee.DataSource.CreateCommand("select 1");
            await command.ExecuteScalarAsync(cancellationToken);
            return Results.Text("ok");
        });
        app.MapWinDev();
        return app;
    }

    /// <summary>Writes down now and then what is known in memory: how far the log is settled, and when keys were last used.</summary>
    private sealed class Housekeeping(Pixee pixee, TimeProvider time) : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            using var timer = new PeriodicTimer(TimeSpan.FromSeconds(10), time);
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await pixee.Mark.Save(stoppingToken);
                await pixee.Accounts.RecordUse(stoppingToken);
            }
        }
    }
}
