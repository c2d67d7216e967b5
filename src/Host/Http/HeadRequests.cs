namespace PixeeEvents.Host.Http;

/// <summary>HEAD is answered wherever GET is, by the same endpoint; the server leaves the body out.</summary>
internal static class HeadRequests
{
    /// <summary>GET that was HEAD, told from every other by its reference.</summary>
    private static readonly string HeadAsGet = new(HttpMethods.Get);

    /// <summary>Before routing.</summary>
    public static void UseHeadAsGet(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        if (HttpMethods.IsHead(context.Request.Method))
        {
            context.Request.Method = HeadAsGet;
        }

        return next(context);
    });

    /// <summary>Behind routing: it is HEAD again.</summary>
    public static void UseHeadAgain(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        if (ReferenceEquals(context.Request.Method, HeadAsGet))
        {
            context.Request.Method = HttpMethods.Head;
        }

        return next(context);
    });
}
