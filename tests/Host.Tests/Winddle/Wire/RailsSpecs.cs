using System.Text.Json;
using Xunit;

namespace PixeeEvents.Host.Tests.Winddle.Wire;

/// <summary>Rails' own reader and writer on the other end.</summary>
public sealed class RailsSpecs(SharedServer server, Rails rails) : IClassFixture<Rails>
{
    private const string Rich =
        """
        {"name":"Chaise <& \"longue\">","reference":"R1","color":"Blanc cassé","description":"une\ndeux","source_id":null,
         "target_store_date":{"$date":"2026-03-01"},"customs":[{"field":"Origine","value":"France"}],"created_at":"2020-01-01"}
        """;

    [Fact]
    public async Task what_rails_writes_is_read()
    {
        var (erp, user) = await Company();
        await server.Catalog.CustomFields.Create(
            erp.Company, new(0, "Origine", Catalog.Settings.CustomFieldType.Text, []), CancellationToken.None);
        (await user.Send(HttpMethod.Post, "products", await rails.ToXml("product", Rich))).AssertStatus(201);
        var product = (await user.Get("products/1")).Item("product");
        Assert.Equal(("Chaise <& \"longue\">", "une\ndeux", "2026-03-01", JsonValueKind.Null, "France"), (
            product.GetProperty("name").GetString(), product.GetProperty("description").GetString(),
            product.GetProperty("target_store_date").GetString(),
            product.GetProperty("source_id").ValueKind, product.GetProperty("customs")[0].GetProperty("value").GetString()));
        (await user.Send(HttpMethod.Put, "products/1", await rails.ToXml("product", """{"color":null,"name":"Table"}""")))
            .AssertStatus(200);
        Assert.Equal(JsonValueKind.Null, (await user.Get("products/1")).Item("product").GetProperty("color").ValueKind);
    }

    [Theory]
    [InlineData("products")]
    [InlineData("products/1")]
    [InlineData("user")]
    [InlineData("products/1/variants")]
    public async Task what_rails_reads_in_xml_is_what_json_says(string path)
    {
        var (erp, user) = await Company();
        await server.Catalog.CustomFields.Create(
            erp.Company, new(0, "Origine", Catalog.Settings.CustomFieldType.Text, []), CancellationToken.None);
        await server.Catalog.Sizesets.Create(erp.Company, new(0, "Tous", ["S", "M"]), CancellationToken.None);
        await user.Send(HttpMethod.Post, "products", await rails.ToXml("product", Rich));
        await user.Post("products/1/variants", """{"name":"Rouge","size":"S"}""");
        var json = (await user.Get(path + ".json")).AssertStatus(200).Json;
        var read = (await rails.FromXml((await user.Get(path + ".xml")).Text)).GetProperty("hash");
        Assert.Equal(Plain(json), Plain(read));
    }

    [Theory]
    [InlineData("""{"name":"x"}""")]
    [InlineData("""{"brand":"no name"}""")]
    public async Task rails_reads_errors_as_a_list_of_sentences(string body)
    {
        var (_, user) = await Company();
        var read = await rails.FromXml(
            (await user.Send(HttpMethod.Post, "products.xml", await rails.ToXml("product", body))).AssertStatus(422).Text);
        Assert.StartsWith("Name ", Assert.Single(read.GetProperty("errors").EnumerateArray()).GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_scenario_ends_in_the_same_state_whichever_format_it_is_told_in()
    {
        string[] states = [await Play(xml: false), await Play(xml: true)];
        Assert.Equal(states[0], states[1]);

        async Task<string> Play(bool xml)
        {
            var (erp, user) = await Company();
            await server.Catalog.CustomFields.Create(
                erp.Company, new(0, "Origine", Catalog.Settings.CustomFieldType.Text, []), CancellationToken.None);
            await server.Catalog.Categories.Create(erp.Company, new("Chaises"), CancellationToken.None);
            await Tell("POST", "products", "product",
                """
                {"name":"Chaise","reference":"R1","color":"Blanc","category":"Chaises","customs":[{"field":"Origine","value":"France"}]}
                """);
            await Tell("PUT", "products/1", "product", """{"color":null,"brand":"B","target_store_date":{"$date":"2026-03-01"}}""");
            await Tell("POST", "products/1/variants", "variant",
                """{"name":"Rouge","reference":"V1","customs":[{"field":"Origine","value":"Italie"}]}""");
            await Tell("PATCH", "products/1/variants/Rouge", "variant", """{"size":"L","customs":[{"field":"Origine"}]}""");
            await Tell("POST", "products", "product", """{"name":"x"}""");
            await Tell("PATCH", "products/1", "product", """{"category":0}""");
            await Tell("POST", "products/1/attachments", "attachment",
                """{"name":"a.txt","versions_attributes":[{"base64_data":"SGVsbG8=","note":"une"}]}""");
            await Tell("PUT", "products/1/attachments/a.txt", "attachment",
                """{"folder":"Notices","versions_attributes":[{"base64_data":"SGk=","filename":"b.txt"}]}""");
            await Tell("POST", "projects", "project", """{"name":"Projet","incoterm":"dap","reference":"P1"}""");
            await Tell("POST", "projects/Projet/line_items", "line_item",
                """{"product":"Chaise","variants":["Rouge"],"deliver_at":{"$date":"2026-03-01"},"locked":true}""");
            await Tell("POST", "projects/Projet/line_items", "line_item", """{"product":{"name":"Table","color":"Noir"}}""");
            await Tell("PATCH", "projects/Projet", "project", """{"archived":true,"incoterm":null}""");
            await Tell("DELETE", "products/1", "product", "{}");
            await Tell("PATCH", "product/1/cancel", "product", "{}");
            await Tell("PATCH", "product/1/like", "product", "{}");
            var events = (await erp.NewEvents()).Select(e => $"{e.Type} {WithoutIds(e.Data.GetRawText())}").ToList();
            Assert.Equal(
                "product_registered product_details_changed variant_added variant_changed product_details_changed attachment_added "
                + "attachment_renamed attachment_version_added product_registered product_cancelled product_archived product_deactivated "
                + "product_liked",
                string.Join(' ', events.Select(e => e[..e.IndexOf(' ', StringComparison.Ordinal)])));
            var project = (await user.Get("projects/Projet.json")).Item("project");
            var lines = (await user.Get("projects/Projet/line_items.json")).Json.GetProperty("line_items");
            return string.Join(
                '\n',
                [
                    .. events, $"{project.GetProperty("archived")} {project.GetProperty("incoterm")} {project.GetProperty("reference")}",
                    .. lines.EnumerateArray().Select(
                        l => $"{l.GetProperty("name")} {l.GetProperty("deliver_at")} {l.GetProperty("locked")} "
                            + $"{l.GetProperty("variants").GetArrayLength()}"),
                ]);

            async Task Tell(string method, string path, string root, string value) =>
                await user.Send(new HttpMethod(method), path, xml ? await rails.ToXml(root, value)
                    : value.Replace("""{"$date":"2026-03-01"}""", "\"2026-03-01\"", StringComparison.Ordinal));
        }

        // Ids are drawn for all companies.
        static string WithoutIds(string text) => System.Text.RegularExpressions.Regex.Replace(
            text,
            """(?<="Key": ")[0-9a-f]+|(?<="(?:owner_id|category_id|Id|User)": |custom:|"category_id": \{"After": null, "Before": )\d+""",
            "?", default, TimeSpan.FromSeconds(5));
    }

    /// <summary>A value as text: Rails reads an empty text as nothing, and writes times in its own way.</summary>
    private static string Plain(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "{" + string.Join(
            ",", value.EnumerateObject().OrderBy(p => p.Name, StringComparer.Ordinal).Select(p => $"{p.Name}:{Plain(p.Value)}")) + "}",
        JsonValueKind.Array => "[" + string.Join(",", value.EnumerateArray().Select(Plain)) + "]",
        JsonValueKind.String when value.GetString() is "" => "null",
        JsonValueKind.String when DateTimeOffset.TryParse(value.GetString(), out var time)
            && value.GetString()!.Contains('T', StringComparison.Ordinal) =>
            time.ToUniversalTime().ToString("yyyy-MM-ddTHH:mm:ss.fff"),
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Null => "null",
        _ => value.GetRawText(),
    };

    private async Task<(WinDevClient Erp, WinddleClient User)> Company()
    {
        var erp = await server.Company();
        return (erp, await server.User(erp.Company));
    }
}
