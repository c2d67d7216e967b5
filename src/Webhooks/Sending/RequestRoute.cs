using System.Net;

namespace PixeeEvents.Webhooks.Sending;

/// <summary>Where a request went, and over what kind of connection.</summary>
internal sealed class RequestRoute
{
    private TrackedConnection? _connection;
    private long _heardBefore;
    private bool _wasUsed;
    private bool _isAnswered;

    public IPAddress? Address { get; set; }

    /// <summary>
    /// Whether nothing of an answer came, over a connection that had answered another request before. A request that met no connection
    /// of its own shared one, over HTTP/2.
    /// </summary>
    public bool IsUnheardOnUsedConnection => !_isAnswered && (_connection is null || (_wasUsed && _connection.Heard == _heardBefore));

    /// <summary>The request begins to leave.</summary>
    public void Meet(TrackedConnection connection)
    {
        if (_connection != connection)
        {
            (_connection, _heardBefore, _wasUsed) = (connection, connection.Heard, connection.HasAnswered);
        }
    }

    /// <summary>The headers of the answer came.</summary>
    public void Answered()
    {
        _isAnswered = true;
        if (_connection is { } connection)
        {
            connection.HasAnswered = true;
        }
    }
}
