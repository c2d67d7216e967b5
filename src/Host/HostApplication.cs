namespace PixeeEvents.Host;

/// <summary>The server itself, once a database is there.</summary>
internal static class HostApplication
{
    public static async Task Serve(string connectionString, string url, TextWriter announce, CancellationToken stop)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        builder.Logging.AddFilter("Microsoft.AspNetCore.Server.Kestrel", LogLevel.None);
        await using var database = Npgsql.NpgsqlDataSource.Create(connectionString);
        await using var app = builder.Build();
        app.Urls.Add(url);
        app.MapGet("/health", async (CancellationToken cancellationToken) =>
        {
            await using var command = database.CreateCommand("select 1");
            _ = await command.ExecuteScalarAsync(cancellationToken);
            return Results.Text("ok");
        });
        await app.StartAsync(stop);
        await announce.WriteLineAsync($"Serving {url}");
        await app.WaitForShutdownAsync(stop);
    }
}
