namespace PixeeEvents.Webhooks.Deliveries;

/// <summary>What endpoints may take from a node now.</summary>
/// <param name="Usual">For each endpoint that the node does not know.</param>
/// <param name="Unproven">For all together that have yet to answer.</param>
internal sealed record NodeRoom(IReadOnlyList<EndpointRoom> Known, int Usual, int Unproven)
{
    /// <summary>False when an endpoint has to wait until others have answered.</summary>
    public bool Has(Guid endpoint) => Unproven > 0 || Known.Any(k => k.Endpoint == endpoint && k.IsProven);
}

/// <summary>
/// How many more requests a node would send to an endpoint that it knows, and whether the endpoint's last attempt here was answered.
/// </summary>
internal sealed record EndpointRoom(Guid Endpoint, int Free, bool IsProven);
