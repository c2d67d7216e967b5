using System.Globalization;
using Npgsql;
using PixeeEvents.Accounts;
using PixeeEvents.Catalog;
using PixeeEvents.EventLog;
using PixeeEvents.Inventory;
using PixeeEvents.WinDev.Wire;
using Wolverine.Http;

namespace PixeeEvents.WinDev.Settings;

/// <summary>GET /status: open to everyone.</summary>
public static class StatusEndpoint
{
    /// <summary>As documented, to the letter: ten lines, GET padded with two spaces where the document pads it.</summary>
    private static readonly string[] Endpoints =
    [
        "GET  /api/v1/windev/status",
        "GET  /api/v1/windev/products",
        "POST /api/v1/windev/products/sync",
        "GET  /api/v1/windev/products/since/{timestamp}",
        "PATCH /api/v1/windev/products/{ref}",
        "GET  /api/v1/windev/products/{ref}",
        "POST /api/v1/windev/stock/update",
        "POST /api/v1/windev/prices/update",
        "GET  /api/v1/windev/categories",
        "GET  /api/v1/windev/suppliers",
    ];

    [WolverineGet(WinDevApi.Root + "/status")]
    public static Envelope Status(TimeProvider time) => Envelope.Ok(Messages.Status, 1, json =>
    {
        json.WriteStartObject();
        json.WriteString("api"u8, "ProductsManager WinDev API"u8);
        json.WriteString("version"u8, "1.1"u8);
        json.WriteString("timestamp"u8, time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        json.WriteStartArray("endpoints"u8);
        foreach (var endpoint in Endpoints)
        {
            json.WriteStringValue(endpoint);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });
}
