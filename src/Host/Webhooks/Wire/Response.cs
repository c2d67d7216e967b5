using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using PixeeEvents.EventLog;
using PixeeEvents.Webhooks;

namespace PixeeEvents.Host.Webhooks.Wire;

/// <summary>What is shown, or why nothing is.</summary>
public sealed class Response<T> : IResult
    where T : class
{
    private static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    private static readonly JsonTypeInfo<T> Form = (JsonTypeInfo<T>)WebhookJson.Default.GetTypeInfo(typeof(T))!;

    private readonly T? _shown;
    private readonly Refused? _refused;
    private readonly int _status;
    private readonly string? _location;

    internal Response(T? shown, Refused? refused, int status, string? location) =>
        (_shown, _refused, _status, _location) = (shown, refused, status, location);

    public static implicit operator Response<T>(T shown) => new(shown, null, StatusCodes.Status200OK, null);

    public static implicit operator Response<T>(Refused refused) => new(null, refused, 0, null);

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        if (_refused is not null)
        {
            await _refused.ExecuteAsync(httpContext);
            return;
        }

        var response = httpContext.Response;
        response.StatusCode = _status;
        response.ContentType = "application/json; charset=utf-8";
        if (_location is not null)
        {
            response.Headers.Location = _location;
        }

        await using (var json = new Utf8JsonWriter(response.BodyWriter, Options))
        {
            JsonSerializer.Serialize(json, _shown!, Form);
        }

        await response.BodyWriter.FlushAsync(httpContext.RequestAborted);
    }
}

/// <summary>Responses that say where a thing is found from now on.</summary>
internal static class Response
{
    public static Response<T> Created<T>(string path, T shown)
        where T : class => new(shown, null, StatusCodes.Status201Created, $"{WebhooksApi.Root}/{path}");

    /// <summary>It goes on after the answer.</summary>
    public static Response<T> Accepted<T>(string path, T shown)
        where T : class => new(shown, null, StatusCodes.Status202Accepted, $"{WebhooksApi.Root}/{path}");
}

/// <summary>A refusal of the module, which the gate words.</summary>
public sealed class Refused(Refusal refusal) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext) => throw new RefusedCallException(
        refusal.Code == Refusals.NoSubscription.Code ? StatusCodes.Status404NotFound
            : refusal.Code == Refusals.NotKept.Code ? StatusCodes.Status410Gone
            : StatusCodes.Status409Conflict,
        refusal.Reason, refusal.Code.ToUpperInvariant());
}
