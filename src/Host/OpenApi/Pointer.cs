using PixeeEvents.Host.Availability;


namespace PixeeEvents.Host.OpenApi;

/// <summary>GET /: where everything else is.</summary>
internal static class Pointer
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/", (HttpContext context) =>
        context.Respond(StatusCodes.Status200OK, json =>
        {
            json.WriteString("name"u8, "PixeeEvents"u8);
            json.WriteString("docs"u8, DocsPage.Path);
            json.WriteString("health"u8, HealthEndpoints.Ready);
            json.WriteStartObject("openapi"u8);
            json.WriteString(Face.Whole, ApiDocuments.WholePath);
            foreach (var face in Face.All)
            {
                json.WriteString(face.Document, face.Path);
            }

            json.WriteEndObject();
        }));
}
