using System.Diagnostics;
using System.Globalization;
using System.Net;
using PixeeEvents.Accounts;
using PixeeEvents.EventSourcing;

namespace PixeeEvents.Host;

/// <summary>What an endpoint asks of its caller. No scope means that no key is needed.</summary>
internal sealed record Access(string? Scope, string Tier);

/// <summary>Why a caller is not let in.</summary>
internal enum Denial
{
    KeyMissing,
    KeyInvalid,
    ScopeMissing,
    RateLimited,
}

/// <summary>Key, scope and rate of a call, alike on every face; the words of a refusal are the face's.</summary>
internal sealed class KeyCheck(AccountsModule accounts, RateLimits limits, IRefusals refusals)
{
    /// <returns>False when the call was answered with a refusal.</returns>
    public async ValueTask<bool> Admit(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<Access>() is not { } access)
        {
            return true;
        }

        if (access.Scope is null)
        {
            return await Count(context, access, context.Connection.RemoteIpAddress?.ToString() ?? IPAddress.None.ToString(), tell: false);
        }

        if (context.Request.Headers["X-API-Key"].ToString() is not { Length: > 0 } raw)
        {
            return await Refuse(context, access, Denial.KeyMissing);
        }

        if (await accounts.Authenticate(raw.Trim(), context.RequestAborted) is not { } key)
        {
            return await Refuse(context, access, Denial.KeyInvalid);
        }

        context.Features.Set(key);
        Activity.Current?.SetTag("pixee.tenant", key.Tenant).SetTag("pixee.key", key.Id);
        return await Count(context, access, key.Id.ToString(), tell: true)
            && (key.Allows(access.Scope) || await Refuse(context, access, Denial.ScopeMissing));
    }

    /// <summary>On whose behalf the call runs; goes into every event it makes.</summary>
    public static Caller CallerOf(HttpContext context, string face)
    {
        var key = context.Features.Get<ApiKey>()!;
        var activity = Activity.Current;
        var headers = new Dictionary<string, string>(StringComparer.Ordinal) { ["key"] = key.Id.ToString(), ["user"] = key.Name, ["face"] = face };
        if (activity?.Id is { } traceparent)
        {
            headers["traceparent"] = traceparent;
        }

        return new Caller(key.Tenant, activity?.TraceId.ToHexString() ?? context.TraceIdentifier, Announcements.CauseOf(context), headers);
    }

    private async ValueTask<bool> Count(HttpContext context, Access access, string caller, bool tell)
    {
        if (limits.Count(access.Tier, caller) is not { } verdict)
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
        return await Refuse(context, access, Denial.RateLimited, seconds);
    }

    private async ValueTask<bool> Refuse(HttpContext context, Access access, Denial denial, int retryAfterSeconds = 0)
    {
        await refusals.Deny(context, denial, access, retryAfterSeconds);
        return false;
    }
}
