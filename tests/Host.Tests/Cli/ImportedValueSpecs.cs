using PixeeEvents.Host.Cli.Import;
using PixeeEvents.WinDev.Products;
using Xunit;

namespace PixeeEvents.Host.Tests.Cli;

/// <summary>Values of a file are read by the rules of the API that they go to.</summary>
public sealed class ImportedValueSpecs : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("x.csv", """
        reference;name;price_ht;price_ttc;stock;weight;size;dangerous_goods
        12345;a;0,30000000000000004;22.199999999999999;12.000000000000002;1,1500000000000001;42;Oui
        """)]
    [InlineData("x.json", """
        [{"reference":12345,"name":"a","price_ht":0.30000000000000004,"price_ttc":22.199999999999999,"stock":12.000000000000002,
          "weight":1.1500000000000001,"size":42,"dangerous_goods":"OUI"}]
        """)]
    [InlineData("x.jsonl", """
        {"reference":"12345","name":"a","price_ht":0.3,"price_ttc":"22.2","stock":"12.000000000000002","weight":1.15,"size":42.0,"dangerous_goods":1}
        """)]
    public async Task a_row_is_read_as_a_synced_item_is(string name, string text)
    {
        var input = await Read(name, text);
        Assert.Equal((0.3m, 22.2m, 12L), (input.PriceHt.Value, input.PriceTtc.Value, input.Stock));
        Assert.Equal(
            """12345 1.15 42 True""",
            string.Join(' ', new[] { "reference", "weight", "size", "dangerous_goods" }.Select(f => input.Fields[f].ToString())));
    }

    [Fact]
    public async Task an_empty_text_clears_and_an_empty_cell_says_nothing()
    {
        var cleared = await Read("x.json", """[{"reference":"A","name":"a","price_ht":"","brand":"","stock":""}]""");
        Assert.Equal((true, null, null), (cleared.PriceHt.IsGiven, cleared.PriceHt.Value, cleared.Stock));
        Assert.Null(cleared.Fields["brand"]);
        var silent = await Read("x.csv", "reference;name;price_ht;brand;stock\nA;a;;;\n");
        Assert.False(silent.PriceHt.IsGiven || silent.Fields.ContainsKey("brand"));
    }

    private async Task<ProductInput> Read(string name, string text)
    {
        var file = Path.Combine(_folder, name);
        await File.WriteAllTextAsync(file, text, TestContext.Current.CancellationToken);
        var rows = new List<CatalogueRow>();
        await foreach (var row in new CatalogueFile(file).Read(TestContext.Current.CancellationToken))
        {
            rows.Add(row);
        }

        var input = ProductReader.ReadItem(Assert.Single(rows).Item!.Value, needsName: true, out var problem);
        Assert.Null(problem);
        return input!;
    }
}
