namespace PixeeEvents.Accounts;

/// <summary>A key as its owner sees it; the key itself is shown once, at creation or rotation.</summary>
/// <param name="Hint">Prefix and first characters, enough to recognise it.</param>
public sealed record ApiKey(
    Guid Id,
    string Tenant,
    string Name,
    string Hint,
    IReadOnlyList<string> Scopes,
    DateTimeOffset CreatedAt,
    DateTimeOffset? ExpiresAt,
    DateTimeOffset? LastUsedAt,
    DateTimeOffset? RevokedAt)
{
    public bool Allows(string scope) => Scopes.Contains(scope, StringComparer.Ordinal);

    public bool IsUsableAt(DateTimeOffset now) => RevokedAt is null && (ExpiresAt is null || ExpiresAt > now);
}
