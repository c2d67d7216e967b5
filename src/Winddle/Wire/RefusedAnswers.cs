using PixeeEvents.Http.Availability;


namespace PixeeEvents.Winddle.Wire;

/// <summary>Refusals in the format of the call, by field.</summary>
internal sealed class RefusedAnswers : IRefusals
{
    public Task Refuse(HttpContext context, RefusedCallException refusal) => refusal is RefusedRequestException { Errors: var errors }
        ? Answer.Refused(context, refusal.Status, errors)
        : Answer.Refused(context, refusal.Status, refusal.Message);

    public Task Refuse(HttpContext context, int status)
    {
        Aliases.Complete(context.Response);
        return Answer.Refused(context, status, Sentence(status));
    }

    public Task Unavailable(HttpContext context, UnavailableException reason) => Answer.Refused(
        context,
        StatusCodes.Status503ServiceUnavailable,
        reason.Message + (reason.MayHaveWritten ? " The change may have been made: look before you send it again." : " Try again."));

    public Task Fail(HttpContext context, string trace) =>
        Answer.Refused(context, StatusCodes.Status500InternalServerError, $"Something went wrong here. Trace {trace}.");

    private static string Sentence(int status) => status switch
    {
        StatusCodes.Status404NotFound => "There is nothing at this address.",
        StatusCodes.Status405MethodNotAllowed => "This address does not take this method.",
        StatusCodes.Status413PayloadTooLarge => "The body is too large.",
        StatusCodes.Status415UnsupportedMediaType => "The body's type or encoding is not understood.",
        _ => "The call cannot be understood.",
    };
}
