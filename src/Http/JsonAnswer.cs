using System.Text.Encodings.Web;
using System.Text.Json;

namespace PixeeEvents.Http;

/// <summary>Writes answers as JSON objects.</summary>
internal static class JsonAnswer
{
    private static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    public static async Task Respond(this HttpContext context, int status, Action<Utf8JsonWriter> content)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = "application/json; charset=utf-8";
        await using (var json = new Utf8JsonWriter(response.BodyWriter, Options))
        {
            json.WriteStartObject();
            content(json);
            json.WriteEndObject();
        }

        await response.BodyWriter.FlushAsync();
    }
}
