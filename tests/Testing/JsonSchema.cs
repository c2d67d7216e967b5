using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PixeeEvents.Testing;

/// <summary>Validates JSON with Ajv, in one Node process for the whole run. Objects are closed: unnamed properties are errors.</summary>
public static class JsonSchema
{
    private static readonly SemaphoreSlim Turn = new(1);
    private static readonly Lazy<Process> Node = new(Start);
    private static readonly HashSet<string> Known = new(StringComparer.Ordinal);

    /// <returns>What is wrong; empty when the body is valid.</returns>
    public static Task<string[]> Errors(JsonNode schema, ReadOnlyMemory<byte> body) => Ask(() => new JsonObject
    {
        ["schema"] = schema.DeepClone(),
        ["body"] = JsonNode.Parse(body.Span),
    });

    /// <param name="name">By which the validator remembers the schema.</param>
    /// <returns>What is wrong; empty when the body is valid.</returns>
    public static Task<string[]> Errors(string name, Func<JsonNode> schema, string body) => Ask(() => new JsonObject
    {
        ["name"] = name,
        ["schema"] = Known.Add(name) ? schema() : null,
        ["body"] = JsonNode.Parse(body),
    });

    private static async Task<string[]> Ask(Func<JsonObject> ask)
    {
        await Turn.WaitAsync();
        try
        {
            var question = ask().ToJsonString();
            await Node.Value.StandardInput.WriteLineAsync(question);
            await Node.Value.StandardInput.FlushAsync();
            var answer = await Node.Value.StandardOutput.ReadLineAsync()
                ?? throw new InvalidOperationException("The validator ended: " + await Node.Value.StandardError.ReadToEndAsync());
            return JsonSerializer.Deserialize<string[]>(answer)!;
        }
        finally
        {
            Turn.Release();
        }
    }

    private static Process Start() => Process.Start(new ProcessStartInfo("node", [Path.Combine(Folder(), "validate.js")])
    {
        UseShellExecute = false,
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;

    private static string Folder([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "node"));
}
