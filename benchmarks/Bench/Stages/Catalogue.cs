using System.Globalization;
using System.Text.Json;

namespace PixeeEvents.Bench.Stages;

/// <summary>One generated product as both services receive it; <see cref="Edition"/> changes name, prices and stock.</summary>
internal sealed record Item(int Number, int Edition)
{
    private static readonly string[] Kinds =
    [
        "Support TV mural", "Câble HDMI", "Enceinte portable", "Clavier mécanique", "Souris sans fil", "Écran plat", "Chargeur rapide",
        "Casque audio", "Batterie externe", "Lampe de bureau", "Perceuse à percussion", "Tournevis isolé", "Multiprise parafoudre",
        "Disque dur externe", "Imprimante laser", "Routeur double bande", "Caméra de surveillance", "Télécommande universelle",
        "Vidéoprojecteur", "Microphone à condensateur",
    ];

    private static readonly string[] Qualities = [
        "fixe", "inclinable", "compact", "renforcé", "noir", "blanc", "premium", "d'entrée de gamme"
    ];
    private static readonly string[] Brands = ["KIMEX", "Vogel", "Erard", "Meliconi", "Hama", "Goobay", "Lindy"];

    public string Reference => string.Create(CultureInfo.InvariantCulture, $"ART-{Number:D7}");
    public string Ean => string.Create(CultureInfo.InvariantCulture, $"376{Number:D9}0");
    public string Name =>
        $"{Kinds[Number % Kinds.Length]} {Qualities[Number / Kinds.Length % Qualities.Length]} {Letters(Number)}{Letters(Edition)}";
    public string Brand => Brands[Number % Brands.Length];
    public decimal PriceHt => ((Number * 7L + Edition * 131L) % 90_000 + 100) / 100m;
    public decimal PriceTtc => decimal.Round(PriceHt * 1.2m, 2);
    public int Stock => (int)((Number * 13L + Edition * 17L) % 5_000);
    public decimal Weight => (Number % 200 + 1) / 10m;

    public static string FrequentWord(int i) => Kinds[i % Kinds.Length].Split(' ')[0];

    public static byte[] Sync(IEnumerable<Item> items) => JsonSerializer.SerializeToUtf8Bytes(items.Select(i => new
    {
        reference = i.Reference,
        ean = i.Ean,
        name = i.Name,
        brand = i.Brand,
        price_ht = i.PriceHt,
        price_ttc = i.PriceTtc,
        stock = i.Stock,
        weight = i.Weight,
    }));

    public static byte[] Stocks(IEnumerable<Item> items) =>
        JsonSerializer.SerializeToUtf8Bytes(items.Select(i => new { ean = i.Ean, stock = i.Stock }));

    public static byte[] Prices(IEnumerable<Item> items) =>
        JsonSerializer.SerializeToUtf8Bytes(items.Select(i => new { ean = i.Ean, price_ht = i.PriceHt, price_ttc = i.PriceTtc }));

    /// <summary>The body that creates it in the Winddle face, under a reference of its own.</summary>
    public string Winddle(string reference) => JsonSerializer.Serialize(
        new { name = Name, reference = $"W-{reference}", brand = Brand, color = "Noir", size = "M", material = "Coton", description = "Une phrase qui en dit assez." });

    private static string Letters(int number)
    {
        Span<char> letters = stackalloc char[5];
        for (var i = letters.Length - 1; i >= 0; i--, number /= 26)
            letters[i] = (char)('a' + number % 26);
        return new string(letters);
    }
}
