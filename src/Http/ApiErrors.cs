using System.Globalization;
using PixeeEvents.Http.Availability;

namespace PixeeEvents.Http;

/// <summary>Refusals of every route that belongs to no face of its own: <c>detail</c>, <c>error_code</c>, <c>timestamp</c>.</summary>
internal sealed class ApiErrors(TimeProvider time) : IKeyRefusals
{
    public const string Invalid = "VALIDATION_ERROR";
    public const string NotFound = "NOT_FOUND";
    public const string BadRequest = "BAD_REQUEST";

    public Task Deny(HttpContext context, Denial denial, Access access, int retryAfterSeconds) => denial switch
    {
        Denial.KeyMissing => Write(context, 401, "The header X-API-Key is missing.", "AUTHENTICATION_REQUIRED"),
        Denial.KeyInvalid => Write(context, 401, "The API key is invalid, expired or revoked.", "INVALID_API_KEY"),
        Denial.ScopeMissing => Write(context, 403, $"The API key lacks the scope {access.Scope}.", "PERMISSION_DENIED"),
        _ =>
            Write(
                context, 429, denial == Denial.Braked ? "Too many wrong keys came from this address" : "Rate limit exceeded",
                "RATE_LIMIT_EXCEEDED", retryAfterSeconds),
    };

    public Task Refuse(HttpContext context, RefusedCallException refusal) =>
        Write(context, refusal.Status, refusal.Message, refusal.Code ?? BadRequest);

    public Task Refuse(HttpContext context, int status) => status switch
    {
        404 => Write(context, status, "There is no such resource.", NotFound),
        405 => Write(context, status, "The resource does not take this method.", "METHOD_NOT_ALLOWED"),
        413 => Write(context, status, "The body is too large.", "BODY_TOO_LARGE"),
        415 => Write(context, status, "The body must be JSON: Content-Type application/json.", "UNSUPPORTED_MEDIA_TYPE"),
        _ => Write(context, status, "The request is malformed.", BadRequest),
    };

    public Task Unavailable(HttpContext context, UnavailableException reason) => Write(
        context,
        StatusCodes.Status503ServiceUnavailable,
        reason.Message + (reason.MayHaveWritten ? " The change may have been made: look before you send it again." : " Try again."),
        "SERVICE_UNAVAILABLE",
        reason.Outage.RetryAfterSeconds());

    public Task Fail(HttpContext context, string trace) => Write(context, 500, $"Internal error (trace {trace}).", "INTERNAL_ERROR");

    private Task Write(HttpContext context, int status, string detail, string code, int? retryAfterSeconds = null) =>
        context.Respond(status, json =>
    {
        json.WriteString("detail"u8, detail);
        json.WriteString("error_code"u8, code);
        json.WriteString("timestamp"u8, time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        if (retryAfterSeconds is { } seconds)
        {
            json.WriteNumber("retry_after_seconds"u8, seconds);
        }
    });
}
