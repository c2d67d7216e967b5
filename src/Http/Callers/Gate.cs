using System.Diagnostics;
using System.Globalization;
using PixeeEvents.EventLog;
using PixeeEvents.Http.Availability;

namespace PixeeEvents.Http.Callers;

/// <summary>Who may call a face, and how often.</summary>
internal interface IAdmission
{
    /// <returns>False when the call was answered with a refusal.</returns>
    /// <exception cref="RefusedCallException">Instead of such an answer.</exception>
    ValueTask<bool> Admit(HttpContext context);

    /// <summary>On whose account an admitted call writes; null when it only reads.</summary>
    Writer? WriterOf(HttpContext context);
}

/// <summary>How a face says no.</summary>
internal interface IRefusals
{
    /// <summary>What an endpoint refused.</summary>
    Task Refuse(HttpContext context, RefusedCallException refusal);

    /// <summary>What was refused before an endpoint saw it: no such route or method, a body that is too large or cut off.</summary>
    Task Refuse(HttpContext context, int status);

    /// <summary>The database cannot serve now, through no fault of the call. The header Retry-After is set.</summary>
    Task Unavailable(HttpContext context, UnavailableException reason);

    /// <summary>A failure of ours.</summary>
    /// <param name="trace">Where to look for it.</param>
    Task Fail(HttpContext context, string trace);
}

/// <summary>The way into a face: lets its callers in and answers whatever goes wrong in the words of <paramref name="refusals"/>.</summary>
internal sealed partial class Gate(
    RequestDelegate next, ILogger<Gate> logger, CallBounds bounds, OutageLog outages, IAdmission admission, IRefusals refusals)
{
    public async Task InvokeAsync(HttpContext context)
    {
        using var call = Call.Begin(context, bounds);
        try
        {
            if (!await admission.Admit(context))
            {
                return;
            }

            if (admission.WriterOf(context) is { } writer)
            {
                await call.Admitted(writer);
            }

            await next(context);
            if (context.Response is { HasStarted: false, StatusCode: >= 400 })
            {
                call.End();
                await refusals.Refuse(context, context.Response.StatusCode);
            }
        }
        catch (RefusedCallException e)
        {
            call.End();
            await refusals.Refuse(context, e);
        }
        catch (BadHttpRequestException e)
        {
            call.End();
            await refusals.Refuse(context, e.StatusCode);
        }
        catch (IOException e) when (e.InnerException is OverflowException)
        {
            // The server's word for a chunk whose size is beyond all numbers.
            call.End();
            await refusals.Refuse(context, StatusCodes.Status400BadRequest);
        }
        catch (OperationCanceledException) when (call.IsAbandoned)
        {
            // The client hung up; there is nobody to answer.
            context.Abort();
        }
        catch (Exception e)
        {
            call.End();
            var unavailable = call.Explain(e);
            var trace = Activity.Current?.TraceId.ToHexString() ?? context.TraceIdentifier;
            if (unavailable is null)
            {
                LogFailure(e, context.Request.Method, context.Request.Path, trace);
            }
            else
            {
                outages.Report(unavailable.Outage, unavailable.InnerException ?? unavailable);
            }

            if (context.Response.HasStarted || context.Response.BodyWriter.UnflushedBytes > 0)
            {
                // Half an answer is none, and no second one may follow it.
                context.Abort();
                return;
            }

            context.Response.Clear();
            if (unavailable is null)
            {
                await refusals.Fail(context, trace);
                return;
            }

            context.Response.Headers.RetryAfter = unavailable.Outage.RetryAfterSeconds().ToString(CultureInfo.InvariantCulture);
            await refusals.Unavailable(context, unavailable);
        }
    }

    /// <summary>On whose behalf a call runs; goes into every event it makes.</summary>
    /// <param name="headers">Who; the trace is added.</param>
    public static Caller CallerOf(HttpContext context, string tenant, Dictionary<string, string> headers)
    {
        var activity = Activity.Current;
        if (activity?.Id is { } traceparent)
        {
            headers["traceparent"] = traceparent;
        }

        return new Caller(tenant, activity?.TraceId.ToHexString() ?? context.TraceIdentifier, Announcements.CauseOf(context), headers);
    }

    [LoggerMessage(LogLevel.Error, "{Method} {Path} failed, trace {Trace}")]
    private partial void LogFailure(Exception e, string method, string path, string trace);
}
