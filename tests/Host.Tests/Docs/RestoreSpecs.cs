using System.Diagnostics;
using PixeeEvents.Testing;
using Xunit;

namespace PixeeEvents.Host.Tests.Docs;

public sealed class RestoreSpecs
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task a_dump_restored_into_a_fresh_database_gives_the_same_answers_and_goes_on_from_there()
    {
        await using var server = await WinDevServer.Start();
        var erp = await server.Company();
        var user = await server.User(erp.Company, admin: true);
        await erp.Sync(
            """
            [{"reference":"R-1","ean":"3760000000001","name":"Câble","price_ht":5,"price_ttc":6,"stock":3},
             {"reference":"R-2","name":"Support"}]
            """);
        await erp.Stock("""[{"ean":"3760000000001","stock":4,"supplier_code":"KIMEX"}]""");
        await erp.Patch("R-2", """{"brand":"KIMEX"}""");
        await erp.Post("../webhooks", """{"name":"shop","url":"https://shop.example/hooks","events":["*"],"headers":{"X-Own":"secret"}}""");
        string[] paths =
        [
            "products?active_only=false", "products/R-1", "products/since/0", "categories", "suppliers", "../webhooks",
        ];
        var before = await Answers(server, erp, user, paths);

        await using var restored = await TestDatabase.Create();
        var dump = Path.GetTempFileName();
        try
        {
            await Run("pg_dump", "--format=custom", "--dbname", Uri(server.ConnectionString), "--file", dump);
            await Run("pg_restore", "--exit-on-error", "--no-owner", "--dbname", Uri(restored.ConnectionString), dump);
        }
        finally
        {
            File.Delete(dump);
        }

        await using var again = await WinDevServer.Over(restored.ConnectionString, TimeProvider.System);
        erp = new WinDevClient(again, erp.Company, erp.KeyId, erp.RawKey);
        user = new WinddleClient(again, user.User, user.RawToken);
        Assert.Equal(before, await Answers(again, erp, user, paths));
        var verified = await CommandLine.Run(restored.ConnectionString, "projections verify", Stop);
        Assert.Equal((0, verified.Said), verified);

        // The log goes on: what is written now comes after all that was restored.
        var cursor = (await erp.Get("products/since/0")).Json.GetProperty("cursor").GetString();
        (await erp.Patch("R-2", """{"brand":"Autre"}""")).AssertOk("Produit mis à jour");
        var since = (await erp.Get($"products/since/0?cursor={cursor}")).Json.GetProperty("data");
        Assert.Equal("R-2", Assert.Single(since.EnumerateArray()).GetProperty("reference").GetString());
    }

    private static async Task<string> Answers(WinDevServer server, WinDevClient erp, WinddleClient user, IEnumerable<string> paths)
    {
        var answers = new List<string>();
        foreach (var path in paths)
        {
            answers.Add($"{path}: {(await erp.Get(path)).Text}");
        }

        answers.Add((await user.Get("products")).Text);
        return string.Join('\n', answers).Replace(server.Address.AbsoluteUri, "/", StringComparison.Ordinal);
    }

    private static async Task Run(string program, params string[] arguments)
    {
        var path = Directory.GetDirectories("/usr/lib/postgresql").Select(d => Path.Combine(d, "bin", program)).Where(File.Exists)
            .Order(StringComparer.Ordinal).Last();
        using var process = Process.Start(new ProcessStartInfo(path, arguments) { RedirectStandardError = true, UseShellExecute = false })!;
        var said = await process.StandardError.ReadToEndAsync(Stop);
        await process.WaitForExitAsync(Stop);
        Assert.Equal((0, ""), (process.ExitCode, said));
    }

    private static string Uri(string connectionString)
    {
        var of = new Npgsql.NpgsqlConnectionStringBuilder(connectionString);
        return $"host={of.Host} port={of.Port} dbname={of.Database} user={of.Username}"
            + (of.Password is { } password ? $" password={password}" : "");
    }
}
