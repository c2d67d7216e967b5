using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Xunit;

namespace PixeeEvents.Host.Tests.Testing;

/// <summary>Rails' own code for XML, in a process that lives as long as its specs.</summary>
public sealed class Rails : IAsyncLifetime
{
    private Process _ruby = null!;

    public ValueTask InitializeAsync()
    {
        _ruby = Process.Start(
            new ProcessStartInfo("ruby", Script()) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false })!;
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        _ruby.StandardInput.Close();
        await _ruby.WaitForExitAsync();
        _ruby.Dispose();
    }

    /// <summary><c>Hash#to_xml</c>; a date is given as <c>{"$date": "2026-03-01"}</c>.</summary>
    public async Task<string> ToXml(string root, string json) =>
        (await Ask(new { root, value = JsonSerializer.Deserialize<JsonElement>(json) })).GetString()!;

    /// <summary><c>Hash.from_xml</c>, with Ruby's dates and times as JSON writes them.</summary>
    public Task<JsonElement> FromXml(string xml) => Ask(new { xml });

    private async Task<JsonElement> Ask(object request)
    {
        await _ruby.StandardInput.WriteLineAsync(JsonSerializer.Serialize(request));
        var answer = await _ruby.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("ruby ended without an answer.");
        return JsonSerializer.Deserialize<JsonElement>(answer).GetProperty("answer");
    }

    private static string Script([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "rails.rb");
}
