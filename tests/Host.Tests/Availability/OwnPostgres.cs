using System.Diagnostics;
using System.Runtime.InteropServices;
using PixeeEvents.Host.Running;

namespace PixeeEvents.Host.Tests.Availability;

/// <summary>A PostgreSQL server of a spec's own, which it may stop, kill and start.</summary>
internal sealed class OwnPostgres : IAsyncDisposable
{
    private PrivatePostgres _server = null!;

    private OwnPostgres(string directory) => Directory = directory;

    public string Directory { get; }

    public string ConnectionString => _server.ConnectionString;

    public static async Task<OwnPostgres> Start()
    {
        var directory = System.IO.Directory.CreateTempSubdirectory("pixee-own-").FullName;
        File.SetUnixFileMode(directory, (UnixFileMode)0b111_101_101);
        var postgres = new OwnPostgres(directory);
        await postgres.StartAgain();
        return postgres;
    }

    public async Task StartAgain() => _server = await PrivatePostgres.Start(Directory, forTests: true, CancellationToken.None);

    public Task Stop() => _server.Stop();

    public async Task<PostgresPlace> Place() => await PostgresPlace.Find(Directory);

    /// <summary>SIGKILL to the postmaster; its sessions end when they notice.</summary>
    public async Task Kill()
    {
        var (id, _) = (await Place()).Running()!.Value;
        using var postmaster = Process.GetProcessById(id);
        postmaster.Kill();
        await postmaster.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await PrivatePostgres.Stop(Directory, CancellationToken.None);
        System.IO.Directory.Delete(Directory, recursive: true);
    }
}
