using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using PixeeEvents.Host;
using PixeeEvents.Host.WinDev;
using Xunit;

namespace PixeeEvents.Architecture.Tests;

public sealed class EndpointSpecs
{
    /// <summary>Routes that are no face's: open on purpose.</summary>
    private static readonly string[] Open = ["/health"];

    [Fact]
    public async Task every_endpoint_declares_its_scope_and_rate_tier()
    {
        await using var pixee = new Pixee(NpgsqlDataSource.Create("Host=nowhere"), TimeProvider.System);
        await using var app = HostApplication.Build(pixee, "http://127.0.0.1:0", TimeProvider.System);
        var endpoints = ((IEndpointRouteBuilder)app).DataSources.SelectMany(d => d.Endpoints).OfType<RouteEndpoint>()
            .Where(e => !Open.Contains(e.RoutePattern.RawText)).ToList();
        Assert.Equal(12, endpoints.Count);
        var limits = new RateLimitOptions();
        Assert.All(endpoints, e =>
        {
            var access = e.Metadata.GetMetadata<Access>();
            Assert.NotNull(access);
            Assert.True(limits.PerMinute.ContainsKey(access.Tier));
            Assert.True(access.Scope is null ? e.RoutePattern.RawText!.EndsWith("/status", StringComparison.Ordinal) : WinDevApi.Scopes.Contains(access.Scope));
        });
        Assert.NotNull(app.Services.GetService<RateLimits>());
    }
}
