using PixeeEvents.Host.OpenApi.Shapes;
using PixeeEvents.Winddle.Shapes;
using PixeeEvents.WinDev;


namespace PixeeEvents.Host.OpenApi;

/// <summary>A face, and the document that tells of it alone.</summary>
/// <param name="Refusal">How it turns a call away.</param>
/// <param name="Shapes">
/// What holds the shapes that are written for its document; the webhook face has records of its own beside them.
/// </param>
internal sealed record Face(string Name, IReadOnlyList<string> Formats, Type Refusal, IReadOnlyList<Type> Shapes)
{
    /// <summary>The name of the document of all faces.</summary>
    public const string Whole = "all";

    public static IReadOnlyList<Face> All { get; } =
    [
        new("WinDev", [RouteDescriptions.Json], typeof(WinDevShapes.Refusal), [typeof(WinDevShapes)]),
        new(
            "Winddle",
            [RouteDescriptions.Json, RouteDescriptions.Xml],
            typeof(WinddleShapes.Refusal),
            [typeof(WinddleShapes), typeof(WinddleBodies)]),
        new("Webhooks", [RouteDescriptions.Json], typeof(WebhookShapes.Refusal), [typeof(WebhookShapes)]),
    ];

    /// <summary>A body is read, and may be refused, where none is needed, too.</summary>
    public bool ReadsEveryBody => Name == "Webhooks";

    public string Document => Name.ToLowerInvariant();

    public string Path => $"/api/v1/{Document}/openapi.json";

    public static Face Of(string name) => All.First(f => f.Name == name);

    /// <summary>Whose shape a type is.</summary>
    public static Face Of(Type shape) => All.FirstOrDefault(f => f.Shapes.Contains(shape.DeclaringType)) ?? Of("Webhooks");
}
