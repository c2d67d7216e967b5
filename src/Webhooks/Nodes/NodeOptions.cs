namespace PixeeEvents.Webhooks.Nodes;

/// <summary>How a node delivers.</summary>
public sealed record NodeOptions
{
    /// <summary>Requests that this node has in flight at most.</summary>
    public int Capacity { get; init; } = 512;

    /// <summary>How long a node that died keeps others from a delivery it was sending; a living one renews it.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How late a node may see what it was not told of.</summary>
    public TimeSpan Poll { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long is kept what nobody needs any more.</summary>
    public Retention Retention { get; init; } = new();

    /// <summary>Whether it sends; one that does not leaves that to others.</summary>
    public bool Sends { get; init; } = true;

    /// <summary>Where the links in bodies lead.</summary>
    public Uri PublicUrl { get; init; } = new("http://127.0.0.1:5080");
}
