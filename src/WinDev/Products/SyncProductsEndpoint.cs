using PixeeEvents.EventLog;
using PixeeEvents.WinDev.Wire;
using Wolverine.Http;

namespace PixeeEvents.WinDev.Products;

/// <summary>POST /products/sync: up to 1,000 products.</summary>
public static class SyncProductsEndpoint
{
    [WolverinePost(WinDevApi.Root + "/products/sync")]
    public static async Task<Envelope> Sync(HttpContext context, Caller caller, EventStore store, CancellationToken stop)
    {
        var items = await Body.Array(context, SyncProducts.Limit, stop);
        var results = await SyncProducts.Run(store, caller, items, updatesWithoutName: false, stop);
        int Number(SyncStatus status) => results.Count(r => r.Status == status);
        var message = Messages.Synced(Number(SyncStatus.Created), Number(SyncStatus.Updated), Number(SyncStatus.Error));
        return Envelope.Ok(message, results.Count, json =>
        {
            json.WriteStartArray();
            foreach (var result in results)
            {
                json.WriteStartObject();
                if (result.Reference is not null || result.Ean is null)
                {
                    json.WriteString("reference"u8, result.Reference);
                }
                else
                {
                    json.WriteString("ean"u8, result.Ean);
                }

                if (result.Status == SyncStatus.Error)
                {
                    json.WriteBoolean("updated"u8, false);
                }

                json.WriteString(
                    "status"u8,
                    result.Status switch { SyncStatus.Created => "created"u8, SyncStatus.Updated => "updated"u8, _ => "error"u8 });
                if (result.Id is { } id)
                {
                    json.WriteString("id"u8, id);
                }
                else
                {
                    json.WriteNull("id"u8);
                }

                if (result.Problem is not null)
                {
                    json.WriteString("message"u8, result.Problem);
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
    }
}
