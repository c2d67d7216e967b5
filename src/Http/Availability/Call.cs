using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;

namespace PixeeEvents.Http.Availability;

/// <summary>
/// What a call may take of the database: its time, and, when it writes, its turn among the writers. Both end when its answer begins,
/// so that nobody holds anything by sending or reading slowly.
/// </summary>
internal sealed class Call : IHttpRequestLifetimeFeature, IDisposable
{
    /// <summary>Of a body kept in memory; a larger one goes to a file.</summary>
    private const int KeptInMemory = 256 * 1024;

    private readonly HttpContext _context;
    private readonly CallBounds _bounds;
    private readonly IHttpRequestLifetimeFeature _client;
    private TimeSpan _limit;
    private CancellationTokenSource? _time;
    private Writer? _writer;
    private IDisposable? _turn;
    private bool _hasTakenTurn;
    private bool _hasEnded;

    private Call(HttpContext context, CallBounds bounds)
    {
        (_context, _bounds, _limit) = (context, bounds, bounds.Answer);
        _client = context.Features.GetRequiredFeature<IHttpRequestLifetimeFeature>();
        context.Features.Set<IHttpRequestLifetimeFeature>(this);
        context.Response.OnStarting(static call => ((Call)call).AnswerBegins(), this);
    }

    /// <summary>The client hung up.</summary>
    public bool IsAbandoned => _client.RequestAborted.IsCancellationRequested;

    /// <summary>
    /// Of the client, and of the time, which runs from when this is first asked for: a call that never does waits for nothing.
    /// </summary>
    public CancellationToken RequestAborted
    {
        get => _hasEnded ? _client.RequestAborted : (_time ??= Begin()).Token;
        set => _client.RequestAborted = value;
    }

    public static Call Begin(HttpContext context, CallBounds bounds) => new(context, bounds);

    public void Abort() => _client.Abort();

    /// <summary>Takes the turn of a call that prepares itself before it writes; once more is once.</summary>
    public static Task TakeTurn(HttpContext context) =>
        context.Features.Get<IHttpRequestLifetimeFeature>() is Call { _writer: not null, _hasTakenTurn: false, _hasEnded: false } call
            ? call.TakeTurn()
            : Task.CompletedTask;

    /// <summary>For a call that was let in to write.</summary>
    /// <exception cref="UnavailableException">The turn did not come.</exception>
    public async Task Admitted(Writer writer)
    {
        _writer = writer;
        Limit(Timeout.InfiniteTimeSpan);
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

        var outage = failure is OperationCanceledException && _time is { IsCancellationRequested: true }
            ? Outage.Slow
            : DatabaseFault.Of(failure);
        return outage is { } found ? new UnavailableException(found, _hasTakenTurn, failure) : null;
    }

    /// <summary>Nothing of the call is under way any more; its answer may take its time.</summary>
    public void End()
    {
        if (!_hasEnded)
        {
            _hasEnded = true;
            Limit(Timeout.InfiniteTimeSpan);
            GiveTurn();
        }
    }

    public void Dispose()
    {
        End();
        _time?.Dispose();
    }

    private CancellationTokenSource Begin()
    {
        var time = CancellationTokenSource.CreateLinkedTokenSource(_client.RequestAborted);
        time.CancelAfter(_limit);
        return time;
    }

    private void Limit(TimeSpan time)
    {
        _limit = time;
        _time?.CancelAfter(time);
    }

    private async Task TakeTurn()
    {
        _turn = await _bounds.Writers.Enter(_writer!, _context.RequestAborted);
        _hasTakenTurn = true;
        if (_writer!.Kind is not WriteKind.Batch)
        {
            Limit(_bounds.Answer);
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
