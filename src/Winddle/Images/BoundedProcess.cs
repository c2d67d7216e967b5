using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace PixeeEvents.Winddle.Images;

/// <summary>
/// A foreign program that works on foreign bytes, from its standard input to its standard output. It has a limited address space
/// and processor time, may create no file (its own file size limit is zero), keeps few descriptors, gets no environment but what
/// it is given, no privileges (under root: another account), and no network where the machine lets it be taken away.
/// Nothing of it is left when this returns: it has ended or was killed.
/// </summary>
internal static class BoundedProcess
{
    private const int Nobody = 65534;
    private const int MaxErrors = 4096;

    private static readonly string[] Directories = ["/usr/local/bin", "/usr/bin", "/bin"];

    private static readonly Lazy<Task<string[]>> Cage = new(Build);

    /// <returns>Null when it failed, was killed at a limit, or wrote more than <paramref name="maxOutput"/>.</returns>
    public static async Task<byte[]?> Run(
        string tool, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment, ReadOnlyMemory<byte> input,
        ProcessLimits limits,
        CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(limits.Time);
        string[] limited =
        [
            .. await Cage.Value, "prlimit", $"--as={Text(limits.Memory)}", $"--cpu={Text((long)Math.Ceiling(limits.Time.TotalSeconds))}",
            "--fsize=0", "--nofile=32",
            "--core=0", "--", tool, .. arguments,
        ];
        using var process = Start(limited, environment);

        // Reading a pipe cannot be called off, but it ends with the process.
        await using var killing = deadline.Token.Register(() => process.Kill(entireProcessTree: true));
        var writing = Write(process.StandardInput.BaseStream, input);
        var reading = Read(process.StandardOutput.BaseStream, limits.Output);
        var complaints = Read(process.StandardError.BaseStream, MaxErrors);
        await Task.WhenAll(writing, reading, complaints);
        await process.WaitForExitAsync(CancellationToken.None);
        cancellationToken.ThrowIfCancellationRequested();
        return process.ExitCode == 0 ? await reading : null;
    }

    /// <summary>Where a program is; null when it is not installed.</summary>
    public static string? Find(string tool) =>
        tool.Contains('/', StringComparison.Ordinal)
            ? File.Exists(tool) ? tool : null
            : Directories.Select(d => Path.Combine(d, tool)).FirstOrDefault(File.Exists);

    private static Process Start(string[] command, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        start.Environment.Clear();
        start.Environment["PATH"] = string.Join(':', Directories);
        start.Environment["LC_ALL"] = "C.UTF-8";
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    private static async Task Write(Stream stream, ReadOnlyMemory<byte> input)
    {
        try
        {
            await stream.WriteAsync(input);
            stream.Close();
        }
        catch (IOException)
        {
            // It ended before it had read everything; its exit code tells how.
        }
    }

    /// <summary>Reads to the end. What exceeds the limit ends the process: its pipe is closed.</summary>
    private static async Task<byte[]?> Read(Stream stream, int limit)
    {
        using var output = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (await stream.ReadAsync(buffer) is > 0 and var read)
        {
            if (output.Length + read > limit)
            {
                stream.Close();
                return null;
            }

            output.Write(buffer, 0, read);
        }

        return output.ToArray();
    }

    /// <summary>The wrappers that work on this machine, tried once.</summary>
    private static async Task<string[]> Build()
    {
        string[] account = Environment.IsPrivilegedProcess
            ? ["setpriv", $"--reuid={Nobody}", $"--regid={Nobody}", "--clear-groups", "--no-new-privs", "--"]
            : ["setpriv", "--no-new-privs", "--"];
        string[] alone = [.. account, "unshare", "--user", "--net", "--"];
        return await Works([.. alone, "true"]) ? alone
            : await Works([.. account, "true"]) ? account
            : throw new InvalidOperationException("A process without privileges cannot be started on this machine.");
    }

    private static async Task<bool> Works(string[] command)
    {
        try
        {
            using var process = Start(command, new Dictionary<string, string>(StringComparer.Ordinal));
            await process.WaitForExitAsync();
            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}

/// <param name="Memory">Address space in bytes.</param>
/// <param name="Output">Bytes.</param>
internal sealed record ProcessLimits(TimeSpan Time, long Memory, int Output);
