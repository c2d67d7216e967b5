using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace PixeeEvents.Host.Cli.Demo;

internal sealed record DemoCategory(string Name, string Slug, string? ParentSlug, int SortOrder);

internal sealed record DemoSupplier(string Name, string Code, string Country);

/// <summary>
/// An imaginary French dealer of TV mounts, cables and electronics, of any size. Product n is the same in every run and
/// every size. EAN and reference come from n by a one-to-one scramble, so they are unique without remembering any.
/// </summary>
internal static class DemoCatalogue
{
    /// <summary>The scramble has seven digits.</summary>
    public const int Most = 9_999_999;

    public static IReadOnlyList<DemoCategory> Categories => DemoCategories.All;

    public static IReadOnlyList<DemoSupplier> Suppliers { get; } =
    [
        new("KIMEX International", "KIMEX", "FR"),
        new("Audiovia Distribution", "AUDIOVIA", "FR"),
        new("Câblerie du Rhône", "CABRHONE", "FR"),
        new("Iberconecta Mayorista", "IBERCON", "ES"),
        new("Lowland Media Supply", "LOWLAND", "NL"),
        new("Nordlicht Elektronik", "NORDLICHT", "DE"),
        new("Piemonte Audio", "PIEMONTE", "IT"),
        new("Brightway Electronics", "BRIGHTWAY", "CN"),
    ];

    /// <summary>Items in the shape of POST /products/sync.</summary>
    public static IEnumerable<JsonElement> Products(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Most);
        var buffer = new ArrayBufferWriter<byte>(1024);
        using var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        for (var number = 1; number <= count; number++)
        {
            buffer.ResetWrittenCount();
            json.Reset();
            Write(json, number);
            json.Flush();
            yield return Parse(buffer);
        }
    }

    private static JsonElement Parse(ArrayBufferWriter<byte> buffer)
    {
        var reader = new Utf8JsonReader(buffer.WrittenSpan);
        return JsonElement.ParseValue(ref reader);
    }

    private static void Write(Utf8JsonWriter json, int number)
    {
        var dice = new Dice(number);
        var kind = DemoRanges.Kinds[number <= 2 ? 0 : dice.Next(DemoRanges.Kinds.Length)];
        var brand = DemoRanges.Brands[number <= 2 ? 0 : dice.Next(DemoRanges.Brands.Length)];
        var size = kind.Sizes[dice.Next(kind.Sizes.Length)];
        json.WriteStartObject();
        if (number <= 2 || !dice.OneIn(25))
        {
            json.WriteString("ean", Ean(number, brand));
        }

        json.WriteString("reference", Reference(number, brand));
        json.WriteString("name", number == 1 ? "Support TV mural fixe" : Name(kind, size, ref dice));
        if (number == 1 || !dice.OneIn(30))
        {
            json.WriteString("brand", brand.Name);
        }

        if (number > 1 && !dice.OneIn(33))
        {
            WriteOffer(json, kind, ref dice);
            WriteSheet(json, kind, size, ref dice);
        }

        json.WriteEndObject();
    }

    private static void WriteOffer(Utf8JsonWriter json, DemoKind kind, ref Dice dice)
    {
        if (!dice.OneIn(40))
        {
            // Shops choose the price that the customer sees: 19,90 and not 19,17.
            var euros = dice.Between(kind.Price.From, kind.Price.To);
            var shelf = decimal.Floor(euros) + dice.Pick(0.90m, 0.90m, 0.99m, 0.50m, 0.00m);
            var net = decimal.Round(Math.Max(shelf, 0.50m) / 1.2m, 2);
            var gross = decimal.Round(net * 1.2m, 2);
            json.WriteNumber("price_ht", Cents(net));
            json.WriteNumber("price_ttc", Cents(dice.OneIn(20) ? gross * 0.9m : gross));
            json.WriteNumber("tax_rate", 20);
        }

        if (!dice.OneIn(20))
        {
            json.WriteNumber("stock", dice.OneIn(8) ? 0 : dice.Next(dice.OneIn(6) ? 2500 : 180));
        }

        if (dice.OneIn(3))
        {
            json.WriteString("supplier_code", Suppliers[dice.Next(Suppliers.Count)].Code);
        }

        if (dice.OneIn(4))
        {
            json.WriteNumber("min_order_quantity", dice.Pick(1, 5, 10, 25));
            json.WriteNumber("lead_time_days", dice.Pick(1, 2, 3, 7, 21));
        }
    }

    private static void WriteSheet(Utf8JsonWriter json, DemoKind kind, string size, ref Dice dice)
    {
        var weight = decimal.Round(dice.Between(kind.Weight.From, kind.Weight.To), 2);
        json.WriteNumber("weight", weight);
        json.WriteNumber("width", decimal.Round(dice.Between(kind.Longest / 3, kind.Longest), 1));
        json.WriteNumber("height", decimal.Round(dice.Between(kind.Longest / 6, kind.Longest / 2), 1));
        json.WriteNumber("depth", decimal.Round(dice.Between(1, Math.Max(kind.Longest / 5, 2)), 1));
        if (dice.OneIn(2))
        {
            json.WriteNumber("package_weight", (int)(weight * 1150) + 20);
            json.WriteString("short_description", DemoRanges.Sentences[dice.Next(DemoRanges.Sentences.Length)]);
        }

        json.WriteNumber("warranty_duration", dice.Pick(12, 24, 24, 36, 60));
        json.WriteString("country_of_origin", dice.Pick("CN", "CN", "CN", "FR", "DE", "IT", "ES", "PL", "TW"));
        json.WriteString("hs_code", kind.HsCode);
        var finish = dice.Pick("noir", "noir", "noir", "blanc", "gris anthracite", "argenté", "chêne doré", "bleu nuit");
        json.WriteString("color", DemoRanges.Colors.Contains(size) ? size : finish);
        if (kind.Material is { } material)
        {
            json.WriteString("material", material);
        }

        json.WriteString("category", kind.Category);
    }

    private static string Name(DemoKind kind, string size, ref Dice dice)
    {
        var variant = kind.Variants[dice.Next(kind.Variants.Length)];
        var range = dice.OneIn(3) ? " " + DemoRanges.Ranges[dice.Next(DemoRanges.Ranges.Length)] : "";
        return $"{kind.Name} {variant}{range}, {size}";
    }

    private static string Ean(int number, DemoBrand brand) => number switch
    {
        1 => "3760000000001",
        2 => "3760000000003",
        _ => WithCheckDigit($"{brand.EanPrefix}0{Scramble(number):D7}"),
    };

    private static string Reference(int number, DemoBrand brand)
    {
        var digits = Scramble(number).ToString("D7", CultureInfo.InvariantCulture);
        var next = 0;
        return string.Concat(brand.Reference.Select(c => c == '#' ? digits[next++] : c));
    }

    // 7,654,321 has no factor in common with ten million, so no two products meet; the first lands on 0121146.
    private static int Scramble(int number) => (int)((121_146 + ((number - 1) * 7_654_321L)) % 10_000_000);

    private static string WithCheckDigit(string digits)
    {
        var sum = digits.Select((digit, index) => (digit - '0') * (index % 2 == 0 ? 1 : 3)).Sum();
        return digits + (char)('0' + ((10 - (sum % 10)) % 10));
    }

    private static decimal Cents(decimal euros) => decimal.Round(euros, 2) + 0.00m;

    /// <summary>SplitMix64, seeded by the product's number.</summary>
    private struct Dice(int seed)
    {
        private ulong _state = (ulong)seed * 0xD1342543DE82EF95;

        public int Next(int below) => (int)(((Roll() >> 32) * (ulong)below) >> 32);

        public bool OneIn(int chances) => Next(chances) == 0;

        public decimal Between(decimal from, decimal to) => from + ((to - from) * Next(1000) / 1000);

        public T Pick<T>(params ReadOnlySpan<T> choices) => choices[Next(choices.Length)];

        private ulong Roll()
        {
            _state += 0x9E3779B97F4A7C15;
            var z = (_state ^ (_state >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }
}
