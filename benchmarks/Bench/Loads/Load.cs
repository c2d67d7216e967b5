using System.Globalization;

namespace PixeeEvents.Bench.Loads;

/// <summary>Requests per second under constant load, sent by wrk so that the client takes little of the cores.</summary>
internal sealed class Load(Cluster cluster, Pace pace)
{
    /// <remarks>A service that is cold may answer nothing in the first seconds; it gets a second chance.</remarks>
    /// <param name="requests">Lines for <c>load.lua</c>, chosen at random.</param>
    public async Task<double> Rate(
        Service service, string method, IReadOnlyCollection<string> requests, int connections, int seed,
        CancellationToken cancellationToken)
    {
        var file = cluster.TemporaryFile("requests.txt");
        await File.WriteAllLinesAsync(file, requests, cancellationToken);
        string[] arguments =
        [
            "-t1", $"-c{connections}", $"-d{pace.LoadSeconds}s", "--timeout", "30s", "-s",
            Path.Combine(AppContext.BaseDirectory, "load.lua"), service.Address.ToString(),
            "--", method, service.Header, file, seed.ToString(CultureInfo.InvariantCulture),
        ];
        return await Run(arguments, cancellationToken) ?? await Run(arguments, cancellationToken)
            ?? throw new InvalidOperationException("no request was answered");
    }

    /// <returns>Null when nothing was answered.</returns>
    private static async Task<double?> Run(string[] arguments, CancellationToken cancellationToken)
    {
        string output;
        try
        {
            output = await Commands.Run("wrk", arguments, cancellationToken);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new InvalidOperationException("wrk is not installed: apt-get install wrk", e);
        }
        var result = output.Split('\n').Single(l => l.StartsWith("RESULT ", StringComparison.Ordinal)).Split(' ')[1..]
            .Select(n => double.Parse(n, CultureInfo.InvariantCulture)).ToArray();
        var (sent, microseconds, broken, refused) = (result[0], result[1], result[2], result[3]);
        return broken == 0 && refused == 0
            ? sent > 0 ? sent / (microseconds / 1e6) : null
            : throw new InvalidOperationException($"of {sent} requests {refused} were refused and {broken} broke");
    }
}
