using System.IO.Compression;
using System.Text;
using PixeeEvents.Host.Cli.Import;
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
        Assert.Equal(
            ["""2 {"reference":"A","name":"Support 55\" mural"}"""], await Read("x.csv", "reference,name\nA,Support 55\" mural\n"));

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
    public async Task a_row_with_more_cells_than_the_header_is_a_problem() =>
        Assert.Equal(
            ["2 ! 3 cellules au lieu de 2", """3 {"reference":"C","name":"c"}"""],
            await Read("x.csv", "reference,name\nB,b,b\nC,c,\n"));

    [Fact]
    public async Task a_row_without_its_last_empty_cells_is_whole() =>
        Assert.Equal(
            ["""2 {"reference":"A"}""", """3 {"reference":"B","name":"b"}""", """4 {"reference":"C","name":"c","stock":3}"""],
            await Read("x.csv", "reference;name;stock\nA\nB;b\nC;c;3\n"));

    [Theory]
    [InlineData("x.csv", "reference,name\r\nA,a\r\n\u001a", 2)]
    [InlineData("x.csv", "reference,name\r\nA,a\u001a", 2)]
    [InlineData("x.csv", "reference,name\r\nA,a\r\n\u001a\u001a\u001a\r\n", 2)]
    [InlineData("x.json", "[{\"reference\":\"A\",\"name\":\"a\"}]\u001a", 1)]
    [InlineData("x.jsonl", "{\"reference\":\"A\",\"name\":\"a\"}\n\u001a", 1)]
    public async Task an_end_of_file_byte_ends_a_file(string name, string text, int line) =>
        Assert.Equal([line + """ {"reference":"A","name":"a"}"""], await Read(name, text));

    [Fact]
    public async Task an_end_of_file_byte_with_text_behind_it_ends_nothing() =>
        Assert.Equal(
            ["""2 {"reference":"A","name":"a\u001A"}""", """3 {"reference":"B","name":"b"}"""],
            await Read("x.csv", "reference,name\nA,a\u001a\nB,b\n\u001a"));

    [Fact]
    public async Task prices_and_rates_come_with_their_signs() =>
        Assert.Equal(
            ["""2 {"ean":"3760000000001","price_ht":18.50,"price_ttc":1234.56,"tax_rate":20,"stock":1200}"""],
            await Read("x.csv", "EAN;PA HT;PV TTC;TVA;Stock réel\n3760000000001;18,50 €;1.234,56 €;20 %;1 200\n"));

    [Fact]
    public async Task a_title_and_empty_lines_may_stand_before_the_header() =>
        Assert.Equal(
            ["""5 {"reference":"A","name":"a","stock":3}"""],
            await Read("x.csv", "Inventaire du 12/03/2026;;\n\n;;\nCode article;Désignation;Stock\nA;a;3\n"));

    [Fact]
    public async Task a_title_without_separators_does_not_choose_the_separator() =>
        Assert.Equal(["""3 {"reference":"A","stock":3}"""], await Read("x.csv", "Inventaire\nRéf;Stock\nA;3\n"));

    [Theory]
    [InlineData("sep=;\r\nreference;stock\r\nA;1,5\r\n")]
    [InlineData("\ufeffsep=;\r\nreference;stock\r\nA;1,5\r\n")]
    public async Task excels_separator_line_is_no_header(string text) =>
        Assert.EndsWith("""{"reference":"A","stock":1.5}""", Assert.Single(await Read("x.csv", text)));

    [Theory]
    [InlineData("=\"0012345678905\"", "0012345678905")]
    [InlineData("\"=\"\"0012345678905\"\"\"", "0012345678905")]
    [InlineData("'0012345678905", "0012345678905")]
    [InlineData("3 760000 000001", "3760000000001")]
    [InlineData("3760000000001,00", "3760000000001")]
    [InlineData("3,76E+12", "3,76E+12")]
    [InlineData("ABC-1", "ABC-1")]
    public async Task an_ean_is_its_digits_whatever_a_spreadsheet_made_of_it(string cell, string ean) =>
        Assert.Equal([$$"""2 {"ean":"{{ean}}","stock":1}"""], await Read("x.csv", $"ean;stock\n{cell};1\n"));

    [Fact]
    public async Task a_weight_in_grams_is_read_as_grams() =>
        Assert.Equal(
            ["""2 {"reference":"A","weight":0.350,"width":12.5,"package_weight":1200}"""],
            await Read("x.csv", "reference;Poids (g);Largeur en mm;Poids colis (kg)\nA;350;125;1,2\n"));

    [Fact]
    public async Task of_two_columns_for_one_field_the_more_precise_is_read()
    {
        var file = Write("x.csv", Encoding.UTF8.GetBytes("SKU;Réf. fournisseur;Prix HT;Prix achat;Stock\nA;B;2;1;3\n"));
        Assert.Equal("""2 {"reference":"A","price_ht":1,"stock":3}""", Assert.Single(await Rows(file)));
        Assert.Equal(["Réf. fournisseur", "Prix HT"], file.IgnoredColumns);
    }

    [Fact]
    public async Task a_gtin_column_is_the_key_of_a_file_without_another() =>
        Assert.Equal(["""2 {"ean":"3760000000001","stock":1}"""], await Read("x.csv", "GTIN;Stock\n3760000000001;1\n"));

    [Theory]
    [InlineData("reference;Px net;Dispo", "Px net, Dispo")]
    [InlineData("reference;Prix de vente;Stock", "Prix de vente")]
    [InlineData("reference;PA HT;PV HT;Stock", "PV HT")]
    [InlineData("reference;PA HT;PV HT;PV TTC;Stock", "")]
    [InlineData("reference;Prix TTC;Prix promo;Stock;Stock mini;Stock théorique", "")]
    [InlineData("reference;désignation;Emplacement", "")]
    public async Task columns_that_seem_to_hold_prices_or_stock_are_told(string header, string missed)
    {
        var file = Write("x.csv", Encoding.UTF8.GetBytes(header + "\nA\n"));
        var told = 0;
        file.ColumnsKnown = () => told++;
        Assert.Single(await Rows(file));
        Assert.Equal((1, missed), (told, string.Join(", ", file.MissedColumns)));
    }

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
        var rows = await Read(
            "x.json", "[" + string.Join(",\n", Enumerable.Range(1, 50_000).Select(n => $$"""{"reference":"R{{n}}"}""")) + "]");
        Assert.Equal(50_000, rows.Count);
        Assert.Equal("""50000 {"reference":"R50000"}""", rows[^1]);
    }

    [Fact]
    public async Task what_stands_before_a_json_syntax_error_is_read_and_the_error_names_its_line()
    {
        var rows = new List<CatalogueRow>();
        var error = await Assert.ThrowsAsync<CatalogueFileException>(async () =>
        {
            await foreach (
                var row in Write("x.json", "[\n{\"reference\":\"A\"},\n{\"reference\" oops},\n{}]"u8.ToArray())
                    .Read(TestContext.Current.CancellationToken))
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

    private Task<List<string>> Read(string name, byte[] bytes) => Rows(Write(name, bytes));

    private static async Task<List<string>> Rows(CatalogueFile file)
    {
        var rows = new List<string>();
        await foreach (var row in file.Read(TestContext.Current.CancellationToken))
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
