namespace PixeeEvents.Accounts;

/// <summary>A person of a company. Users are disabled, never deleted: what they did names them.</summary>
/// <param name="IsAdmin">May do to everybody's products what owners may do to theirs.</param>
public sealed record User(
    long Id, string Tenant, string Name, string Email, bool IsAdmin, bool IsProductOwner, bool IsEnabled, DateTimeOffset CreatedAt);

/// <summary>A token as its owner sees it; the token itself is shown once, at creation.</summary>
/// <param name="UserId">On whose behalf a call with it runs.</param>
/// <param name="ActsForOthers">Its holder may name another user of the company to act for.</param>
public sealed record Token(
    Guid Id, string Tenant, long UserId, string Name, string Hint, bool ActsForOthers, DateTimeOffset CreatedAt,
    DateTimeOffset? LastUsedAt, DateTimeOffset? RevokedAt);
