using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Npgsql;
using PixeeEvents.Testing;
using Xunit;

namespace PixeeEvents.Host.Tests.Testing;

/// <summary>A server on a port and a database of its own, without rate limits unless a spec sets some.</summary>
public sealed class WinDevServer : IAsyncLifetime
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

    public Pixee Pixee { get; private set; } = null!;

    public Uri Address => new(_app!.Urls.Single());

    public string ConnectionString => _given ?? _database!.ConnectionString;

    internal WebApplication App => _app!;

    internal NpgsqlDataSource DataSource => Pixee.DataSource;

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
        Pixee = await (_given is null
            ? Pixee.Open(ConnectionString, _time, CancellationToken.None)
            : Pixee.OpenToServe(_given, _time, CancellationToken.None));
        _app = HostApplication.Build(Pixee, "http://127.0.0.1:0", _time, c => c.AddInMemoryCollection(_settings));
        await _app.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _app!.DisposeAsync();
        await Pixee.DisposeAsync();
        await (_database?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    /// <summary>A company that no other spec knows, with the supplier KIMEX and a key; all scopes unless some are named.</summary>
    internal async Task<WinDevClient> Company(params string[] scopes)
    {
        var id = "c" + Guid.NewGuid().ToString("N");
        await Pixee.Accounts.CreateCompany(id, id, CancellationToken.None);
        await Pixee.Inventory.PutSupplier(id, "KIMEX", "KIMEX International", "FR", CancellationToken.None);
        return await Client(id, scopes);
    }

    /// <summary>A client with another key of the same company.</summary>
    internal async Task<WinDevClient> Client(string company, params string[] scopes)
    {
        var (id, raw) = await Pixee.Accounts.CreateKey(
            company, "erp", scopes.Length == 0 ? KeyScopes.All : scopes, null, test: false, CancellationToken.None);
        return new WinDevClient(this, company, id, raw);
    }

    /// <summary>A client that speaks for a new user of the company, an admin when that is said.</summary>
    internal async Task<WinddleClient> User(string company, bool admin = false, bool companyToken = false, bool productOwner = false)
    {
        var email = $"u{Guid.NewGuid():N}@example.com";
        var user = (await Pixee.Accounts.CreateUser(company, "User " + email[1..7], email, admin, productOwner, CancellationToken.None))!;
        var (_, raw) = await Pixee.Accounts.CreateToken(company, user.Id, "spec", companyToken, CancellationToken.None);
        return new WinddleClient(this, user, raw);
    }

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
