using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using PixeeEvents.Accounts;
using PixeeEvents.Catalog;
using PixeeEvents.EventLog;
using PixeeEvents.Inventory;
using PixeeEvents.Testing;
using PixeeEvents.Webhooks;
using Xunit;

namespace PixeeEvents.Host.Tests.Testing;

/// <summary>A server on a port and a database of its own, without rate limits unless a spec sets some.</summary>
public class WinDevServer : IAsyncLifetime
{
    private readonly Dictionary<string, string?> _settings = new()
    {
        ["RateLimits:Enabled"] = "false",
        ["Webhooks:Workers"] = "false",
        ["Logging:LogLevel:PixeeEvents"] = "None",
        // A machine that runs specs may be slow.
        ["Database:AnswerSeconds"] = "60",
        ["Database:WaitSeconds"] = "60",
    };
    private TestDatabase? _database;
    private string? _given;
    private TimeProvider _time = TimeProvider.System;
    private WebApplication? _app;

    public AccountsModule Accounts => Get<AccountsModule>();

    public CatalogModule Catalog => Get<CatalogModule>();

    public InventoryModule Inventory => Get<InventoryModule>();

    public WebhooksModule Webhooks => Get<WebhooksModule>();

    public IMessageItems Items => Get<IMessageItems>();

    public EventStore Store => Get<EventStore>();

    public LogReader Log => Get<LogReader>();

    public Rebuild Rebuild => Get<Rebuild>();

    public virtual Uri Address => new(_app!.Urls.Single());

    public string ConnectionString => _given ?? _database!.ConnectionString;

    internal WebApplication App => _app!;

    private protected virtual IServiceProvider Services => _app!.Services;

    private protected virtual string Listens => "http://127.0.0.1:0";

    internal NpgsqlDataSource DataSource => Get<NpgsqlDataSource>();

    public static async Task<WinDevServer> Start(params (string Key, string Value)[] settings)
    {
        var server = new WinDevServer();
        foreach (var (key, value) in settings)
        {
            server._settings[key] = value;
        }

        await server.InitializeAsync();
        return server;
    }

    /// <summary>A server with a server's bounds over a database that the spec looks after; its clock may run fast.</summary>
    internal static async Task<WinDevServer> Over(string connectionString, TimeProvider time, params (string Key, string Value)[] settings)
    {
        var server = new WinDevServer { _given = connectionString, _time = time };
        foreach (var (key, value) in settings)
        {
            server._settings[key] = value;
        }

        await server.InitializeAsync();
        return server;
    }

    public async ValueTask InitializeAsync()
    {
        _database = _given is null ? await TestDatabase.Create() : null;
        await ModuleServices.BringUpToDate(ConnectionString, _time, CancellationToken.None);
        var connections = _given is null ? Connections.Patient(ConnectionString) : Connections.OfServer(_given);
        await Start(HostApplication.Compose(connections, Listens, _time, c => c.AddInMemoryCollection(_settings)));
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Stop();
        await (_database?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    /// <remarks>Who announces a body waits for the word to send it, however busy the machine is.</remarks>
    private protected virtual HttpMessageHandler Handler() =>
        new SocketsHttpHandler { Expect100ContinueTimeout = TimeSpan.FromSeconds(30) };

    private protected virtual async Task Start(WebApplicationBuilder builder)
    {
        _app = builder.Build();
        HostApplication.Map(_app);
        await _app.StartAsync();
    }

    private protected virtual async Task Stop() => await _app!.DisposeAsync();

    /// <summary>A company that no other spec knows, with the supplier KIMEX and a key; all scopes unless some are named.</summary>
    internal async Task<WinDevClient> Company(params string[] scopes)
    {
        var id = "c" + Guid.NewGuid().ToString("N");
        await Accounts.CreateCompany(id, id, CancellationToken.None);
        await Inventory.PutSupplier(id, "KIMEX", "KIMEX International", "FR", CancellationToken.None);
        return await Client(id, scopes);
    }

    /// <summary>A client with another key of the same company.</summary>
    internal async Task<WinDevClient> Client(string company, params string[] scopes)
    {
        var (id, raw) = await Accounts.CreateKey(
            company, "erp", scopes.Length == 0 ? KeyScopes.All : scopes, null, test: false, CancellationToken.None);
        return new WinDevClient(this, company, id, raw);
    }

    /// <summary>A client that speaks for a new user of the company, an admin when that is said.</summary>
    internal async Task<WinddleClient> User(string company, bool admin = false, bool companyToken = false, bool productOwner = false)
    {
        var email = $"u{Guid.NewGuid():N}@example.com";
        var user = (await Accounts.CreateUser(company, "User " + email[1..7], email, admin, productOwner, CancellationToken.None))!;
        var (_, raw) = await Accounts.CreateToken(company, user.Id, "spec", companyToken, CancellationToken.None);
        return new WinddleClient(this, user, raw);
    }

    internal T Get<T>()
        where T : notnull => Services.GetRequiredService<T>();

    /// <summary>A client whose paths begin at one of the server's.</summary>
    internal HttpClient Http(string path = "/") =>
        new(Handler()) { BaseAddress = new Uri(Address, path), Timeout = TimeSpan.FromSeconds(60) };

    internal async Task<T?> Scalar<T>(string sql, params object[] parameters)
    {
        await using var command = DataSource.CreateCommand(sql);
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = parameter });
        }

        return await command.ExecuteScalarAsync() is T value ? value : default;
    }
}
