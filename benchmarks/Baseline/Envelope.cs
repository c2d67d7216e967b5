using System.Text.Json.Serialization;

namespace PixeeEvents.Baseline;

internal sealed record Envelope(bool Success, int Code, string Message, object? Data, int Count)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Page { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Pages { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Total { get; init; }

    public static IResult Of(string message, object data, int count) => Results.Ok(new Envelope(true, 200, message, data, count));

    public static IResult Refuse(int code, string message) =>
        Results.Json(new Envelope(false, code, message, null, 0), statusCode: code);

    public static IResult NotFound(string reference) => Refuse(404, $"Produit introuvable pour la référence : {reference}");
}

internal sealed record ProductShape(
    Guid Id, string? Ean, string? Reference, string Name, string? Brand, decimal? PriceHt, decimal? PriceTtc, int Stock, bool IsActive,
    DateTime UpdatedAt)
{
    public static ProductShape Of(Product product) => new(
        product.Id, product.Ean, product.Reference, product.Name, product.Brand, product.Price?.PriceHt, product.Price?.PriceTtc,
        product.Stocks.Find(s => s.SupplierCode is null)?.Level ?? product.Stocks.Sum(s => s.Level), product.IsActive, product.UpdatedAt);
}
