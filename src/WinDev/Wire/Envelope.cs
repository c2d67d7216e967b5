using System.Text.Encodings.Web;
using System.Text.Json;

namespace PixeeEvents.WinDev.Wire;

/// <summary>Where a page stands in the whole result.</summary>
internal sealed record Paging(int Page, int Limit, long Total)
{
    public long Pages => (Total + Limit - 1) / Limit;
}

/// <summary>The one place that builds <c>success, code, message, data, count</c>, errors included.</summary>
public sealed class Envelope : IResult
{
    private static readonly JsonWriterOptions Options =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private readonly int _status;
    private readonly string _message;
    private readonly int _count;
    private readonly Action<Utf8JsonWriter>? _data;
    private readonly Paging? _paging;
    private readonly Action<Utf8JsonWriter>? _more;

    private Envelope(int status, string message, int count, Action<Utf8JsonWriter>? data, Paging? paging, Action<Utf8JsonWriter>? more) =>
        (_status, _message, _count, _data, _paging, _more) = (status, message, count, data, paging, more);

    internal static Envelope Ok(
        string message, int count, Action<Utf8JsonWriter> data, Paging? paging = null, Action<Utf8JsonWriter>? more = null) =>
        new(StatusCodes.Status200OK, message, count, data, paging, more);

    internal static Task Error(HttpContext context, int status, string message, Action<Utf8JsonWriter>? more = null) =>
        new Envelope(status, message, 0, null, null, more).ExecuteAsync(context);

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = _status;
        response.ContentType = "application/json; charset=utf-8";
        await using (var json = new Utf8JsonWriter(response.BodyWriter, Options))
        {
            json.WriteStartObject();
            json.WriteBoolean("success"u8, _status < 400);
            json.WriteNumber("code"u8, _status);
            json.WriteString("message"u8, _message);
            json.WritePropertyName("data"u8);
            if (_data is null)
            {
                json.WriteNullValue();
            }
            else
            {
                _data(json);
            }

            json.WriteNumber("count"u8, _count);
            if (_paging is not null)
            {
                json.WriteNumber("page"u8, _paging.Page);
                json.WriteNumber("pages"u8, _paging.Pages);
                json.WriteNumber("total"u8, _paging.Total);
            }

            _more?.Invoke(json);
            json.WriteEndObject();
        }

        await response.BodyWriter.FlushAsync(httpContext.RequestAborted);
    }
}
