using System.Diagnostics;
using System.IO.Compression;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Npgsql;
using PixeeEvents.Testing;
using Xunit;

namespace PixeeEvents.Host.Tests.OldDatabase;

/// <summary>What came back.</summary>
internal sealed record OldAnswer(int Status, JsonElement Json);

/// <summary>
/// The old database restored, this version's server started on it in a process of its own, and the clients that it had then. Only what
/// clients and administrators see is used, so that nothing here changes with what lies behind it.
/// </summary>
internal sealed class OldServer : IAsyncDisposable
{
    public static readonly (string Key, string Value) SendsNothing = ("Webhooks__Workers", "false");

    private static readonly Uri Served = new("http://127.0.0.1:5161");

    private readonly TestDatabase _database;
    private readonly Victim _process;
    private readonly HttpClient _http;

    private OldServer(TestDatabase database, Victim process)
    {
        (_database, _process) = (database, process);
        _http = new HttpClient { BaseAddress = process.Address, Timeout = TimeSpan.FromMinutes(2) };
        // Links carry the address that the client used.
        _http.DefaultRequestHeaders.Host = Served.Authority;
    }

    /// <summary>The answers by request, the request as "client path", and the clients' credentials.</summary>
    public static JsonElement Recorded { get; } = ReadRecorded();

    public string ConnectionString => _database.ConnectionString;

    public static async Task<OldServer> Start(params (string Key, string Value)[] settings)
    {
        var database = await TestDatabase.Create();
        await Restore(database.ConnectionString);
        return new OldServer(database, await Victim.Start(database.ConnectionString, settings));
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        _process.Dispose();
        await _database.DisposeAsync();
    }

    /// <param name="client">As in the recording: windev, winddle, walker.</param>
    /// <param name="key">Instead of the recorded one.</param>
    public async Task<OldAnswer> Send(string client, HttpMethod method, string path, string? json = null, string? key = null)
    {
        using var request = new HttpRequestMessage(method, "/api/v1" + path);
        if (client == "winddle")
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Recorded.GetProperty("token").GetString());
            request.Headers.Accept.ParseAdd("application/json");
        }
        else
        {
            request.Headers.Add("X-API-Key", key ?? Recorded.GetProperty(client == "walker" ? "walker_key" : "key").GetString());
        }

        if (json is not null)
        {
            request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        }

        using var response = await _http.SendAsync(request);
        return new OldAnswer((int)response.StatusCode, JsonSerializer.Deserialize<JsonElement>(await response.Content.ReadAsStringAsync()));
    }

    /// <summary>A write that is taken, with no error in it.</summary>
    public async Task<JsonElement> Write(string client, HttpMethod method, string path, string? json = null)
    {
        var answer = await Send(client, method, path, json);
        Assert.Equal((200, answer.Json.ToString()), (answer.Status, answer.Json.ToString()));
        if (answer.Json.TryGetProperty("message", out var message) && message.GetString()!.Contains("erreurs", StringComparison.Ordinal))
        {
            Assert.EndsWith(" 0 erreurs", message.GetString(), StringComparison.Ordinal);
            Assert.DoesNotMatch("[1-9][0-9]* introuvables", message.GetString());
        }

        return answer.Json;
    }

    public Task<OldAnswer> Get(string client, string path, string? key = null) => Send(client, HttpMethod.Get, path, key: key);

    /// <summary>Asks everything that was recorded once more: for each answer that departs, the request and the first place where.</summary>
    public async Task<IReadOnlyList<string>> Differences()
    {
        var walker = await Command("keys", "create", "--company", "demo", "--name", "walker", "--scopes", "windev:read");
        var differences = new List<string>();
        foreach (var recorded in Recorded.GetProperty("answers").EnumerateObject())
        {
            var (client, path) = (recorded.Name.Split(' ')[0], recorded.Name.Split(' ')[1]);
            var (status, body) = (recorded.Value[0].GetInt32(), recorded.Value[1]);
            var now = await Get(client, path, client == "walker" ? walker.Trim() : null);
            var difference = now.Status == status
                ? JsonDifference.First(body, now.Json, p => path == "/webhooks" && p.Contains(".headers.", StringComparison.Ordinal))
                : $"the status is {now.Status} and was {status}: {now.Json}";
            if (difference is not null)
            {
                differences.Add($"{recorded.Name}: {difference}");
            }
        }

        return differences;
    }

    /// <summary>The content of every file that an answer links to, by link.</summary>
    public async Task<IReadOnlyDictionary<string, string>> Files()
    {
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var root = new Uri(Served, "/files/").ToString();
        foreach (var link in Texts(Recorded.GetProperty("answers")).Where(t => t.StartsWith(root, StringComparison.Ordinal)))
        {
            files[link] = Convert.ToBase64String(await _http.GetByteArrayAsync(new Uri(link).PathAndQuery));
        }

        return files;
    }

    /// <summary>Builds every read model and snapshot anew from the log, beside the running server.</summary>
    public async Task RebuildEverything()
    {
        var list = await Command("projections", "list");
        var names = list.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.NotEmpty(names);
        foreach (var name in names)
        {
            Assert.Equal($"{name} was rebuilt.", (await Command("projections", "rebuild", name)).Trim());
        }
    }

    /// <summary>Runs <c>./pixee</c> with these arguments beside the server; it must end well.</summary>
    /// <returns>What it printed.</returns>
    public async Task<string> Command(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [CommandLine.Program, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.Environment["ConnectionStrings__Postgres"] = ConnectionString;
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? await output
            : throw new InvalidOperationException(
                $"./pixee {string.Join(' ', arguments)} ended with {process.ExitCode}: {await output}{await errors}");
    }

    public async Task<T?> Scalar<T>(string sql)
    {
        await using var connection = await Connect(ConnectionString);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync() is T value ? value : default;
    }

    // A plain dump: statements, and rows between COPY and \. as its text format has them. Lines that psql itself obeys begin with \.
    private static async Task Restore(string connectionString)
    {
        await using var connection = await Connect(connectionString);
        using var dump = Open("pixee.sql.gz");
        var statements = new StringBuilder();
        while (await dump.ReadLineAsync() is { } line)
        {
            if (line.StartsWith("COPY ", StringComparison.Ordinal))
            {
                await Execute();
                await using var rows = await connection.BeginTextImportAsync(line);
                while (await dump.ReadLineAsync() is { } row && row != @"\.")
                {
                    await rows.WriteAsync(row + "\n");
                }
            }
            else if (!line.StartsWith('\\'))
            {
                statements.AppendLine(line);
            }
        }

        await Execute();

        async Task Execute()
        {
            await using var command = new NpgsqlCommand(statements.ToString(), connection);
            await command.ExecuteNonQueryAsync();
            statements.Clear();
        }
    }

    private static async Task<NpgsqlConnection> Connect(string connectionString)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    private static IEnumerable<string> Texts(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => json.EnumerateObject().SelectMany(p => Texts(p.Value)),
        JsonValueKind.Array => json.EnumerateArray().SelectMany(Texts),
        JsonValueKind.String => [json.GetString()!],
        _ => [],
    };

    private static JsonElement ReadRecorded()
    {
        using var answers = Open("answers.json.gz");
        return JsonSerializer.Deserialize<JsonElement>(answers.ReadToEnd());
    }

    private static StreamReader Open(string name, [CallerFilePath] string here = "") =>
        new(new GZipStream(File.OpenRead(Path.Combine(Path.GetDirectoryName(here)!, name)), CompressionMode.Decompress), Encoding.UTF8);
}
