using System.Net;
using Microsoft.Extensions.Configuration.Memory;
using PixeeEvents.Webhooks;
using PixeeEvents.Webhooks.Nodes;
using PixeeEvents.Webhooks.Sending;

namespace PixeeEvents.Host.Webhooks;

/// <summary>How this node sends webhooks, and where they may go besides the public internet over https.</summary>
internal sealed class WebhookOptions
{
    public bool AllowHttp { get; set; }

    /// <summary>Networks in CIDR form, separated by commas.</summary>
    public string AllowedNetworks { get; set; } = "";

    /// <summary>Whether this node sends; others may.</summary>
    public bool Workers { get; set; } = true;

    /// <summary>Requests that this node has under way at most.</summary>
    public int Capacity { get; set; } = 512;

    /// <summary>How long the deliveries of a node that died wait for another.</summary>
    public double LeaseSeconds { get; set; } = 15;

    /// <summary>How long deliveries that were delivered, superseded or cancelled are kept, and replays that ended.</summary>
    public double KeepSettledDays { get; set; } = 30;

    /// <summary>How long deliveries that were exhausted are kept, and notices.</summary>
    public double KeepExhaustedDays { get; set; } = 90;

    /// <summary>
    /// How long messages are kept that became deliveries or that nobody wanted: for replays, and for the links in events.
    /// </summary>
    public double KeepMessagesDays { get; set; } = 90;

    public NodeOptions Node(Uri publicUrl) => new()
    {
        Capacity = Capacity,
        Sends = Workers,
        Lease = TimeSpan.FromSeconds(LeaseSeconds),
        PublicUrl = publicUrl,
        Retention = new Retention
        {
            Settled = TimeSpan.FromDays(KeepSettledDays),
            Exhausted = TimeSpan.FromDays(KeepExhaustedDays),
            Messages = TimeSpan.FromDays(KeepMessagesDays),
        },
    };

    /// <summary>What has to be true of the times that things are kept: some time, and none that no calendar holds.</summary>
    public bool KeepsForSomeTime => Array.TrueForAll([KeepSettledDays, KeepExhaustedDays, KeepMessagesDays], d => d is > 0 and <= 36_500);

    /// <summary>What holds on a machine where somebody tries the product out; any other source of settings goes before it.</summary>
    public static void Trial(IConfigurationBuilder settings) => settings.Sources.Insert(0, new MemoryConfigurationSource
    {
        InitialData = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Webhooks:AllowHttp"] = "true",
            ["Webhooks:AllowedNetworks"] = "127.0.0.0/8,::1/128",
        },
    });

    /// <exception cref="CommandException">A network is none.</exception>
    public SenderOptions Sender() => new()
    {
        AllowHttp = AllowHttp,
        AllowedNetworks =
        [
            .. AllowedNetworks.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(n =>
                IPNetwork.TryParse(n, out var network)
                    ? network
                    : throw new CommandException($"Webhooks__AllowedNetworks: '{n}' is no network such as 10.1.0.0/16.")),
        ],
    };
}
