using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using PixeeEvents.Host.OpenApi;
using Xunit;

namespace PixeeEvents.Host.Tests.OpenApi;

/// <summary>Holds whatever any spec is answered against the document: the status is one that is shown, the body has its shape.</summary>
internal static partial class Shapes
{
    private static readonly Lock Gate = new();
    private static Task<List<(ShownOperation Operation, Regex Path)>>? _operations;

    public static async Task Check(WinDevServer server, HttpResponseMessage answer, string text)
    {
        var request = answer.RequestMessage!;
        // Faults are made by specs, and have no shape of their own.
        if ((int)answer.StatusCode == 500 || await OperationOf(server, request) is not { } operation)
        {
            return;
        }

        var status = $"{(int)answer.StatusCode}";
        Assert.True(operation.Statuses.Contains(status), $"{operation.Name} is not said to answer {status}: {text}");
        if (text.Length > 0 && answer.Content.Headers.ContentType?.MediaType == "application/json")
        {
            var wrong = (await operation.Wrong(status, text)).ToList();
            Assert.True(wrong.Count == 0, $"{operation.Name} {status}: {string.Join('\n', wrong)}\n{text[..Math.Min(text.Length, 2000)]}");
        }
    }

    /// <summary>The operation that is called, the one with the fewest parameters first; null when the document knows none.</summary>
    private static async Task<ShownOperation?> OperationOf(WinDevServer server, HttpRequestMessage request)
    {
        Task<List<(ShownOperation Operation, Regex Path)>> operations;
        lock (Gate)
        {
            operations = _operations ??= Read(server);
        }

        var path = request.RequestUri!.AbsolutePath;
        var method = request.Method.Method.ToLowerInvariant();
        return (await operations).FirstOrDefault(o => o.Operation.Method == method && o.Path.IsMatch(path)).Operation;
    }

    private static async Task<List<(ShownOperation Operation, Regex Path)>> Read(WinDevServer server) =>
    [
        .. ShownOperation.Of(JsonNode.Parse(await server.Get<ApiDocuments>().Text(Face.Whole))!.AsObject())
            .OrderBy(o => o.Path.Count(c => c == '{'))
            .Select(o => (o, Pattern(o.Path))),
    ];

    private static Regex Pattern(string path) => new(
        "^" + Parameter().Replace(path, "[^/]+") + @"(\.json|\.xml)?/?$",
        RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture,
        TimeSpan.FromSeconds(5));

    [GeneratedRegex(@"\{[^}]+\}", RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex Parameter();
}
