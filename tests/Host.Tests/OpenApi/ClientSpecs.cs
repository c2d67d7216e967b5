using System.Diagnostics;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using NJsonSchema.CodeGeneration.CSharp;
using NSwag;
using NSwag.CodeGeneration.CSharp;
using NSwag.CodeGeneration.OperationNameGenerators;
using PixeeEvents.Host.OpenApi;
using Xunit;

namespace PixeeEvents.Host.Tests.OpenApi;

/// <summary>
/// What others make of the documents: linters find no error in them, and clients that are generated make the calls of the README.
/// </summary>
public sealed class ClientSpecs(WinDevServer server) : IClassFixture<WinDevServer>
{
    private static readonly HttpClient Http = new();

    [Fact]
    public async Task redocly_and_swagger_parser_find_no_error_in_any_document()
    {
        var paths = Face.All.Select(f => f.Path).Append(ApiDocuments.WholePath);
        Assert.Equal("", await Node("lint.mjs", [.. paths.Select(p => new Uri(server.Address, p).ToString())]));
    }

    [Fact]
    public async Task a_typescript_client_of_the_documents_compiles_and_makes_the_calls_of_the_readme()
    {
        var (key, token) = await Credentials();
        Assert.Equal(
            """
            ProductsManager WinDev API
            ART-001 created
            1 listed, the first Support TV mural fixe
            38 true null
            3760000000001 ok
            1 changed
            404 Produit introuvable pour la référence : NOWHERE
            TestCreationProduit Blanc
            product.* stock.updated whsec_

            """,
            await Node("client.mjs", server.Address.ToString(), key, token));
    }

    [Fact]
    public async Task a_csharp_client_of_the_documents_compiles_and_makes_the_calls_of_the_readme()
    {
        var (key, token) = await Credentials();
        var calls = await File.ReadAllTextAsync(Beside("Readme.cs"), TestContext.Current.CancellationToken);
        List<SyntaxTree> sources = [CSharpSyntaxTree.ParseText(calls, cancellationToken: TestContext.Current.CancellationToken)];
        foreach (var face in Face.All)
        {
            sources.Add(CSharpSyntaxTree.ParseText(await Client(face), cancellationToken: TestContext.Current.CancellationToken));
        }

        var readme = Compiled(sources).GetType("Readme")!.GetMethod("Calls")!;
        var said = await (Task<IReadOnlyList<string>>)readme.Invoke(null, [server.Address.ToString(), key, token])!;
        Assert.Equal(
            [
                "ProductsManager WinDev API", "art-001 created", "1 listed, the first Support TV mural fixe", "38 true 18.5",
                "3760000000001 ok", "1 changed",
                "404 Produit introuvable pour la référence : NOWHERE", "TestCreationProduit Blanc", "product.* stock.updated whsec_",
            ],
            said);
    }

    /// <summary>A client in which null says nothing, as programs expect it.</summary>
    private async Task<string> Client(Face face)
    {
        var text = await Http.GetStringAsync(new Uri(server.Address, face.Path), TestContext.Current.CancellationToken);
        var document = await OpenApiDocument.FromJsonAsync(text, TestContext.Current.CancellationToken);
        // It makes one method of all forms of a body.
        foreach (var operation in document.Operations)
        {
            operation.Operation.RequestBody?.Content.Remove(RouteDescriptions.Form);
        }

        var settings = new CSharpClientGeneratorSettings
        {
            ClassName = "Client",
            UseBaseUrl = false,
            OperationNameGenerator = new SingleClientFromOperationIdOperationNameGenerator(),
        };
        settings.CSharpGeneratorSettings.Namespace = $"Clients.{face.Name}";
        settings.CSharpGeneratorSettings.JsonLibrary = CSharpJsonLibrary.SystemTextJson;
        settings.CSharpGeneratorSettings.GenerateNullableReferenceTypes = true;
        settings.CSharpGeneratorSettings.GenerateOptionalPropertiesAsNullable = true;
        return new CSharpClientGenerator(document, settings).GenerateFile()
            + $$"""

              namespace Clients.{{face.Name}}
              {
                  partial class Client
                  {
                      static partial void UpdateJsonSerializerSettings(System.Text.Json.JsonSerializerOptions settings) =>
                          settings.DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull;
                  }
              }
              """;
    }

    private static Assembly Compiled(IEnumerable<SyntaxTree> sources)
    {
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Select(p => MetadataReference.CreateFromFile(p));
        using var code = new MemoryStream();
        var options = new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary);
        var result = CSharpCompilation.Create("Clients", sources, references, options).Emit(code);
        Assert.Empty(result.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error).Select(d => d.ToString()));
        code.Position = 0;
        return new AssemblyLoadContext("Clients", isCollectible: true).LoadFromStream(code);
    }

    private async Task<(string Key, string Token)> Credentials()
    {
        var erp = await server.Company();
        return (erp.RawKey, (await server.User(erp.Company, admin: true)).RawToken);
    }

    private static async Task<string> Node(string script, params string[] arguments)
    {
        using var node = Process.Start(new ProcessStartInfo("node", [Beside("../../node/" + script), .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var (said, failed) = (node.StandardOutput.ReadToEndAsync(), node.StandardError.ReadToEndAsync());
        await node.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(node.ExitCode == 0, await failed);
        return await said;
    }

    private static string Beside(string file, [CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, file));
}
