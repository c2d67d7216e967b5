using System.Diagnostics;
using System.Globalization;
using System.Net;
using PixeeEvents.Accounts;
using PixeeEvents.EventSourcing;

namespace PixeeEvents.Host.WinDev;

/// <summary>What an endpoint asks of its caller. No scope means that no key is needed.</summary>
internal sealed record Access(string? Scope, string Tier);

/// <summary>Key, scope and rate of every call to the face, and the envelope around whatever goes wrong.</summary>
internal sealed partial class Gate(RequestDelegate next, AccountsModule accounts, RateLimits limits, ILogger<Gate> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            if (!await Admit(context))
            {
                return;
            }

            await next(context);
            if (context.Response is { HasStarted: false, StatusCode: >= 400 })
            {
                await Envelope.Error(context, context.Response.StatusCode, Sentence(context.Response.StatusCode));
            }
        }
        catch (RefusedCallException e)
        {
            await Envelope.Error(context, e.Status, e.Message);
        }
        catch (BadHttpRequestException e)
        {
            await Envelope.Error(context, e.StatusCode, Sentence(e.StatusCode));
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
            await Envelope.Error(context, StatusCodes.Status500InternalServerError, Messages.ServerError(trace));
        }
    }

    /// <summary>On whose behalf the call runs; goes into every event it makes.</summary>
    public static Caller CallerOf(HttpContext context)
    {
        var key = context.Features.Get<ApiKey>()!;
        var activity = Activity.Current;
        var headers = new Dictionary<string, string>(StringComparer.Ordinal) { ["key"] = key.Id.ToString(), ["user"] = key.Name, ["face"] = "windev" };
        if (activity?.Id is { } traceparent)
        {
            headers["traceparent"] = traceparent;
        }

        return new Caller(key.Tenant, activity?.TraceId.ToHexString() ?? context.TraceIdentifier, context.TraceIdentifier, headers);
    }

    private async ValueTask<bool> Admit(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<Access>() is not { } access)
        {
            return true;
        }

        if (access.Scope is null)
        {
            return await Count(context, access.Tier, context.Connection.RemoteIpAddress?.ToString() ?? IPAddress.None.ToString(), tell: false);
        }

        if (context.Request.Headers["X-API-Key"].ToString() is not { Length: > 0 } raw)
        {
            await Envelope.Error(context, StatusCodes.Status401Unauthorized, Messages.KeyMissing);
            return false;
        }

        if (await accounts.Authenticate(raw.Trim(), context.RequestAborted) is not { } key)
        {
            await Envelope.Error(context, StatusCodes.Status401Unauthorized, Messages.KeyInvalid);
            return false;
        }

        context.Features.Set(key);
        Activity.Current?.SetTag("pixee.tenant", key.Tenant).SetTag("pixee.key", key.Id);
        if (!await Count(context, access.Tier, key.Id.ToString(), tell: true))
        {
            return false;
        }

        if (!key.Allows(access.Scope))
        {
            await Envelope.Error(context, StatusCodes.Status403Forbidden, Messages.ScopeMissing(access.Scope));
            return false;
        }

        return true;
    }

    private async ValueTask<bool> Count(HttpContext context, string tier, string caller, bool tell)
    {
        if (limits.Count(tier, caller) is not { } verdict)
        {
            return true;
        }

        if (tell)
        {
            var headers = context.Response.Headers;
            headers["X-RateLimit-Limit"] = verdict.Limit.ToString(CultureInfo.InvariantCulture);
            headers["X-RateLimit-Remaining"] = verdict.Remaining.ToString(CultureInfo.InvariantCulture);
            headers["X-RateLimit-Reset"] = DateTimeOffset.UtcNow.Add(verdict.ResetsAfter).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        }

        if (verdict.Allowed)
        {
            return true;
        }

        var seconds = (int)Math.Ceiling(verdict.ResetsAfter.TotalSeconds);
        context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        await Envelope.Error(context, StatusCodes.Status429TooManyRequests, Messages.RateLimited, json =>
        {
            json.WriteString("detail"u8, "Rate limit exceeded");
            json.WriteNumber("retry_after_seconds"u8, seconds);
        });
        return false;
    }

    private static string Sentence(int status) => status switch
    {
        StatusCodes.Status404NotFound => Messages.NoSuchRoute,
        StatusCodes.Status405MethodNotAllowed => Messages.MethodNotAllowed,
        StatusCodes.Status413PayloadTooLarge => Messages.BodyTooLarge,
        StatusCodes.Status415UnsupportedMediaType => Messages.NotJson,
        _ => Messages.BadRequest,
    };

    [LoggerMessage(LogLevel.Error, "{Method} {Path} failed, trace {Trace}")]
    private partial void LogFailure(Exception e, string method, string path, string trace);
}
