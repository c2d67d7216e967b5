using System.Security.Authentication;

namespace PixeeEvents.Webhooks.Sending;

/// <summary>Which of the closed list of errors an exception of the HTTP client is; null for one that is a bug.</summary>
internal static class HttpFailure
{
    public static AttemptError? Of(Exception exception) => exception switch
    {
        // Cancelled by no caller: the connection took too long.
        OperationCanceledException => AttemptError.Connect,
        FailedConnectionException refused => refused.Error,
        AuthenticationException => AttemptError.Tls,
        HttpIOException io => Of(io.HttpRequestError),
        HttpRequestException { InnerException: FailedConnectionException or AuthenticationException or HttpIOException } http =>
            Of(http.InnerException!),
        HttpRequestException { HttpRequestError: HttpRequestError.Unknown, InnerException: IOException io } => Of(io),
        HttpRequestException http => Of(http.HttpRequestError),
        IOException => AttemptError.Reset,
        _ => null,
    };

    private static AttemptError Of(HttpRequestError error) => error switch
    {
        HttpRequestError.NameResolutionError => AttemptError.Dns,
        HttpRequestError.ConnectionError => AttemptError.Connect,
        HttpRequestError.SecureConnectionError => AttemptError.Tls,
        HttpRequestError.ResponseEnded => AttemptError.Reset,
        _ => AttemptError.Protocol,
    };
}
