using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PixeeEvents.Host.Running;
using Xunit;

namespace PixeeEvents.Host.Tests.Availability;

public sealed class StoppingSpecs
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task a_host_that_was_not_told_to_stop_knows_what_stopped_it()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseSetting("urls", "http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddHostedService<Failing>();
        await using var app = builder.Build();
        await app.StartAsync(Stop);
        await app.WaitForShutdownAsync(Stop);
        Assert.Equal("a fault of ours", HostApplication.FailureOf(app)?.Message);
    }

    [Theory]
    [InlineData("keys", "list")]
    [InlineData("run", "--url", "http://127.0.0.1:0")]
    public async Task a_command_without_its_database_says_so_in_one_sentence_and_fails(params string[] command)
    {
        using var nobody = new TcpListener(IPAddress.Loopback, 0);
        nobody.Start();
        var port = ((IPEndPoint)nobody.LocalEndpoint).Port;
        nobody.Stop();
        var start = new ProcessStartInfo(
            "dotnet", [CommandLine.Program, .. command])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            UseShellExecute = false
        };
        start.Environment["ConnectionStrings__Postgres"] = $"Host=127.0.0.1;Port={port};Username=nobody";
        using var process = Process.Start(start)!;
        var errors = await process.StandardError.ReadToEndAsync(Stop);
        await process.WaitForExitAsync(Stop);
        Assert.Equal(1, process.ExitCode);
        Assert.Equal($"pixee: The database cannot be reached. Failed to connect to 127.0.0.1:{port} (Connection refused)\n", errors);
    }

    [Fact]
    public async Task the_private_server_is_not_stopped_in_the_middle_of_its_recovery()
    {
        await using var postgres = await OwnPostgres.Start();
        var place = await postgres.Place();

        // As a standby that takes no sessions it recovers for as long as the spec likes.
        await postgres.Kill();
        await place.Account.Run(
            "sh", ["-c", "cd \"$1\" && touch standby.signal && echo 'hot_standby = off' >> postgresql.conf", "sh", place.Cluster]);
        using var told = new CancellationTokenSource();
        var starting = PrivatePostgres.Start(postgres.Directory, forTests: true, told.Token);
        await Waiting.Until(() => Task.FromResult(place.Running() is { IsReady: false } ? null : "the server recovers"));
        await told.CancelAsync();
        await Task.WhenAny(starting, Task.Delay(1000, Stop));
        Assert.False(starting.IsCompleted);
        Assert.NotNull(place.Running());

        // Not waited for: the server is stopped as soon as it is ready, perhaps before pg_ctl looks.
        await place.Account.Run(Path.Combine(place.Programs, "pg_ctl"), ["promote", "-D", place.Cluster, "-s", "-W"]);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => starting);
        Assert.Null(place.Running());
    }

    private sealed class Failing(IHostApplicationLifetime lifetime) : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
            await started.Task;
            throw new InvalidOperationException("a fault of ours");
        }
    }
}
