using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using CsvHelper;
using PixeeEvents.Catalog.Values;

namespace PixeeEvents.Host.Cli;

/// <summary>
/// Which column holds which product field, and how its cells become JSON.
/// A cell that is no number or boolean where one belongs goes out as text: the API refuses it and names the field.
/// </summary>
internal sealed class CatalogueColumns : IDisposable
{
    private enum Kind
    {
        Text,
        Number,
        Boolean,
    }

    private sealed record Column(int Index, JsonEncodedText Field, Kind Kind);

    private static readonly Dictionary<string, (string Field, Kind Kind)> Fields = Known(
        (Kind.Text, "reference ref code_article reference_article manufacturer_reference"),
        (Kind.Text, "ean ean13 ean_13 code_ean code_barres code_barre gencod"),
        (Kind.Text, "name nom designation libelle nom_du_produit"),
        (Kind.Text, "brand marque fabricant"),
        (Kind.Text, "short_description description_courte"),
        (Kind.Text, "description description_longue"),
        (Kind.Number, "price_ht prix_ht pu_ht tarif_ht"),
        (Kind.Number, "price_ttc prix_ttc pu_ttc tarif_ttc prix_public_ttc"),
        (Kind.Number, "stock quantite qte quantite_en_stock"),
        (Kind.Text, "supplier_code fournisseur code_fournisseur"),
        (Kind.Number, "weight poids poids_kg"),
        (Kind.Number, "width largeur largeur_cm"),
        (Kind.Number, "height hauteur hauteur_cm"),
        (Kind.Number, "depth profondeur profondeur_cm"),
        (Kind.Text, "unit_of_measure unite unite_de_mesure"),
        (Kind.Number, "package_weight poids_colis poids_du_colis"),
        (Kind.Number, "package_quantity quantite_par_colis conditionnement"),
        (Kind.Text, "upc code_upc"),
        (Kind.Text, "gtin code_gtin"),
        (Kind.Text, "external_id identifiant_externe"),
        (Kind.Number, "min_order_quantity quantite_minimale quantite_minimum"),
        (Kind.Number, "lead_time_days delai delai_jours delai_de_livraison"),
        (Kind.Text, "hs_code code_douanier nomenclature_douaniere"),
        (Kind.Text, "country_of_origin pays_d_origine pays_origine origine"),
        (Kind.Boolean, "dangerous_goods marchandise_dangereuse matiere_dangereuse"),
        (Kind.Text, "color couleur coloris"),
        (Kind.Text, "size taille"),
        (Kind.Text, "material matiere materiau"),
        (Kind.Number, "tax_rate tva taux_tva taux_de_tva"),
        (Kind.Number, "warranty_duration garantie garantie_mois"),
        (Kind.Text, "category categorie famille"));

    private readonly Column[] _columns;
    private readonly ArrayBufferWriter<byte> _buffer = new(1024);
    private readonly Utf8JsonWriter _json;

    private CatalogueColumns(Column[] columns, int count, IReadOnlyList<string> ignored)
    {
        _columns = columns;
        _json = new Utf8JsonWriter(_buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        Count = count;
        Ignored = ignored;
    }

    public int Count { get; }

    public IReadOnlyList<string> Ignored { get; }

    public static CatalogueColumns From(IReadOnlyList<string> headers)
    {
        var columns = new List<Column>();
        var ignored = new List<string>();
        foreach (var (index, header) in headers.Index())
        {
            if (!Fields.TryGetValue(Key(header), out var known))
            {
                ignored.Add(header);
                continue;
            }

            if (columns.Exists(c => c.Field.Value == known.Field))
            {
                throw new CatalogueFileException($"Deux colonnes donnent le champ {known.Field}, dont « {header} ».");
            }

            columns.Add(new Column(index, JsonEncodedText.Encode(known.Field), known.Kind));
        }

        if (!columns.Exists(c => c.Field.Value is "reference" or "ean"))
        {
            throw new CatalogueFileException(
                $"Pas de ligne d'en-tête avec une colonne reference ou ean. Première ligne : {string.Join(" | ", headers.Take(8))}");
        }

        return new CatalogueColumns([.. columns], headers.Count, ignored);
    }

    /// <returns>The row as a sync item, or null when all its cells are empty.</returns>
    public JsonElement? ToItem(CsvReader row)
    {
        _buffer.ResetWrittenCount();
        _json.Reset();
        _json.WriteStartObject();
        var filled = false;
        foreach (var column in _columns)
        {
            var cell = row.GetSpan(column.Index).Trim(" \t\r\n"u8);
            if (cell.IsEmpty)
            {
                continue;
            }

            filled = true;
            Write(column, cell);
        }

        if (!filled)
        {
            return null;
        }

        _json.WriteEndObject();
        _json.Flush();
        var reader = new Utf8JsonReader(_buffer.WrittenSpan);
        return JsonElement.ParseValue(ref reader);
    }

    public void Dispose() => _json.Dispose();

    private void Write(Column column, ReadOnlySpan<byte> cell)
    {
        if (column.Kind == Kind.Number && Number(cell) is { } number)
        {
            _json.WriteNumber(column.Field, decimal.IsInteger(number) && number.Scale > 2 ? decimal.Truncate(number) : number);
        }
        else if (column.Kind == Kind.Boolean && FlagValue.Read(Encoding.UTF8.GetString(cell)) is { } boolean)
        {
            _json.WriteBoolean(column.Field, boolean);
        }
        else
        {
            _json.WriteString(column.Field, cell);
        }
    }

    /// <summary>Reads 12.5, 12,5 and 1 234,50 (thousands set apart by ordinary, no-break or narrow no-break spaces).</summary>
    private static decimal? Number(ReadOnlySpan<byte> cell)
    {
        const int longest = 48;
        if (cell.Length > longest)
        {
            return null;
        }

        Span<byte> plain = stackalloc byte[longest];
        var length = 0;
        while (!cell.IsEmpty)
        {
            var space = cell[0] == ' ' ? 1 : cell.StartsWith("\u00A0"u8) ? 2 : cell.StartsWith("\u202F"u8) ? 3 : 0;
            if (space == 0)
            {
                plain[length++] = cell[0] == ',' ? (byte)'.' : cell[0];
            }

            cell = cell[Math.Max(space, 1)..];
        }

        const NumberStyles styles = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint;
        return decimal.TryParse(plain[..length], styles, CultureInfo.InvariantCulture, out var number) ? number : null;
    }

    /// <summary>« Prix HT (€) » and « prix_ht » are one header: no case, accents, punctuation or bracketed unit.</summary>
    private static string Key(string header)
    {
        var key = new StringBuilder();
        foreach (var c in header.Split('(', '[')[0].Normalize(NormalizationForm.FormD))
        {
            if (char.IsAsciiLetterOrDigit(c))
            {
                key.Append(char.ToLowerInvariant(c));
            }
            else if (CharUnicodeInfo.GetUnicodeCategory(c) != UnicodeCategory.NonSpacingMark)
            {
                key.Append(' ');
            }
        }

        return string.Join('_', key.ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    private static Dictionary<string, (string Field, Kind Kind)> Known(params (Kind Kind, string Names)[] fields) =>
        fields.SelectMany(f => f.Names.Split(' ').Select(name => (name, value: (f.Names.Split(' ')[0], f.Kind))))
            .ToDictionary(f => f.name, f => f.value);
}
