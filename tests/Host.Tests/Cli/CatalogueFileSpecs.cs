using System.IO.Compression;
using System.Text;
using PixeeEvents.Host.Cli;
using Xunit;

namespace PixeeEvents.Host.Tests.Cli;

public sealed class CatalogueFileSpecs : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(',', ",")]
    [InlineData(';', ";")]
    [InlineData('\t', "\\t")]
    public async Task the_separator_is_that_of_the_header(char separator, string quoted)
    {
        var text = "reference|name|color\nA-1|Câble 2|\"noir|mat\"\n".Replace('|', separator);
        Assert.Equal([$$"""2 {"reference":"A-1","name":"Câble 2","color":"noir{{quoted}}mat"}"""], await Read("x.csv", text));
    }

    [Fact]
    public async Task french_headers_and_decimal_commas_are_understood() =>
        Assert.Equal(
            ["""2 {"reference":"A1","name":"Câble","brand":"KIMEX","price_ht":1018.50,"price_ttc":22,"weight":0.5,"stock":42,"dangerous_goods":false,"supplier_code":"K"}"""],
            await Read(
                "x.csv",
                "Référence;Désignation;MARQUE;Prix HT (€);prix_ttc;Poids;Stock;Marchandise dangereuse;Fournisseur\nA1;Câble;KIMEX;1 018,50;22;0,5;42,000;non;K\n"));

    [Fact]
    public async Task quotes_hold_line_breaks_separators_and_doubled_quotes() =>
        Assert.Equal(
            ["""2 {"reference":"A","name":"Écran 55\"\nnoir, mat","stock":1}""", """4 {"reference":"B","name":"b","stock":2}"""],
            await Read("x.csv", "reference,name,stock\r\nA,\"Écran 55\"\"\nnoir, mat\",1\r\nB,b,2\r\n"));

    [Fact]
    public async Task an_inch_mark_in_an_unquoted_cell_is_text() =>
        Assert.Equal(["""2 {"reference":"A","name":"Support 55\" mural"}"""], await Read("x.csv", "reference,name\nA,Support 55\" mural\n"));

    [Fact]
    public async Task an_empty_cell_is_an_absent_field_and_an_empty_row_is_no_row() =>
        Assert.Equal(["""2 {"reference":"A","stock":3}"""], await Read("x.csv", "reference;name;stock\nA; ;3\n;;\n\n"));

    [Fact]
    public async Task what_is_no_number_goes_out_as_text_for_the_api_to_refuse() =>
        Assert.Equal(["""2 {"reference":"A","stock":"beaucoup"}"""], await Read("x.csv", "reference,stock\nA,beaucoup\n"));

    [Fact]
    public async Task a_quote_that_is_never_closed_costs_one_line() =>
        Assert.Equal(
            ["""2 {"reference":"A","name":"a"}""", "3 ! Guillemet ouvert et jamais refermé", """4 {"reference":"C","name":"c"}""", """5 {"reference":"D","name":"d"}"""],
            await Read("x.csv", "reference,name\nA,a\nB,\"b\nC,c\nD,d\n"));

    [Fact]
    public async Task a_quote_left_open_before_megabytes_of_rows_costs_one_line()
    {
        var rows = await Read("x.csv", "reference,name\nB,\"b\n" + string.Concat(Enumerable.Repeat("C,un nom assez long\n", 200_000)));
        Assert.Equal(200_001, rows.Count);
        Assert.Equal("2 ! Guillemet ouvert et jamais refermé", rows[0]);
        Assert.Equal("""200002 {"reference":"C","name":"un nom assez long"}""", rows[^1]);
    }

    [Fact]
    public async Task a_row_with_another_number_of_cells_is_a_problem() =>
        Assert.Equal(
            ["2 ! 1 cellules au lieu de 2", "3 ! 3 cellules au lieu de 2", """4 {"reference":"C","name":"c"}"""],
            await Read("x.csv", "reference,name\nA\nB,b,b\nC,c,\n"));

    [Fact]
    public async Task windows_1252_is_recognised_behind_any_amount_of_ascii()
    {
        var text = "reference;désignation\n" + string.Concat(Enumerable.Repeat("A;a\n", 100_000)) + "É;« TÉLÉ\u00A0» à 5 €\n";
        var rows = await Read("x.csv", CodePagesEncodingProvider.Instance.GetEncoding(1252)!.GetBytes(text));
        Assert.Equal("100002 {\"reference\":\"É\",\"name\":\"« TÉLÉ\\u00A0» à 5 €\"}", rows[^1]);
    }

    [Fact]
    public async Task a_damaged_character_in_utf_8_costs_one_row()
    {
        byte[] bytes = [.. "reference,name\nA,à\nB,"u8, 0xE9, .. "\nC,ç\n"u8];
        Assert.Equal(
            ["""2 {"reference":"A","name":"à"}""", "3 ! Caractères illisibles : la ligne n'est pas en UTF-8", """4 {"reference":"C","name":"ç"}"""],
            await Read("x.csv", bytes));
    }

    [Fact]
    public async Task a_byte_of_windows_1252_without_a_character_costs_one_row()
    {
        byte[] bytes = [.. "reference,name\nA,"u8, 0xE9, .. "\nB,"u8, 0x81, .. "\n"u8];
        Assert.Equal(
            ["""2 {"reference":"A","name":"é"}""", "3 ! Caractères illisibles : un octet de la ligne n'est pas un caractère"],
                await Read("x.csv", bytes));
        bytes = [.. "{\"reference\":\"A\",\"name\":\""u8, 0xE9, .. "\"}\n{\"reference\":\""u8, 0x81, .. "\"}\n"u8];
        Assert.Equal(
            ["""1 {"reference":"A","name":"é"}""", "2 ! Caractères illisibles : un octet de l'élément n'est pas un caractère"],
                await Read("x.jsonl", bytes));
    }

    [Fact]
    public async Task half_a_pair_in_utf_16_costs_one_row_and_puts_nothing_in_its_place()
    {
        byte[] bytes = [0xFF, 0xFE, .. Encoding.Unicode.GetBytes("reference,name\nA,"), 0x00, 0xD8,
            .. Encoding.Unicode.GetBytes("\nB,é\n")];
        Assert.Equal(
            ["2 ! Caractères illisibles : un octet de la ligne n'est pas un caractère", """3 {"reference":"B","name":"é"}"""],
                await Read("x.csv", bytes));
    }

    [Fact]
    public async Task a_file_with_the_mark_of_utf_8_is_utf_8()
    {
        byte[] bytes = [0xEF, 0xBB, 0xBF, .. "reference,name\nA,"u8, 0xE9, .. "\n"u8];
        Assert.Equal(["2 ! Caractères illisibles : la ligne n'est pas en UTF-8"], await Read("x.csv", bytes));
    }

    [Theory]
    [InlineData("x.csv", "reference,a\uFFFEb,name\nA,x,a\uFFFEb\nB,x,b\n", 2)]
    [InlineData("x.jsonl", "{\"reference\":\"A\",\"name\":\"\\ud800\"}\n{\"\\ud800\":1}\n", 2)]
    public async Task awkward_text_never_aborts_the_file(string name, string text, int rows) =>
        Assert.Equal(rows, (await Read(name, text)).Count);

    [Theory]
    [InlineData("utf-8")]
    [InlineData("utf-16")]
    [InlineData("utf-32")]
    public async Task a_byte_order_mark_is_no_part_of_the_header(string name)
    {
        var encoding = Encoding.GetEncoding(name);
        byte[] bytes = [.. encoding.GetPreamble(), .. encoding.GetBytes("reference,name\nA,é\n")];
        Assert.Equal(["""2 {"reference":"A","name":"é"}"""], await Read("x.csv", bytes));
    }

    [Theory]
    [InlineData("x.csv", "")]
    [InlineData("x.csv", "A-1,Câble,5\nA-2,Câble,6\n")]
    [InlineData("x.csv", "reference,Référence\nA,B\n")]
    [InlineData("x.json", "")]
    [InlineData("x.json", """{"data": []}""")]
    [InlineData("x.json", "reference,name\nA,a\n")]
    [InlineData("x.json", """[{"reference":"A"}] [{"reference":"B"}]""")]
    [InlineData("x.xlsx", "PK")]
    [InlineData("x.csv.gz", "reference,name\nA,a\n")]
    public async Task a_file_that_is_no_catalogue_is_one_error(string name, string text) =>
        await Assert.ThrowsAsync<CatalogueFileException>(() => Read(name, text));

    [Fact]
    public async Task a_json_array_gives_its_objects_with_their_lines() =>
        Assert.Equal(
            ["""2 {"reference": "A"}""", "3 ! L'élément n'est pas un objet JSON", "4 {\"reference\": \"B\",\n \"stock\": 1}"],
            await Read("x.json", "[\n {\"reference\": \"A\"},\n 5,\n {\"reference\": \"B\",\n \"stock\": 1}\n]\n"));

    [Fact]
    public async Task a_json_array_larger_than_any_buffer_is_read_to_its_end()
    {
        var rows = await Read("x.json", "[" + string.Join(",\n", Enumerable.Range(1, 50_000).Select(n => $$"""{"reference":"R{{n}}"}""")) + "]");
        Assert.Equal(50_000, rows.Count);
        Assert.Equal("""50000 {"reference":"R50000"}""", rows[^1]);
    }

    [Fact]
    public async Task what_stands_before_a_json_syntax_error_is_read_and_the_error_names_its_line()
    {
        var rows = new List<CatalogueRow>();
        var error = await Assert.ThrowsAsync<CatalogueFileException>(async () =>
        {
            await foreach (var row in Write("x.json", "[\n{\"reference\":\"A\"},\n{\"reference\" oops},\n{}]"u8.ToArray()).Read(TestContext.Current.CancellationToken))
            {
                rows.Add(row);
            }
        });
        Assert.Single(rows);
        Assert.StartsWith("Ligne 3 :", error.Message);
    }

    [Fact]
    public async Task a_broken_json_line_is_a_problem_and_reading_goes_on() =>
        Assert.Equal(
            ["""1 {"reference":"A"}""", "2 ! JSON illisible, octet 14", """4 {"reference":"B"}"""],
            await Read("x.jsonl", "{\"reference\":\"A\"}\r\n{\"reference\":\n\n{\"reference\":\"B\"}"));

    [Theory]
    [InlineData("x.csv.gz", "reference,name\nA,é\n")]
    [InlineData("x.json.gz", """[{"reference":"A","name":"é"}]""")]
    public async Task a_compressed_file_is_read_like_a_plain_one(string name, string text)
    {
        using var compressed = new MemoryStream();
        await using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest))
        {
            await gzip.WriteAsync(Encoding.UTF8.GetBytes(text), TestContext.Current.CancellationToken);
        }

        Assert.EndsWith("""{"reference":"A","name":"é"}""", Assert.Single(await Read(name, compressed.ToArray())));
    }

    private Task<List<string>> Read(string name, string text) => Read(name, Encoding.UTF8.GetBytes(text));

    private async Task<List<string>> Read(string name, byte[] bytes)
    {
        var rows = new List<string>();
        await foreach (var row in Write(name, bytes).Read(TestContext.Current.CancellationToken))
        {
            rows.Add($"{row.Line} {(row.Item?.GetRawText() ?? "! " + row.Problem)}");
        }

        return rows;
    }

    private CatalogueFile Write(string name, byte[] bytes)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, bytes);
        return new CatalogueFile(path);
    }
}
