using PixeeEvents.Webhooks.Signing;

namespace PixeeEvents.Webhooks.Subscriptions;

/// <summary>Subscriptions with their secrets, as of a second ago at most: a change of theirs holds soon.</summary>
internal sealed class Recipients(SubscriptionTable subscriptions, SigningKeys keys, TimeProvider time)
{
    private static readonly TimeSpan Remembered = TimeSpan.FromSeconds(1);

    private readonly Dictionary<Guid, (Subscription Subscription, IReadOnlyList<Secret> Secrets, DateTimeOffset ReadAt)> _known = [];

    /// <summary>The node's signing keys; none before a subscription asked for such signatures.</summary>
    public IReadOnlyList<SigningKey> Signing { get; private set; } = [];

    /// <summary>Reads anew those that are not known or were read too long ago.</summary>
    public async Task Know(IReadOnlyList<Guid> wanted, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        List<Guid> stale;
        lock (_known)
        {
            stale = [.. wanted.Where(s => !_known.TryGetValue(s, out var known) || now - known.ReadAt > Remembered)];
        }

        if (stale.Count == 0)
        {
            return;
        }

        var read = await subscriptions.Of(stale, cancellationToken);
        var secrets = await subscriptions.LiveSecrets(stale, cancellationToken);
        if (read.Any(s => s.Signatures.Contains("v1a")))
        {
            Signing = [await keys.Current(cancellationToken)];
        }

        lock (_known)
        {
            foreach (var old in _known.Where(k => now - k.Value.ReadAt > Remembered).Select(k => k.Key).ToList())
            {
                _known.Remove(old);
            }

            foreach (var subscription in read)
            {
                _known[subscription.Id] = (subscription, [.. secrets[subscription.Id].Select(s => new Secret(s))], now);
            }
        }
    }

    /// <returns>Null for one that is not known: it was deleted.</returns>
    public (Subscription Subscription, IReadOnlyList<Secret> Secrets)? Find(Guid subscription)
    {
        lock (_known)
        {
            return _known.TryGetValue(subscription, out var known) ? (known.Subscription, known.Secrets) : null;
        }
    }
}
