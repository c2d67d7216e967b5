using System.Net.Http.Headers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace PixeeEvents.Host.Tests.WinDev.Batches;

public sealed class GarbageProperties(SharedServer server)
{
    private const string Good =
        """[{"reference":"ART-001","ean":"3760000000001","name":"x","stock":1,"price_ht":1.5},{"ean":"3760000000001","stock":2}]""";

    private static readonly string[] Fragments =
    [
        "[", "]", "{", "}", ",", ":", "\"", "\\", "\\u0000", "\\ud800", "\\udc00\\ud800", "null", "true", "1e999", "-0", "1e-999", "0.1",
        "\"ean\"", "\"stock\"", "\"name\"",
        "\"reference\"", "\"\\ud800\"", "\"3760000000001\"", "NaN", "/*", "//", "\u0000", "\uFEFF", "é",
        "9999999999999999999999999999999999", " ", "\n",
    ];

    /// <summary>Bytes, fragments of JSON in any order, and good bodies with a byte cut out, doubled or changed.</summary>
    private static readonly Gen<byte[]> Bodies = Gen.OneOf(
        Gen.Choose(0, 255).Select(b => (byte)b).ArrayOf(),
        Gen.Elements(Fragments).ListOf().Select(f => Encoding.UTF8.GetBytes(string.Concat(f))),
        from place in Gen.Choose(0, Good.Length - 1)
        from with in Gen.Choose(0, 255)
        from how in Gen.Choose(0, 2)
        select how switch
        {
            0 => (byte[])[.. Encoding.UTF8.GetBytes(Good)[..place], .. Encoding.UTF8.GetBytes(Good)[(place + 1)..]],
            1 => [.. Encoding.UTF8.GetBytes(Good)[..place], (byte)with, .. Encoding.UTF8.GetBytes(Good)[(place + 1)..]],
            _ => Encoding.UTF8.GetBytes(Good)[..place],
        });

    [Theory]
    [InlineData("POST", "products/sync")]
    [InlineData("POST", "stock/update")]
    [InlineData("POST", "prices/update")]
    [InlineData("PATCH", "products/ART-001")]
    public async Task any_garbage_is_refused_in_the_envelope_and_changes_nothing(string method, string path)
    {
        var erp = await server.Company();
        await erp.Given(1);
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(150),
            Prop.ForAll(Arb.From(Bodies), body => Refused(erp, method, path, body).GetAwaiter().GetResult()));
    }

    /// <summary>What is no garbage after all (a byte more in a name) may land; what is refused leaves nothing.</summary>
    private static async Task Refused(WinDevClient erp, string method, string path, byte[] body)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse("application/json");
        var answer = await erp.Send(request);
        if ((int)answer.Status == 200)
        {
            Assert.True(answer.Json.GetProperty("success").GetBoolean());
            if (answer.Data.ValueKind == System.Text.Json.JsonValueKind.Array
                && answer.Data.EnumerateArray().All(i => i.GetProperty("status").GetString() is "error" or "not_found"))
            {
                await erp.AssertNothingHappened();
            }

            await erp.NewEvents();
            await erp.NewMessages();
            return;
        }

        Assert.InRange((int)answer.Status, 400, 499);
        answer.AssertRefused((int)answer.Status);
        await erp.AssertNothingHappened();
    }

    [Fact]
    public async Task any_path_and_query_is_answered_in_the_envelope()
    {
        var erp = await server.Company();
        var texts = Gen.Choose(1, 0xD7FF).Select(c => (char)c).NonEmptyListOf().Select(c => new string([.. c]));
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(150), Prop.ForAll(Arb.From(texts), text =>
        {
            var escaped = Uri.EscapeDataString(text);
            foreach (
                var path in new[] { $"products/{escaped}", $"products/since/{escaped}", $"products?search={escaped}", $"products?ean={escaped}", $"products?page={escaped}", escaped })
            {
                var answer = erp.Get(path).GetAwaiter().GetResult();
                Assert.InRange((int)answer.Status, 200, 404);
                Assert.Equal((int)answer.Status, answer.Json.GetProperty("code").GetInt32());
            }
        }));
    }
}
