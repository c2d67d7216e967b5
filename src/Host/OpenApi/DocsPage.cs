using System.Security.Cryptography;
using Scalar.AspNetCore;

namespace PixeeEvents.Host.OpenApi;

/// <summary>GET /docs: the documents as a page from which calls can be made. All that it loads comes from here.</summary>
internal static class DocsPage
{
    public const string Path = "/docs";

    public static void Map(IEndpointRouteBuilder routes) => routes.MapScalarApiReference(Path, (page, context) =>
    {
        page.Title = "PixeeEvents";
        page.Nonce = RandomNumberGenerator.GetHexString(32);
        (page.DefaultFonts, page.Telemetry, page.HideClientButton) = (false, false, true);
        page.OperationTitleSource = OperationTitleSource.Path;
        page.ShowDeveloperTools = DeveloperToolsVisibility.Never;
        page.Agent = new ScalarAgentOptions { Disabled = true };
        page.Mcp = new ScalarMcpOptions { Disabled = true };
        foreach (var face in Face.All)
        {
            page.AddDocument(face.Document, face.Name, face.Path);
        }

        page.AddDocument(Face.Whole, "All", ApiDocuments.WholePath);
        context.Response.Headers.ContentSecurityPolicy =
            $"default-src 'none'; script-src 'self' 'nonce-{page.Nonce}'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
            + "font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    });
}
