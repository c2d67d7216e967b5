using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;

namespace PixeeEvents.Bench.Stages;

/// <summary>Where the two services lie on disk.</summary>
internal sealed record Installation(string Product, string Baseline)
{
    public static Installation Find(string? product, string? baseline)
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "PixeeEvents.sln")))
            root = root.Parent;
        var repository = root?.FullName ?? Environment.CurrentDirectory;
        return new Installation(
            Path.GetFullPath(product ?? Path.Combine(repository, ".pixee/app/PixeeEvents.Server.dll")),
            Path.GetFullPath(baseline ?? Path.Combine(repository, "benchmarks/Baseline/bin/Release/net10.0/PixeeEvents.Baseline.dll")));
    }
}

/// <summary>How the product's clients say who they are: the command that prints a new secret, and the header that carries it.</summary>
internal sealed record Credential(string Header, Func<string, string[]> Command)
{
    public static readonly Credential ApiKey = new(
        "X-API-Key", name => ["keys", "create", "--company", "demo", "--name", name, "--scopes", "windev:read,windev:write,windev:sync"]);

    public static readonly Credential Token = new(
        "Authorization",
        name => ["tokens", "create", "--company", WinddleCatalogue.Company, "--user", WinddleCatalogue.Admin, "--name", name]);

    public string ValueOf(string secret) => Header == "Authorization" ? $"Bearer {secret}" : secret;
}

/// <summary>One running service, product or baseline, on its own database, and a client for it.</summary>
internal sealed class Service : IAsyncDisposable
{
    private readonly Process _process;
    private readonly HttpClient _client;
    private Func<string, CancellationToken, Task<(string Name, string Value)>>? _identify;
    private bool _isGuest;

    private Service(Process process, Uri address)
    {
        _process = process;
        Address = address;
        _client = new HttpClient(
            new SocketsHttpHandler { UseProxy = false, UseCookies = false })
        { BaseAddress = address, Timeout = TimeSpan.FromMinutes(5) };
    }

    public Uri Address { get; }

    /// <summary>The header that says who calls, as one line.</summary>
    public string Header { get; private set; } = "X-Caller: anybody";

    /// <summary>Only a service with keys can tell its clients apart.</summary>
    public bool RemembersWalks => _identify is not null;

    public static async Task<Service> StartBaseline(
        Installation installation, string connectionString, CancellationToken cancellationToken) =>
        await Start(installation.Baseline, ["--urls"], connectionString, cancellationToken);

    public static async Task<Service> StartProduct(
        Installation installation, string connectionString, Credential credential, CancellationToken cancellationToken,
        IReadOnlyDictionary<string, string>? settings = null)
    {
        var service = await Start(installation.Product, ["run", "--url"], connectionString, cancellationToken, settings);
        try
        {
            service._identify = async (name, cancellation) => (credential.Header, credential.ValueOf(
                (await Commands.Run(["dotnet", installation.Product], credential.Command(name), cancellation, Settings(connectionString)))
                    .Trim()));
            await service.Identify("bench", cancellationToken);
            return service;
        }
        catch
        {
            await service.DisposeAsync();
            throw;
        }
    }

    /// <summary>The product with a PostgreSQL of its own, kept in a folder.</summary>
    public static Task<Service> StartAlone(Installation installation, string folder, CancellationToken cancellationToken) =>
        Start(
            installation.Product, ["run", "--url"], "", cancellationToken, new Dictionary<string, string> { ["PIXEE_DATA"] = folder });

    /// <summary>A node of the product beside others on its database; who calls it brings a key.</summary>
    public static Task<Service> StartNode(
        Installation installation, string connectionString, IReadOnlyDictionary<string, string> settings,
            CancellationToken cancellationToken) =>
        Start(installation.Product, ["run", "--url"], connectionString, cancellationToken, settings);

    /// <summary>
    /// Another client of the same service, with an API key of its own where the service has keys. Disposing it leaves the service
    /// alone.
    /// </summary>
    public async Task<Service> AsGuest(string name, CancellationToken cancellationToken)
    {
        var guest = new Service(_process, Address) { _identify = _identify, _isGuest = true };
        await guest.Identify(name, cancellationToken);
        return guest;
    }

    /// <summary>Sends one batch and returns the milliseconds until the whole answer is read; every item of it must have landed.</summary>
    public async Task<double> Push(string path, byte[] body, CancellationToken cancellationToken)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        var watch = Stopwatch.StartNew();
        using var response = await _client.PostAsync(new Uri($"/api/v1/windev/{path}", UriKind.Relative), content, cancellationToken);
        var answer = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        var elapsed = watch.Elapsed.TotalMilliseconds;
        using var json = Parse(response.StatusCode, answer);
        var failed = json.RootElement.GetProperty("data").EnumerateArray().FirstOrDefault(
            item => item.GetProperty("status").GetString() is not ("ok" or "created" or "updated"));
        return failed.ValueKind == JsonValueKind.Undefined
            ? elapsed
            : throw new InvalidOperationException($"{path}: an item was refused: {failed}");
    }

    /// <summary>The number of results that a list call reports.</summary>
    public async Task<int> Total(string path, CancellationToken cancellationToken)
    {
        using var response = await _client.GetAsync(new Uri($"/api/v1/windev/{path}", UriKind.Relative), cancellationToken);
        using var json = Parse(response.StatusCode, await response.Content.ReadAsByteArrayAsync(cancellationToken));
        return json.RootElement.GetProperty("total").GetInt32();
    }

    /// <summary>An answer as JSON, and the total that its header gives.</summary>
    public async Task<(JsonElement Json, int Total)> Get(string path, CancellationToken cancellationToken)
    {
        using var response = await _client.GetAsync(new Uri(path, UriKind.Relative), cancellationToken);
        using var json = Parse(response.StatusCode, await response.Content.ReadAsByteArrayAsync(cancellationToken));
        return (json.RootElement.Clone(), int.Parse(response.Headers.GetValues("X-Total-Count").Single(), CultureInfo.InvariantCulture));
    }

    /// <summary>Resident memory in MB: now (VmRSS) or the peak since the last <see cref="ForgetPeak"/> (VmHWM).</summary>
    public async Task<double> Memory(string field, CancellationToken cancellationToken)
    {
        var status = await File.ReadAllLinesAsync($"/proc/{_process.Id}/status", cancellationToken);
        var line = status.First(l => l.StartsWith(field + ":", StringComparison.Ordinal));
        return double.Parse(line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }

    public Task ForgetPeak(CancellationToken cancellationToken) =>
        File.WriteAllTextAsync($"/proc/{_process.Id}/clear_refs", "5", cancellationToken);

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        if (_isGuest)
            return;
        if (!_process.HasExited)
        {
            await Commands.Run("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)], CancellationToken.None);
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(15));
            try
            {
                await _process.WaitForExitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                _process.Kill();
            }
        }
        _process.Dispose();
    }

    private static async Task<Service> Start(
        string program, string[] arguments, string connectionString, CancellationToken cancellationToken,
        IReadOnlyDictionary<string, string>? more = null)
    {
        if (!File.Exists(program))
            throw new FileNotFoundException($"{Path.GetFileName(program)} is not built: {program}");
        var address = new Uri($"http://127.0.0.1:{FreePort()}");
        var settings = Settings(connectionString).Concat(more ?? new Dictionary<string, string>()).ToDictionary();
        var process = Commands.Start(["dotnet", program], [.. arguments, address.GetLeftPart(UriPartial.Authority)], settings);
        var service = new Service(process, address);
        try
        {
            await service.WaitUntilReady(cancellationToken);
            return service;
        }
        catch
        {
            await service.DisposeAsync();
            throw;
        }
    }

    private static Dictionary<string, string> Settings(string connectionString) => new()
    {
        ["ConnectionStrings__Postgres"] = connectionString,
        ["RateLimits__Enabled"] = "false",
        ["DOTNET_ENVIRONMENT"] = "Production",
        ["ASPNETCORE_ENVIRONMENT"] = "Production",
    };

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static JsonDocument Parse(HttpStatusCode status, byte[] answer)
    {
        if (status != HttpStatusCode.OK)
            throw new InvalidOperationException(
                $"HTTP {(int)status}: {System.Text.Encoding.UTF8.GetString(answer.AsSpan(0, Math.Min(answer.Length, 300)))}");
        return JsonDocument.Parse(answer);
    }

    private async Task Identify(string name, CancellationToken cancellationToken)
    {
        if (_identify is null)
            return;
        var header = await _identify(name, cancellationToken);
        Header = $"{header.Name}: {header.Value}";
        _client.DefaultRequestHeaders.Add(header.Name, header.Value);
    }

    private async Task WaitUntilReady(CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            if (_process.HasExited)
                throw new InvalidOperationException($"The service ended at once with {_process.ExitCode}.");
            try
            {
                using var response = await _client.GetAsync(new Uri("/api/v1/windev/status", UriKind.Relative), cancellationToken);
                if (response.IsSuccessStatusCode)
                    return;
            }
            catch (HttpRequestException) when (watch.Elapsed < TimeSpan.FromSeconds(60))
            {
            }
            if (watch.Elapsed > TimeSpan.FromSeconds(60))
                throw new TimeoutException("The service did not become ready in 60 s.");
            await Task.Delay(10, cancellationToken);
        }
    }
}
