using System.Diagnostics;
using PixeeEvents.Accounts;

namespace PixeeEvents.Host;

/// <summary>How a face says no.</summary>
internal interface IRefusals
{
    /// <param name="retryAfterSeconds">Of <see cref="Denial.RateLimited"/>.</param>
    Task Deny(HttpContext context, Denial denial, Access access, int retryAfterSeconds);

    /// <summary>What an endpoint refused.</summary>
    Task Refuse(HttpContext context, RefusedCallException refusal);

    /// <summary>What was refused before an endpoint saw it: no such route or method, a body that is too large or cut off.</summary>
    Task Refuse(HttpContext context, int status);

    /// <summary>A failure of ours.</summary>
    /// <param name="trace">Where to look for it.</param>
    Task Fail(HttpContext context, string trace);
}

/// <summary>The way into a face: lets its callers in and answers whatever goes wrong in the words of <paramref name="refusals"/>.</summary>
internal sealed partial class Gate(RequestDelegate next, AccountsModule accounts, RateLimits limits, ILogger<Gate> logger, IRefusals refusals)
{
    private readonly KeyCheck _check = new(accounts, limits, refusals);

    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            if (!await _check.Admit(context))
            {
                return;
            }

            await next(context);
            if (context.Response is { HasStarted: false, StatusCode: >= 400 })
            {
                await refusals.Refuse(context, context.Response.StatusCode);
            }
        }
        catch (RefusedCallException e)
        {
            await refusals.Refuse(context, e);
        }
        catch (BadHttpRequestException e)
        {
            await refusals.Refuse(context, e.StatusCode);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client hung up; there is nobody to answer.
            context.Abort();
        }
        catch (Exception e)
        {
            var trace = Activity.Current?.TraceId.ToHexString() ?? context.TraceIdentifier;
            LogFailure(e, context.Request.Method, context.Request.Path, trace);
            if (context.Response.HasStarted || context.Response.BodyWriter.UnflushedBytes > 0)
            {
                // Half an answer is none, and no second one may follow it.
                context.Abort();
                return;
            }

            context.Response.Clear();
            await refusals.Fail(context, trace);
        }
    }

    [LoggerMessage(LogLevel.Error, "{Method} {Path} failed, trace {Trace}")]
    private partial void LogFailure(Exception e, string method, string path, string trace);
}
