using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using PixeeEvents.Baseline;

var builder = WebApplication.CreateBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
if (builder.Configuration["PIXEE_URL"] is { } url)
    builder.WebHost.UseUrls(url);

var connectionString = builder.Configuration.GetConnectionString("Postgres")
    ?? throw new InvalidOperationException("ConnectionStrings__Postgres is not set.");
builder.Services.AddDbContextPool<CatalogContext>(options => options.UseNpgsql(connectionString));
builder.Services.ConfigureHttpJsonOptions(options => options.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower);

var app = builder.Build();
await using (var scope = app.Services.CreateAsyncScope())
    await scope.ServiceProvider.GetRequiredService<CatalogContext>().Database.EnsureCreatedAsync();

var windev = app.MapGroup("/api/v1/windev");
windev.MapGet("/status", () => Envelope.Of("WinDev API opérationnelle", new { Api = "Baseline", Version = "1.1" }, 1));
windev.MapReads();
windev.MapWrites();
app.MapWinddleReads();
await app.RunAsync();
