using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Extensions.Logging;

namespace PixeeEvents.Host.Tests.Cli.Webhooks;

internal sealed record Got(string Target, IReadOnlyDictionary<string, string> Headers, string Body);

/// <summary>The program on the developer's machine that webhooks are forwarded to.</summary>
internal sealed class Local : IAsyncDisposable
{
    private readonly WebApplication _app;

    public Local(RequestDelegate answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Run(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            var body = await reader.ReadToEndAsync(context.RequestAborted);
            var headers = context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase);
            Got.Enqueue(new Got(context.Request.GetEncodedPathAndQuery(), headers, body));
            await answer(context);
        });
    }

    public ConcurrentQueue<Got> Got { get; } = [];

    public async Task<Uri> Start()
    {
        await _app.StartAsync();
        return new Uri(_app.Urls.Single());
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
