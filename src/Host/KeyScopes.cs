using PixeeEvents.Host.Webhooks;
using PixeeEvents.WinDev;


namespace PixeeEvents.Host;

/// <summary>Every scope a key may carry; independent of each other.</summary>
internal static class KeyScopes
{
    public static IReadOnlyList<string> All { get; } = [.. WinDevApi.Scopes, .. WebhooksApi.Scopes];
}
