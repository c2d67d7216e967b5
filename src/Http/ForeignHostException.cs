namespace PixeeEvents.Http;

/// <summary>A call to a host that this server does not go by.</summary>
internal sealed class ForeignHostException(string host) : RefusedCallException(
    StatusCodes.Status400BadRequest, $"This server does not go by the name '{host}'.", ApiErrors.BadRequest)
{
    public string Host { get; } = host;
}
