using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Http.Features;
using PixeeEvents.Accounts;
using PixeeEvents.EventSourcing;

namespace PixeeEvents.Host.Winddle;

/// <summary>Token, user, rate and size of every call to the face, and an answer in its format for whatever goes wrong.</summary>
internal sealed partial class Gate(RequestDelegate next, AccountsModule accounts, RateLimits limits, WinddleOptions options, ILogger<Gate> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await Admit(context);
            await next(context);
            if (context.Response is { HasStarted: false, StatusCode: >= 400 })
            {
                await Answer.Refused(context, context.Response.StatusCode, Sentence(context.Response.StatusCode));
            }
        }
        catch (RefusedRequestException e)
        {
            await Answer.Refused(context, e.Status, e.Errors);
        }
        catch (BadHttpRequestException e)
        {
            await Answer.Refused(context, e.StatusCode, Sentence(e.StatusCode));
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
            await Answer.Refused(context, StatusCodes.Status500InternalServerError, $"Something went wrong here. Trace {trace}.");
        }
    }

    /// <summary>The user a call runs for.</summary>
    public static CurrentUser UserOf(HttpContext context) => context.Features.Get<CurrentUser>()!;

    /// <summary>On whose behalf the call runs; goes into every event it makes.</summary>
    public static Caller CallerOf(HttpContext context)
    {
        var current = UserOf(context);
        var activity = Activity.Current;
        var headers = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["token"] = current.Token.Id.ToString(),
            ["user"] = current.User.Email,
            ["user_id"] = current.User.Id.ToString(CultureInfo.InvariantCulture),
            ["face"] = "winddle",
        };
        if (activity?.Id is { } traceparent)
        {
            headers["traceparent"] = traceparent;
        }

        return new Caller(current.Tenant, activity?.TraceId.ToHexString() ?? context.TraceIdentifier, Announcements.CauseOf(context), headers);
    }

    private async ValueTask Admit(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<Admission>() is not { } admission)
        {
            return;
        }

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = context.Request.HasFormContentType && admission.MaxFormBytes is { } form ? form : admission.MaxBytes;
        }

        if (context.Request.Query.Any(p => p.Value.Any(v => v?.Contains('\0', StringComparison.Ordinal) == true)))
        {
            throw new RefusedRequestException(StatusCodes.Status400BadRequest, "The query holds what is no text.");
        }

        var current = await Authenticate(context);
        context.Features.Set(current);
        Activity.Current?.SetTag("pixee.tenant", current.Tenant).SetTag("pixee.token", current.Token.Id).SetTag("pixee.user", current.User.Id);
        Count(context, admission.Tier, current.Token.Id.ToString());
        if (admission.Needs == Needs.Admin && !current.User.IsAdmin)
        {
            throw new RefusedRequestException(StatusCodes.Status403Forbidden, "This is for company admins.");
        }

        if (Formats.OfAnswer(context) is null)
        {
            throw new RefusedRequestException(StatusCodes.Status406NotAcceptable, "Answers are written in application/json or application/xml.");
        }
    }

    private async ValueTask<CurrentUser> Authenticate(HttpContext context)
    {
        if (RawToken(context) is not { Length: > 0 } raw)
        {
            throw Unauthorized(context, "A token is required: Authorization: Bearer <token>.");
        }

        if (await accounts.AuthenticateToken(raw, context.RequestAborted) is not var (token, user))
        {
            throw Unauthorized(context, "The token is unknown or revoked, or its user is disabled.");
        }

        var other = context.Request.Headers[options.ActingUserHeader].ToString() is { Length: > 0 } named
            ? named
            : context.Request.Query[options.ActingUserParameter].ToString();
        if (other.Trim().Length == 0)
        {
            return new CurrentUser(token, user);
        }

        if (!token.ActsForOthers)
        {
            throw new RefusedRequestException(StatusCodes.Status403Forbidden, "Only a company token may act for another user.");
        }

        return await accounts.FindUser(token.Tenant, other.Trim(), context.RequestAborted) is { } acting
            ? new CurrentUser(token, acting)
            : throw new RefusedRequestException(StatusCodes.Status403Forbidden, "The company has no such user to act for.");
    }

    private string? RawToken(HttpContext context)
    {
        var header = context.Request.Headers.Authorization.ToString();
        if (header.Length == 0)
        {
            return context.Request.Query[options.TokenParameter].ToString();
        }

        var space = header.IndexOf(' ', StringComparison.Ordinal);
        if (space < 0 || header[..space].ToLowerInvariant() is not ("bearer" or "token"))
        {
            return null;
        }

        // Rails writes: Token token="…".
        var raw = header[(space + 1)..].Trim();
        return raw.StartsWith("token=", StringComparison.OrdinalIgnoreCase) ? raw["token=".Length..].Split(',')[0].Trim().Trim('"') : raw;
    }

    private static RefusedRequestException Unauthorized(HttpContext context, string message)
    {
        context.Response.Headers.WWWAuthenticate = "Bearer";
        return new RefusedRequestException(StatusCodes.Status401Unauthorized, message);
    }

    private void Count(HttpContext context, string tier, string caller)
    {
        if (limits.Count(tier, caller) is not { } verdict)
        {
            return;
        }

        var headers = context.Response.Headers;
        headers["X-RateLimit-Limit"] = verdict.Limit.ToString(CultureInfo.InvariantCulture);
        headers["X-RateLimit-Remaining"] = verdict.Remaining.ToString(CultureInfo.InvariantCulture);
        headers["X-RateLimit-Reset"] = DateTimeOffset.UtcNow.Add(verdict.ResetsAfter).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        if (!verdict.Allowed)
        {
            headers.RetryAfter = ((int)Math.Ceiling(verdict.ResetsAfter.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
            throw new RefusedRequestException(StatusCodes.Status429TooManyRequests, "Too many calls; come back later.");
        }
    }

    private static string Sentence(int status) => status switch
    {
        StatusCodes.Status404NotFound => "There is nothing at this address.",
        StatusCodes.Status405MethodNotAllowed => "This address does not take this method.",
        StatusCodes.Status413PayloadTooLarge => "The body is too large.",
        StatusCodes.Status415UnsupportedMediaType => "The body's type or encoding is not understood.",
        _ => "The call cannot be understood.",
    };

    [LoggerMessage(LogLevel.Error, "{Method} {Path} failed, trace {Trace}")]
    private partial void LogFailure(Exception e, string method, string path, string trace);
}
