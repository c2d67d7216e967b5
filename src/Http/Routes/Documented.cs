using System.Text.Json.Nodes;

namespace PixeeEvents.Http.Routes;

/// <summary>
/// What the API document says of an endpoint beyond its path and who may call it. A spec makes every call that is written here, and
/// compares the answer with the recorded one, <c>Answers/{face}/{name}.json</c>.
/// </summary>
/// <param name="Name">Of the operation, as in <c>products/show</c>; routes that stand for the same one share it.</param>
/// <param name="OperationId">What a client calls it: <c>ShowProduct</c>.</param>
/// <param name="Body">A body that works, in JSON.</param>
/// <param name="File">The part of a form that carries a file.</param>
internal sealed record Documented(
    string Name, string OperationId, string Summary, IReadOnlyList<Parameter> Parameters, string? Body, string? File, int Status)
{
    /// <summary>Other methods and paths that stand for it, as in <c>PATCH /api/v1/products/{key}</c>.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>The shape of the body; null for none.</summary>
    public Type? Takes { get; init; }

    /// <summary>The shape of the answer; null for none.</summary>
    public Type? Gives { get; init; }

    /// <summary>Statuses of refusals that no other endpoint of the kind has.</summary>
    public IReadOnlyList<int> Refusals { get; init; } = [];
}

/// <summary>A parameter of the path or the query, with a value that works.</summary>
internal sealed record Parameter(string Name, string Place, string Description, JsonNode Example, JsonObject Schema)
{
    public bool IsRequired { get; init; } = Place == "path";

    public static Parameter Path(string name, string description, string example) =>
        new(name, "path", description, example, new JsonObject { ["type"] = "string" });

    public static Parameter Text(string name, string description, string example) =>
        new(name, "query", description, example, new JsonObject { ["type"] = "string" });

    public static Parameter Boolean(string name, string description, bool absent) =>
        new(name, "query", description, absent, new JsonObject { ["type"] = "boolean", ["default"] = absent });

    public static Parameter Time(string name, string description, string example) =>
        new(name, "query", description, example, new JsonObject { ["type"] = "string", ["format"] = "date-time" });

    public static Parameter OneOf(string name, string description, string example, IEnumerable<string> values) =>
        new(
            name, "query", description, example,
            new JsonObject { ["type"] = "string", ["enum"] = new JsonArray([.. values.Select(v => (JsonNode)v)]) });

    public static Parameter Integer(string name, string description, int absent, int min, int max) => new(
        name, "query", description, absent,
        new JsonObject { ["type"] = "integer", ["minimum"] = min, ["maximum"] = max, ["default"] = absent });

    /// <summary><c>name[field]=value</c> for any of some fields.</summary>
    public static Parameter Fields(string name, string description, JsonObject example, JsonObject properties) =>
        new(name, "query", description, example, new JsonObject { ["type"] = "object", ["properties"] = properties });
}
