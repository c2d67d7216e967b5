using System.Collections.Generic;
using System.Linq;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Threading.Tasks;

/// <summary>The calls of the README by the clients that NSwag makes of the documents. Compiled with them, by a spec.</summary>
public static class Readme
{
    public static async Task<IReadOnlyList<string>> Calls(string server, string key, string token)
    {
        using var http = new HttpClient { BaseAddress = new(server) };
        http.DefaultRequestHeaders.Add("X-API-Key", key);
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        http.DefaultRequestHeaders.Accept.ParseAdd("application/json");

        var windev = new Clients.WinDev.Client(http);
        var status = await windev.GetStatusAsync();
        var synced = await windev.SyncProductsAsync(
            [new() { Reference = "ART-001", Ean = "3760000000001", Name = "Support TV mural fixe", Price_ht = 18.5, Stock = 42 }]);
        var listed = await windev.ListProductsAsync(1, 100, "support tv", null, null);
        var patched = await windev.PatchProductAsync("ART-001", new() { Stock = 38, Ce_marked = true });
        var counted = await windev.UpdateStockAsync([new() { Ean = "3760000000001", Stock = 42 }]);
        var since = await windev.ListProductsSinceAsync("0", null, null, null);
        var absent = "";
        try
        {
            await windev.GetProductAsync("NOWHERE");
        }
        catch (Clients.WinDev.ApiException<Clients.WinDev.Refusal> refused)
        {
            absent = $"{refused.StatusCode} {refused.Result.Message}";
        }

        var winddle = new Clients.Winddle.Client(http);
        var created = await winddle.CreateProductAsync(
            null, null, new() { Name = "TestCreationProduit", Reference = "TestProduit-001", Color = "Blanc" });
        var shown = await winddle.ShowProductAsync($"{created.Product.Id}", null, null);

        var webhooks = new Clients.Webhooks.Client(http);
        var subscribed = await webhooks.CreateWebhookAsync(
            new() { Name = "shop", Url = "https://shop.example/hooks", Events = ["product.*", "stock.updated"] });

        return
        [
            status.Data.Api,
            $"{synced.Data.Single().Reference} {synced.Data.Single().Status}".ToLowerInvariant(),
            $"{listed.Total} listed, the first {listed.Data.First().Name}",
            $"{patched.Data.Stock} {patched.Data.Ce_marked} {patched.Data.Price_ht}".ToLowerInvariant(),
            $"{counted.Data.Single().Ean} {counted.Data.Single().Status}".ToLowerInvariant(),
            $"{since.Data.Count} changed",
            absent,
            $"{shown.Product.Name} {shown.Product.Color}",
            $"{string.Join(' ', subscribed.Events)} {subscribed.Secret![..6]}",
        ];
    }
}
