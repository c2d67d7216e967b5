using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Spectre.Console;

namespace PixeeEvents.Host.Cli.Webhooks;

/// <summary>
/// A webhook receiver as a subscriber would write one: believes nothing but the secret, and shows what it was told. Verified requests
/// get 204, or the answer of whom they are forwarded to; others 401 and the reason.
/// </summary>
internal sealed class WebhookReceiver(string secret, IAnsiConsole console, TimeProvider time, Forwarding? forwarding = null)
{
    private const long MaxBody = 1024 * 1024;
    private const int MaxChanges = 5;

    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    private readonly Lock _line = new();

    /// <summary>Listens on this machine alone.</summary>
    public WebApplication Listen(int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = MaxBody);
        var app = builder.Build();
        app.MapPost("/{**path}", Receive);
        return app;
    }

    /// <returns>Why a request is not to be believed; null when it is.</returns>
    public string? Problem(IHeaderDictionary headers, ReadOnlySpan<byte> body)
    {
        var (id, timestamp) = (headers["webhook-id"].ToString(), headers["webhook-timestamp"].ToString());
        if (id.Length == 0 || !long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
        {
            return "webhook-id or webhook-timestamp is missing";
        }

        if (Math.Abs(time.GetUtcNow().ToUnixTimeSeconds() - (double)seconds) > Tolerance.TotalSeconds)
        {
            return "webhook-timestamp is more than 5 minutes off";
        }

        byte[] message = [.. Encoding.UTF8.GetBytes($"{id}.{timestamp}."), .. body];
        var standard = "v1," + Convert.ToBase64String(HMACSHA256.HashData(Key(), message));
        if (!headers["webhook-signature"].ToString().Split(' ').Aggregate(false, (found, given) => found | Same(given, standard)))
        {
            return "webhook-signature does not fit the secret";
        }

        var documented = "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body));
        return Same(headers["X-PM-Signature"].ToString(), documented) ? null : "X-PM-Signature does not fit the secret";
    }

    private async Task Receive(HttpContext context)
    {
        using var buffer = new MemoryStream();
        await context.Request.Body.CopyToAsync(buffer, context.RequestAborted);
        var body = buffer.ToArray();
        if (Problem(context.Request.Headers, body) is { } problem)
        {
            lock (_line)
            {
                console.MarkupLineInterpolated($"[red]refused[/] {context.Request.Headers["webhook-id"].ToString()}: {problem}");
            }

            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            await context.Response.WriteAsync(problem, context.RequestAborted);
            return;
        }

        Show(body);
        if (forwarding is null)
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }

        var (succeeded, outcome) = await forwarding.Pass(context, body);
        lock (_line)
        {
            console.MarkupLineInterpolated($"         → [{(succeeded ? "green" : "red")}]{outcome}[/]");
        }
    }

    private void Show(byte[] body)
    {
        using var document = JsonDocument.Parse(body);
        var root = document.RootElement;
        var data = root.GetProperty("data");
        string Of(JsonElement json, string name) => json.TryGetProperty(name, out var value) ? value.ToString() : "";
        var occurred = Of(root, root.TryGetProperty("timestamp", out _) ? "timestamp" : "time");
        var at = DateTimeOffset.Parse(occurred, CultureInfo.InvariantCulture).ToLocalTime();
        lock (_line)
        {
            console.MarkupLineInterpolated(
                $"[green]verified[/] [grey]{at:HH:mm:ss}[/] [bold]{Of(root, "type")}[/] {Subject(data)} [grey]{Of(root, "id")}[/]");
            if (!data.TryGetProperty("changes", out var changes))
            {
                return;
            }

            foreach (var change in changes.EnumerateArray().Take(MaxChanges))
            {
                var supplier = Of(change, "supplier_code") is { Length: > 0 } code ? $" ({code})" : "";
                console.MarkupLineInterpolated(
                    $"         {Of(change, "field")}{supplier}: [red]{Shown(change, "before")}[/] → [green]{Shown(change, "after")}[/]");
            }

            if (changes.GetArrayLength() > MaxChanges)
            {
                console.MarkupLineInterpolated($"         [grey]and {changes.GetArrayLength() - MaxChanges} more[/]");
            }
        }
    }

    private static string Subject(JsonElement data) =>
        data.TryGetProperty("eans", out var eans) ? $"{data.GetProperty("total")} products: {Names(data, eans)}"
        : data.TryGetProperty("reference", out var reference)
            ? $"{reference} version {(data.TryGetProperty("version", out var version) ? version.ToString() : "-")}"
        : data.TryGetProperty("message", out var message) ? message.ToString()
        : "";

    /// <summary>The first EANs, or the references of products that have none.</summary>
    private static string Names(JsonElement data, JsonElement eans)
    {
        var names = eans.GetArrayLength() == 0 && data.TryGetProperty("references", out var references) ? references : eans;
        return string.Join(' ', names.EnumerateArray().Take(3)) + (names.GetArrayLength() > 3 ? " …" : "");
    }

    private static string Shown(JsonElement change, string name) =>
        change.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value.ToString() : "none";

    private byte[] Key() => secret.StartsWith("whsec_", StringComparison.Ordinal)
        ? Convert.FromBase64String(secret["whsec_".Length..])
        : Encoding.UTF8.GetBytes(secret);

    private static bool Same(string given, string expected) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(expected));
}
