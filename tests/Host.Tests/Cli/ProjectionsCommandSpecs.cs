using Xunit;

namespace PixeeEvents.Host.Tests.Cli;

public sealed class ProjectionsCommandSpecs(WinDevServer server) : IClassFixture<WinDevServer>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task every_read_model_is_compared_with_the_log_and_the_difference_is_told()
    {
        var erp = await server.Company();
        Assert.Equal(200, (int)(await erp.Post(
            "products/sync",
            """
            [{"reference":"V-1","ean":"3760000000001","name":"Support","price_ht":18.5,"stock":42},
             {"reference":"V-2","name":"Câble","stock":7}]
            """)).Status);
        var (exit, said) = await Run();
        Assert.Equal((0, true), (exit, said.Contains("WinDevProducts: ", StringComparison.Ordinal)));
        Assert.All(said.Split('\n'), line => Assert.EndsWith(" rows, all as the log says", line, StringComparison.Ordinal));
        var (_, listed) = await CommandLine.Run(server.ConnectionString, "projections list", Stop);
        Assert.Equal(listed.Split('\n'), said.Split('\n').Select(line => line.Split(':')[0]));

        await server.Scalar<int>("update windev.products set name = 'Autre' where tenant_id = $1 and reference = 'V-2'", erp.Company);
        (exit, said) = await Run();
        Assert.Equal(1, exit);
        Assert.Contains("WinDevProducts: ", said, StringComparison.Ordinal);
        Assert.Contains(" rows, 1 differ\n", said, StringComparison.Ordinal);
        Assert.Matches($"\n  windev.products {erp.Company} [0-9a-f-]{{36}}: name is \"Autre\", \"Câble\" by the log\n", said);
        Assert.Equal("Autre", (await erp.Get("products/V-2")).Json.GetProperty("data").GetProperty("name").GetString());
    }

    private Task<(int Exit, string Said)> Run() => CommandLine.Run(server.ConnectionString, "projections verify", Stop);
}
