using System.Diagnostics;
using System.Globalization;

namespace PixeeEvents.Host.Running;

/// <summary>The account that PostgreSQL runs under: the present one, or an ordinary one because PostgreSQL refuses root.</summary>
internal sealed class ServerAccount
{
    private const string CreatedWhenMissing = "pixee";
    private readonly string? _user;
    private readonly string? _group;

    private ServerAccount(string? user, string? group) => (_user, _group) = (user, group);

    public bool IsOther => _user is not null;

    /// <summary>The owner of an existing cluster, otherwise <c>postgres</c>, otherwise a system account made for it.</summary>
    public static async Task<ServerAccount> Choose(string cluster)
    {
        var present = new ServerAccount(user: null, group: null);
        if (!Environment.IsPrivilegedProcess)
        {
            return present;
        }

        if (Directory.Exists(cluster))
        {
            var owner = (await present.Read("stat", ["-c", "%u %g", cluster])).Split(' ');
            return string.Equals(owner[0], "0", StringComparison.Ordinal)
                ? throw new PrivatePostgresException($"{cluster} belongs to root, and PostgreSQL refuses to run as root.")
                : new ServerAccount(owner[0], owner[1].Trim());
        }

        if (Find("postgres") is { } packaged)
        {
            return packaged;
        }

        if (Find(CreatedWhenMissing) is null)
        {
            await present.Run(
                "useradd", ["--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", CreatedWhenMissing]);
        }

        return Find(CreatedWhenMissing) ?? throw new PrivatePostgresException("No ordinary account could be made for PostgreSQL.");
    }

    /// <summary>Makes a directory that only this account (and root) can enter.</summary>
    public async Task MakePrivate(string directory)
    {
        if (_user is not null)
        {
            await new ServerAccount(user: null, group: null).Run("install", ["-d", "-m", "0700", "-o", _user, "-g", _group!, directory]);
            return;
        }

        if (new DirectoryInfo(directory).LinkTarget is not null)
        {
            throw new PrivatePostgresException($"{directory} is a symbolic link.");
        }

        Directory.CreateDirectory(directory);
        File.SetUnixFileMode(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public async Task<bool> CanReach(string directory) => (await End("test", ["-x", directory], input: "")).Status == 0;

    public async Task Run(string file, string[] arguments, string input = "") => _ = await Read(file, arguments, input);

    /// <summary>Starts a program in a session of its own, so that no key pressed in the terminal reaches it.</summary>
    public Process Launch(string file, string[] arguments, bool readsOutput)
    {
        string[] account = _user is null ? [] : ["setpriv", $"--reuid={_user}", $"--regid={_group}", "--clear-groups", "--"];
        var start = new ProcessStartInfo("setsid", [.. account, file, .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = readsOutput,
            RedirectStandardError = readsOutput,
            WorkingDirectory = "/",
        };
        start.Environment["LC_ALL"] = "C.UTF-8";
        return Process.Start(start) ?? throw new PrivatePostgresException($"{file} did not start.");
    }

    private async Task<string> Read(string file, string[] arguments, string input = "")
    {
        var (status, output) = await End(file, arguments, input);
        return status == 0 ? output : throw new PrivatePostgresException($"{Path.GetFileName(file)} failed ({status}): {output.Trim()}");
    }

    private async Task<(int Status, string Output)> End(string file, string[] arguments, string input)
    {
        using var process = Launch(file, arguments, readsOutput: true);
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var text = await output + await errors;
        await process.WaitForExitAsync();
        return (process.ExitCode, text);
    }

    private static ServerAccount? Find(string name)
    {
        var entry = File.ReadLines("/etc/passwd").Select(line => line.Split(':')).FirstOrDefault(fields => fields[0] == name);
        return entry is [_, _, var user, var group, ..] && int.TryParse(user, CultureInfo.InvariantCulture, out var id) && id != 0
            ? new ServerAccount(user, group)
            : null;
    }
}
