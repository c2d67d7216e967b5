using System.Collections.Concurrent;
using System.Threading.RateLimiting;

namespace PixeeEvents.Http.Availability;

internal enum WriteKind
{
    Single,

    /// <summary>Thousands of items under one transaction's locks.</summary>
    Batch,

    /// <summary>A single one that takes its turn itself, after a long preparation without the database.</summary>
    Prepared,
}

/// <summary>On whose account a call writes.</summary>
internal sealed record Writer(string Company, WriteKind Kind);

/// <summary>
/// Lets writers at the database one after the other, in the order in which they came: so many of a company, so many on this node.
/// Whoever waits here holds no connection, and the writers together never hold all.
/// </summary>
internal sealed class WriterQueue(DatabaseOptions options, int writers) : IDisposable
{
    private readonly ConcurrentDictionary<string, ConcurrencyLimiter> _batches = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, ConcurrencyLimiter> _companies = new(StringComparer.Ordinal);

    // Companies bound who waits here.
    private readonly ConcurrencyLimiter _node = Limiter(writers, int.MaxValue);

    /// <summary>Waits for the turn; disposing of it gives it to the next.</summary>
    /// <exception cref="UnavailableException">Too many wait already, or the turn did not come in time.</exception>
    public async Task<IDisposable> Enter(Writer writer, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(writer.Kind is WriteKind.Batch ? options.WaitSeconds : options.AnswerSeconds));
        var turn = new Turn();
        try
        {
            if (writer.Kind is WriteKind.Batch)
            {
                await turn.Take(Of(_batches, writer, options.BatchesPerCompany), patience.Token);
            }

            await turn.Take(Of(_companies, writer, options.WritersPerCompany), patience.Token);
            await turn.Take(_node, patience.Token);
            return turn;
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            turn.Dispose();
            throw new UnavailableException(Outage.Queued, mayHaveWritten: false, e);
        }
        catch
        {
            turn.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var limiter in _batches.Values.Concat(_companies.Values).Append(_node))
        {
            limiter.Dispose();
        }
    }

    private ConcurrencyLimiter Of(ConcurrentDictionary<string, ConcurrencyLimiter> limiters, Writer writer, int permits) =>
        limiters.GetOrAdd(writer.Company, (_, most) => Limiter(most, options.WaitingPerCompany), permits);

    private static ConcurrencyLimiter Limiter(int permits, int waiting) =>
        new(
            new ConcurrencyLimiterOptions
            {
                PermitLimit = permits,
                QueueLimit = waiting,
                QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
            });

    private sealed class Turn : IDisposable
    {
        private readonly Stack<RateLimitLease> _leases = new(3);

        public async ValueTask Take(ConcurrencyLimiter limiter, CancellationToken cancellationToken)
        {
            var lease = await limiter.AcquireAsync(1, cancellationToken);
            _leases.Push(lease);
            if (!lease.IsAcquired)
            {
                throw new UnavailableException(Outage.Queued, mayHaveWritten: false);
            }
        }

        public void Dispose()
        {
            while (_leases.TryPop(out var lease))
            {
                lease.Dispose();
            }
        }
    }
}
