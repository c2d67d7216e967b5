using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Http.Features;
using PixeeEvents.Accounts;
using PixeeEvents.Catalog;
using PixeeEvents.EventLog;
using PixeeEvents.Http.Availability;
using PixeeEvents.Http.Text;
using PixeeEvents.Winddle.Files;
using PixeeEvents.Winddle.Wire;

namespace PixeeEvents.Winddle;

/// <summary>Token, user, rate and size of every call to the face.</summary>
internal sealed class TokenCheck(AccountsModule accounts, RateLimits limits, FailedAuthentications failures, WinddleOptions options)
    : IAdmission
{
    /// <summary>On whose behalf the call runs; goes into every event it makes.</summary>
    public static Caller CallerOf(HttpContext context, CurrentUser current) =>
        Gate.CallerOf(context, current.Tenant, new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["token"] = current.Token.Id.ToString(),
            ["user"] = current.User.Email,
            ["user_id"] = current.User.Id.ToString(CultureInfo.InvariantCulture),
            ["face"] = "winddle",
        });

    public async ValueTask<bool> Admit(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<Admission>() is not { } admission)
        {
            return true;
        }

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = context.Request.HasFormContentType && admission.MaxFormBytes is { } form ? form : admission.MaxBytes;
        }

        if (context.Request.Query.Any(p => p.Value.Any(v => v?.Contains('\0', StringComparison.Ordinal) == true)))
        {
            throw new RefusedRequestException(StatusCodes.Status400BadRequest, "The query holds what is no text.");
        }

        var (token, user) = await Authenticate(context);
        var current = new CurrentUser(token, user, FileLinks.For(context, user.Tenant));
        context.Features.Set(current);
        Activity.Current?
            .SetTag("pixee.tenant", current.Tenant).SetTag("pixee.token", current.Token.Id).SetTag("pixee.user", current.User.Id);
        Count(context, admission.Tier, current.Token.Id.ToString());
        if (admission.Needs == Needs.Admin && !current.User.IsAdmin)
        {
            throw new RefusedRequestException(StatusCodes.Status403Forbidden, "This is for company admins.");
        }

        if (Formats.OfAnswer(context) is null)
        {
            throw new RefusedRequestException(
                StatusCodes.Status406NotAcceptable, "Answers are written in application/json or application/xml.");
        }

        return true;
    }

    /// <summary>Pictures are scaled and files downloaded before a turn is taken.</summary>
    public Writer? WriterOf(HttpContext context) =>
        context.GetEndpoint()?.Metadata.GetMetadata<Admission>() is { } admission && RateTier.Writes(admission.Tier)
            ? new Writer(context.Features.Get<CurrentUser>()!.Tenant, admission.BringsFiles ? WriteKind.Prepared : WriteKind.Single)
            : null;

    private async ValueTask<(Token Token, User User)> Authenticate(HttpContext context)
    {
        if (RawToken(context) is not { Length: > 0 } raw)
        {
            throw Unauthorized(context, "A token is required: Authorization: Bearer <token>.");
        }

        if (!accounts.WasRightToken(raw) && failures.RetryAfter(ClientAddress.Of(context)) is { } seconds)
        {
            RateVerdict.TellRetry(context.Response.Headers, seconds);
            throw new RefusedRequestException(
                StatusCodes.Status429TooManyRequests, "Too many wrong tokens came from your address; come back later.");
        }

        if (await accounts.AuthenticateToken(raw, context.RequestAborted) is not var (token, user))
        {
            failures.Add(ClientAddress.Of(context));
            throw Unauthorized(context, "The token is unknown or revoked, or its user is disabled.");
        }

        var other = context.Request.Headers[options.ActingUserHeader].ToString() is { Length: > 0 } named
            ? HeaderText.Read(named)
            : context.Request.Query[options.ActingUserParameter].ToString();
        other = TextForm.Clean(other);
        if (other.Length == 0)
        {
            return (token, user);
        }

        if (!token.ActsForOthers)
        {
            throw new RefusedRequestException(StatusCodes.Status403Forbidden, "Only a company token may act for another user.");
        }

        return await accounts.FindUser(token.Tenant, other, context.RequestAborted) is { } acting
            ? (token, acting)
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

        verdict.Tell(context.Response.Headers, whole: true);
        if (!verdict.Allowed)
        {
            throw new RefusedRequestException(StatusCodes.Status429TooManyRequests, "Too many calls; come back later.");
        }
    }
}
