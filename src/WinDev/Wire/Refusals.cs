using PixeeEvents.Http.Availability;


namespace PixeeEvents.WinDev.Wire;

/// <summary>Refusals in the envelope.</summary>
internal sealed class Refusals : IKeyRefusals
{
    public Task Deny(HttpContext context, Denial denial, Access access, int retryAfterSeconds) => denial switch
    {
        Denial.KeyMissing => Envelope.Error(context, StatusCodes.Status401Unauthorized, Messages.KeyMissing),
        Denial.KeyInvalid => Envelope.Error(context, StatusCodes.Status401Unauthorized, Messages.KeyInvalid),
        Denial.ScopeMissing => Envelope.Error(context, StatusCodes.Status403Forbidden, Messages.ScopeMissing(access.Scope!)),
        _ =>
            Envelope.Error(
                context, StatusCodes.Status429TooManyRequests, denial == Denial.Braked ? Messages.Braked : Messages.RateLimited, json =>
        {
            json.WriteString("detail"u8, "Rate limit exceeded");
            json.WriteNumber("retry_after_seconds"u8, retryAfterSeconds);
        }),
    };

    public Task Refuse(HttpContext context, RefusedCallException refusal) => Envelope.Error(context, refusal.Status, refusal switch
    {
        UnreadablePackingException => Messages.BadEncoding,
        ForeignHostException foreign => Messages.ForeignHost(foreign.Host),
        _ => refusal.Message,
    });

    public Task Refuse(HttpContext context, int status) => Envelope.Error(context, status, status switch
    {
        StatusCodes.Status404NotFound => Messages.NoSuchRoute,
        StatusCodes.Status405MethodNotAllowed => Messages.MethodNotAllowed,
        StatusCodes.Status413PayloadTooLarge => Messages.BodyTooLarge,
        StatusCodes.Status415UnsupportedMediaType => Messages.NotJson,
        _ => Messages.BadRequest,
    });

    public Task Unavailable(HttpContext context, UnavailableException reason) =>
        Envelope.Error(context, StatusCodes.Status503ServiceUnavailable, Messages.Unavailable(reason.Outage, reason.MayHaveWritten), json =>
            json.WriteNumber("retry_after_seconds"u8, reason.Outage.RetryAfterSeconds()));

    public Task Fail(HttpContext context, string trace) =>
        Envelope.Error(context, StatusCodes.Status500InternalServerError, Messages.ServerError(trace));
}
