using System.Text.Encodings.Web;
using System.Text.Json;

namespace PixeeEvents.Host.WinDev;

/// <summary>Where a page stands in the whole result.</summary>
internal sealed record Paging(int Page, int Limit, long Total)
{
    public long Pages => (Total + Limit - 1) / Limit;
}

/// <summary>The one place that builds <c>success, code, message, data, count</c>, errors included.</summary>
internal static class Envelope
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    public static Task Ok(HttpContext context, string message, int count, Action<Utf8JsonWriter> data, Paging? paging = null, Action<Utf8JsonWriter>? more = null) =>
        Write(context, StatusCodes.Status200OK, message, count, data, paging, more);

    public static Task Error(HttpContext context, int status, string message, Action<Utf8JsonWriter>? more = null) =>
        Write(context, status, message, 0, null, null, more);

    private static async Task Write(
        HttpContext context, int status, string message, int count, Action<Utf8JsonWriter>? data, Paging? paging, Action<Utf8JsonWriter>? more)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = "application/json; charset=utf-8";
        await using (var json = new Utf8JsonWriter(response.BodyWriter, Options))
        {
            json.WriteStartObject();
            json.WriteBoolean("success"u8, status < 400);
            json.WriteNumber("code"u8, status);
            json.WriteString("message"u8, message);
            json.WritePropertyName("data"u8);
            if (data is null)
            {
                json.WriteNullValue();
            }
            else
            {
                data(json);
            }

            json.WriteNumber("count"u8, count);
            if (paging is not null)
            {
                json.WriteNumber("page"u8, paging.Page);
                json.WriteNumber("pages"u8, paging.Pages);
                json.WriteNumber("total"u8, paging.Total);
            }

            more?.Invoke(json);
            json.WriteEndObject();
        }

        await response.BodyWriter.FlushAsync(context.RequestAborted);
    }
}
