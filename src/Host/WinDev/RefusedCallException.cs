namespace PixeeEvents.Host.WinDev;

/// <summary>A call that is refused as a whole, with the status and the sentence it is refused with.</summary>
internal sealed class RefusedCallException(int status, string message) : Exception(message)
{
    public int Status { get; } = status;
}
