namespace PixeeEvents.Host.Http;

/// <summary>HEAD is answered wherever GET is, by the same endpoint; the server leaves the body out.</summary>
internal static class HeadRequests
{
    /// <summary>Before routing.</summary>
    public static void UseHeadAsGet(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        if (HttpMethods.IsHead(context.Request.Method))
        {
            context.Request.Method = HttpMethods.Get;
            context.Features.Set(Head.Mark);
        }

        return next(context);
    });

    /// <summary>Behind routing: it is HEAD again.</summary>
    public static void UseHeadAgain(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        if (context.Features.Get<Head>() is not null)
        {
            context.Request.Method = HttpMethods.Head;
        }

        return next(context);
    });

    private sealed class Head
    {
        public static readonly Head Mark = new();
    }
}
