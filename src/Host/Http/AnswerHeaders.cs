namespace PixeeEvents.Host.Http;

/// <summary>What every answer says unless it knows better: its type is not to be guessed, and nobody keeps it.</summary>
internal static class AnswerHeaders
{
    public static void UseAnswerHeaders(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        context.Response.OnStarting(Complete, context.Response);
        return next(context);
    });

    public static void Complete(HttpResponse response)
    {
        var headers = response.Headers;
        headers.XContentTypeOptions = "nosniff";
        if (headers.CacheControl.Count == 0)
        {
            headers.CacheControl = "no-store";
        }

        if (response.StatusCode == StatusCodes.Status405MethodNotAllowed && headers.Allow.ToString() is var allowed
            && allowed.Contains(HttpMethods.Get, StringComparison.Ordinal) && !allowed.Contains(HttpMethods.Head, StringComparison.Ordinal))
        {
            headers.Allow = $"{allowed}, {HttpMethods.Head}";
        }
    }

    private static Task Complete(object response)
    {
        Complete((HttpResponse)response);
        return Task.CompletedTask;
    }
}
