using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using PixeeEvents.Host;
using PixeeEvents.Host.Availability;
using PixeeEvents.Host.Webhooks;
using PixeeEvents.Http.Callers;
using PixeeEvents.Winddle;
using PixeeEvents.Winddle.Files;
using PixeeEvents.WinDev;
using Xunit;

namespace PixeeEvents.Architecture.Tests;

public sealed class EndpointSpecs
{
    /// <summary>Routes that are no face's: open on purpose.</summary>
    private static readonly string[] Open = [
        HealthEndpoints.Root, HealthEndpoints.Live, HealthEndpoints.Ready, FileEndpoint.Pattern
    ];

    /// <summary>What describes the API, and where to begin.</summary>
    private static bool IsDocument(string route) =>
        route == "/" || route.StartsWith("/docs", StringComparison.Ordinal) || route.EndsWith("/openapi.json", StringComparison.Ordinal);

    [Fact]
    public async Task every_endpoint_declares_its_scope_and_rate_tier()
    {
        await using var app = HostApplication.Build(Connections.None, "http://127.0.0.1:0", TimeProvider.System);
        var endpoints = ((IEndpointRouteBuilder)app).DataSources.SelectMany(d => d.Endpoints).OfType<RouteEndpoint>()
            .Where(e => !Open.Contains(e.RoutePattern.RawText) && !IsDocument(e.RoutePattern.RawText!)).ToList();
        var limits = new RateLimitOptions();
        var windev = endpoints.Where(e => e.RoutePattern.RawText!.StartsWith(WinDevApi.Root, StringComparison.Ordinal)).ToList();
        Assert.Equal(12, windev.Count);
        var webhooks = endpoints.Where(e => e.RoutePattern.RawText!.StartsWith(WebhooksApi.Root, StringComparison.Ordinal)).ToList();
        Assert.Equal(25, webhooks.Count);
        Assert.All(endpoints.Except([.. windev, .. webhooks]), e =>
        {
            var admission = e.Metadata.GetMetadata<Admission>();
            Assert.NotNull(admission);
            Assert.True(limits.PerMinute.ContainsKey(admission.Tier));
        });
        Assert.All([.. windev, .. webhooks], e =>
        {
            var access = e.Metadata.GetMetadata<Access>();
            Assert.NotNull(access);
            Assert.True(limits.PerMinute.ContainsKey(access.Tier));
            Assert.True(
                access.Scope is null
                    ? e.RoutePattern.RawText!.EndsWith("/status", StringComparison.Ordinal)
                        || e.RoutePattern.RawText.EndsWith("/jwks.json", StringComparison.Ordinal)
                    : KeyScopes.All.Contains(access.Scope));
        });
        Assert.NotNull(app.Services.GetService<RateLimits>());
    }
}
