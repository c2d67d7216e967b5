using System.Globalization;
using Npgsql;
using PixeeEvents.Accounts;
using PixeeEvents.Catalog;
using PixeeEvents.EventLog;
using PixeeEvents.Inventory;
using PixeeEvents.WinDev.Wire;
using Wolverine.Http;

namespace PixeeEvents.WinDev.Settings;

/// <summary>GET /categories and GET /suppliers: whole, without pages.</summary>
public static class SettingsEndpoints
{
    [WolverineGet(WinDevApi.Root + "/categories")]
    public static async Task<Envelope> Categories(ApiKey key, CatalogModule catalog, CancellationToken stop)
    {
        var categories = await catalog.Categories.List(key.Tenant, stop);
        return Envelope.Ok(Messages.Categories(categories.Count), categories.Count, json =>
        {
            json.WriteStartArray();
            foreach (var category in categories)
            {
                json.WriteStartObject();
                json.WriteString("id"u8, category.Id);
                json.WriteString("name"u8, category.Name);
                json.WriteString("slug"u8, category.Slug);
                if (category.ParentId is { } parent)
                {
                    json.WriteString("parent_id"u8, parent);
                }
                else
                {
                    json.WriteNull("parent_id"u8);
                }

                json.WriteNumber("level"u8, category.Level);
                json.WriteNumber("sort_order"u8, category.SortOrder);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
    }

    [WolverineGet(WinDevApi.Root + "/suppliers")]
    public static async Task<Envelope> Suppliers(ApiKey key, InventoryModule inventory, CancellationToken stop)
    {
        var suppliers = await inventory.Suppliers(key.Tenant, stop);
        return Envelope.Ok(Messages.Suppliers(suppliers.Count), suppliers.Count, json =>
        {
            json.WriteStartArray();
            foreach (var supplier in suppliers)
            {
                json.WriteStartObject();
                json.WriteString("id"u8, supplier.Id);
                json.WriteString("name"u8, supplier.Name);
                json.WriteString("code"u8, supplier.Code);
                json.WriteBoolean("is_active"u8, supplier.IsActive);
                json.WriteString("country"u8, supplier.Country);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
    }
}
