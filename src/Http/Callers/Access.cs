using System.Diagnostics;
using PixeeEvents.Accounts;
using PixeeEvents.EventLog;
using PixeeEvents.Http.Availability;

namespace PixeeEvents.Http.Callers;

/// <summary>What an endpoint asks of its caller. No scope means that no key is needed.</summary>
internal sealed record Access(string? Scope, string Tier);

/// <summary>Why a caller is not let in.</summary>
internal enum Denial
{
    KeyMissing,
    KeyInvalid,
    ScopeMissing,
    RateLimited,

    /// <summary>Too many wrong keys came from the address.</summary>
    Braked,
}

/// <summary>How a face turns away who comes with a key.</summary>
internal interface IKeyRefusals : IRefusals
{
    /// <param name="retryAfterSeconds">Of <see cref="Denial.RateLimited"/> and <see cref="Denial.Braked"/>.</param>
    Task Deny(HttpContext context, Denial denial, Access access, int retryAfterSeconds);
}

/// <summary>Key, scope and rate of a call, alike on every face that takes keys; the words of a refusal are the face's.</summary>
internal sealed class KeyCheck(
    AccountsModule accounts, RateLimits limits, FailedAuthentications failures, IKeyRefusals refusals) : IAdmission
{
    public static void Use(IApplicationBuilder app, IKeyRefusals refusals) =>
        app.UseMiddleware<Gate>(ActivatorUtilities.CreateInstance<KeyCheck>(app.ApplicationServices, refusals), refusals);

    public async ValueTask<bool> Admit(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<Access>() is not { } access)
        {
            return true;
        }

        if (access.Scope is null)
        {
            return await Count(context, access, ClientAddress.Of(context), tell: false);
        }

        if (context.Request.Headers["X-API-Key"].ToString().Trim() is not { Length: > 0 } raw)
        {
            return await Refuse(context, access, Denial.KeyMissing);
        }

        if (!accounts.WasRight(raw) && failures.RetryAfter(ClientAddress.Of(context)) is { } seconds)
        {
            RateVerdict.TellRetry(context.Response.Headers, seconds);
            return await Refuse(context, access, Denial.Braked, seconds);
        }

        if (await accounts.Authenticate(raw, context.RequestAborted) is not { } key)
        {
            failures.Add(ClientAddress.Of(context));
            return await Refuse(context, access, Denial.KeyInvalid);
        }

        context.Features.Set(key);
        Activity.Current?.SetTag("pixee.tenant", key.Tenant).SetTag("pixee.key", key.Id);
        return await Count(context, access, key.Id.ToString(), tell: true)
            && (key.Allows(access.Scope) || await Refuse(context, access, Denial.ScopeMissing));
    }

    public Writer? WriterOf(HttpContext context) =>
        context.GetEndpoint()?.Metadata.GetMetadata<Access>() is { } access && RateTier.Writes(access.Tier)
            && context.Features.Get<ApiKey>() is { } key
            ? new Writer(key.Tenant, access.Tier == RateTier.BulkUpdate ? WriteKind.Batch : WriteKind.Single)
            : null;

    /// <summary>On whose behalf the call runs; goes into every event it makes.</summary>
    public static Caller CallerOf(HttpContext context, string face)
    {
        var key = context.Features.Get<ApiKey>()!;
        return Gate.CallerOf(
            context, key.Tenant, new Dictionary<string,
            string>(StringComparer.Ordinal)
            { ["key"] = key.Id.ToString(), ["user"] = key.Name, ["face"] = face });
    }

    private async ValueTask<bool> Count(HttpContext context, Access access, string caller, bool tell)
    {
        if (limits.Count(access.Tier, caller) is not { } verdict)
        {
            return true;
        }

        verdict.Tell(context.Response.Headers, whole: tell);
        return verdict.Allowed || await Refuse(context, access, Denial.RateLimited, verdict.RetryAfterSeconds);
    }

    private async ValueTask<bool> Refuse(HttpContext context, Access access, Denial denial, int retryAfterSeconds = 0)
    {
        await refusals.Deny(context, denial, access, retryAfterSeconds);
        return false;
    }
}
