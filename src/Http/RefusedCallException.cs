namespace PixeeEvents.Http;

/// <summary>A call that is refused as a whole, with the status and the sentence it is refused with.</summary>
/// <param name="code">What a program goes by, on faces that have such codes.</param>
internal class RefusedCallException(int status, string message, string? code = null) : Exception(message)
{
    public int Status { get; } = status;

    public string? Code { get; } = code;
}
