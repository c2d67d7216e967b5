using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Xunit;

namespace PixeeEvents.Host.Tests.Testing;

/// <summary>What came back, byte for byte as it was sent: header values by lower-case name, the body as Latin-1.</summary>
internal sealed record RawAnswer(int Status, IReadOnlyDictionary<string, string> Headers, string Body)
{
    public JsonElement Json => JsonSerializer.Deserialize<JsonElement>(Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(Body)));

    public string? Header(string name) => Headers.GetValueOrDefault(name);
}

/// <summary>A call over a connection of its own, with bytes that no client library would send.</summary>
internal static class RawCall
{
    /// <param name="target">As it goes over the wire; characters are bytes.</param>
    public static Task<RawAnswer> Send(
        Uri server, string method, string target, string headers = "", string body = "", string host = "localhost") =>
        Send(server, $"{method} {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}\r\n{body}");

    /// <summary>Reads until the server closes the connection.</summary>
    public static async Task<RawAnswer> Send(Uri server, string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(server.Host, server.Port, TestContext.Current.CancellationToken);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request), TestContext.Current.CancellationToken);
        using var answer = new MemoryStream();
        await stream.CopyToAsync(answer, TestContext.Current.CancellationToken);
        return Parse(Encoding.Latin1.GetString(answer.ToArray()));
    }

    private static RawAnswer Parse(string text)
    {
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        Assert.True(end > 0, "No answer: " + text);
        var lines = text[..end].Split("\r\n");
        var headers = lines[1..]
            .Select(l => l.Split(": ", 2)).ToDictionary(h => h[0].ToLowerInvariant(), h => h[1], StringComparer.Ordinal);
        var body = text[(end + 4)..];
        return new RawAnswer(
            int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture), headers,
            headers.GetValueOrDefault("transfer-encoding") == "chunked" ? Joined(body) : body);
    }

    private static string Joined(string chunks)
    {
        var body = new StringBuilder();
        for (var at = 0; at < chunks.Length;)
        {
            var end = chunks.IndexOf("\r\n", at, StringComparison.Ordinal);
            var length = int.Parse(chunks.AsSpan(at, end - at), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            body.Append(chunks, end + 2, length);
            at = end + 2 + length + 2;
        }

        return body.ToString();
    }
}
