using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;

namespace PixeeEvents.Host.Availability;

/// <summary>
/// What a call may take of the database: its time, and, when it writes, its turn among the writers. Both end when its answer begins,
/// so that nobody holds anything by sending or reading slowly.
/// </summary>
internal sealed class Call : IDisposable
{
    /// <summary>Of a body kept in memory; a larger one goes to a file.</summary>
    private const int KeptInMemory = 256 * 1024;

    private readonly HttpContext _context;
    private readonly CallBounds _bounds;
    private readonly CancellationToken _client;
    private readonly CancellationTokenSource _time;
    private Writer? _writer;
    private IDisposable? _turn;
    private bool _hasTakenTurn;
    private bool _hasEnded;

    private Call(HttpContext context, CallBounds bounds)
    {
        (_context, _bounds, _client) = (context, bounds, context.RequestAborted);
        _time = CancellationTokenSource.CreateLinkedTokenSource(_client);
        _time.CancelAfter(bounds.Answer);
        context.RequestAborted = _time.Token;
        context.Features.Set(this);
        context.Response.OnStarting(static call => ((Call)call).AnswerBegins(), this);
    }

    /// <summary>The client hung up.</summary>
    public bool IsAbandoned => _client.IsCancellationRequested;

    public static Call Begin(HttpContext context, CallBounds bounds) => new(context, bounds);

    /// <summary>Takes the turn of a call that prepares itself before it writes; once more is once.</summary>
    public static Task TakeTurn(HttpContext context) => context.Features.Get<Call>() is { _writer: not null, _hasTakenTurn: false, _hasEnded: false } call ? call.TakeTurn() : Task.CompletedTask;

    /// <summary>For a call that was let in.</summary>
    /// <param name="writer">Null for one that only reads.</param>
    /// <exception cref="UnavailableException">The turn did not come.</exception>
    public async Task Admitted(Writer? writer)
    {
        _writer = writer;
        if (writer is null)
        {
            return;
        }

        _time.CancelAfter(Timeout.InfiniteTimeSpan);
        if (writer.Kind is not WriteKind.Prepared)
        {
            await ReadBody();
            await TakeTurn();
        }
    }

    /// <summary>What the failure of this call says of the database; null when it is a fault of ours.</summary>
    public UnavailableException? Explain(Exception failure)
    {
        if (failure is UnavailableException known)
        {
            return known;
        }

        var outage = failure is OperationCanceledException && _time.IsCancellationRequested ? Outage.Slow : DatabaseFault.Of(failure);
        return outage is { } found ? new UnavailableException(found, _hasTakenTurn, failure) : null;
    }

    /// <summary>Nothing of the call is under way any more; its answer may take its time.</summary>
    public void End()
    {
        if (!_hasEnded)
        {
            _hasEnded = true;
            _context.RequestAborted = _client;
            _time.CancelAfter(Timeout.InfiniteTimeSpan);
            GiveTurn();
        }
    }

    public void Dispose()
    {
        End();
        _time.Dispose();
    }

    private async Task TakeTurn()
    {
        _turn = await _bounds.Writers.Enter(_writer!, _context.RequestAborted);
        _hasTakenTurn = true;
        if (_writer!.Kind is not WriteKind.Batch)
        {
            _time.CancelAfter(_bounds.Answer);
        }
    }

    /// <summary>To the end, so that a client that sends slowly keeps nobody waiting behind its turn.</summary>
    private async Task ReadBody()
    {
        var request = _context.Request;
        if (_context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true })
        {
            request.EnableBuffering(request.ContentLength is { } length and < KeptInMemory ? (int)length + 1 : KeptInMemory, long.MaxValue);
            await request.Body.DrainAsync(_context.RequestAborted);
            request.Body.Position = 0;
        }
    }

    private Task AnswerBegins()
    {
        // An answer without a body begins when the call has ended.
        End();
        return Task.CompletedTask;
    }

    private void GiveTurn() => Interlocked.Exchange(ref _turn, null)?.Dispose();
}

/// <summary>The turn among the writers, for a call that prepares itself before it writes.</summary>
public sealed class Turn(HttpContext context)
{
    /// <summary>Waits for it; once more is once.</summary>
    public Task Take() => Call.TakeTurn(context);
}

/// <summary>The bounds of this node's calls.</summary>
internal sealed record CallBounds(WriterQueue Writers, TimeSpan Answer);
